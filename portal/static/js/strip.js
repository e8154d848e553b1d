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
  // A refusal stands above the page: bring it into sight, or the thumb that was refused never learns why.
  document.addEventListener("htmx:afterSwap", (event) => {
    const strip = document.getElementById("strip");
    if (event.detail.target === strip) strip.scrollIntoView({ block: "center" });
    else if (strip && event.detail.requestConfig?.verb === "post") strip.replaceChildren();
  });
})();
