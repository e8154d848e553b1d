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
  // A page that fetches itself again must not shut a panel that a thumb has opened. Whatever it fetches, and whoever
  // did what, it takes back no word that somebody is still writing: only what was sent and accepted is done with.
  let refreshing = false;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { requestConfig, xhr } = event.detail;
    refreshing = requestConfig?.verb === "get";
    if (!refreshing && xhr.status < 300) requestConfig?.elt?.closest?.("form")?.removeAttribute("data-touched");
  });
  document.addEventListener("input", (event) => event.target.form?.setAttribute("data-touched", ""));
  if (window.Idiomorph) {
    const { callbacks } = window.Idiomorph.defaults;
    const holds = (node) => node.matches?.("form[data-touched]") || node.querySelector?.("form[data-touched]");
    callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS" && (refreshing || holds(node)));
    // A report that is being read step by step stays at its step, too.
    callbacks.beforeNodeMorphed = (node) => !node.matches?.(refreshing ? "form[data-touched], form[data-stepping]" : "form[data-touched]");
    // Neither the words of a form that has no place any more, nor a number that is shown once and is being dialled.
    callbacks.beforeNodeRemoved = (node) => !(holds(node) || (refreshing && node.matches?.(".revealed")));
  }
  // A refusal stands above the page: bring it into sight, or the thumb that was refused never learns why.
  document.addEventListener("htmx:afterSwap", (event) => {
    const strip = document.getElementById("strip");
    if (event.detail.target === strip) strip.scrollIntoView({ block: "center" });
    else if (strip && event.detail.requestConfig?.verb === "post") strip.replaceChildren();
  });
})();
