/* When the server cannot be reached the page says so and keeps what it shows. */
(() => {
  "use strict";
  const show = (lost) => {
    const strip = document.getElementById("lost");
    if (strip) strip.hidden = !lost;
  };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => show(true));
  }
  document.addEventListener("htmx:afterRequest", (event) => {
    const status = event.detail.xhr.status;
    if ((status >= 200 && status < 400) || status === 409 || status === 422) show(false);
  });
  // A page that fetches itself again must not shut a panel that a thumb has opened, nor take back a word somebody is
  // still writing. What follows an act of one's own comes as the server says it.
  let refreshing = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    refreshing = event.detail.requestConfig?.verb === "get";
  });
  document.addEventListener("input", (event) => event.target.form?.setAttribute("data-touched", ""));
  if (window.Idiomorph) {
    const { callbacks } = window.Idiomorph.defaults;
    callbacks.beforeAttributeUpdated = (name, node) => !(refreshing && name === "open" && node.tagName === "DETAILS");
    callbacks.beforeNodeMorphed = (node) => !(refreshing && node.matches?.("form[data-touched]"));
  }
  // A refusal stands above the page: bring it into sight, or the thumb that was refused never learns why.
  document.addEventListener("htmx:afterSwap", (event) => {
    const strip = document.getElementById("strip");
    if (event.detail.target === strip) strip.scrollIntoView({ block: "center" });
    else if (strip && event.detail.requestConfig?.verb === "post") strip.replaceChildren();
  });
})();
