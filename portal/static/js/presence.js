/* Who writes at a case is seen by colleagues, and keeps their claim while they do. */
(() => {
  "use strict";
  const EVERY_MS = 20_000;
  const url = document.body.dataset.presence || location.pathname;
  let told = -EVERY_MS;
  document.addEventListener("input", (event) => {
    if (!event.target.closest("main form") || performance.now() - told < EVERY_MS) return;
    told = performance.now();
    const body = new URLSearchParams({ doing: "writing", csrfmiddlewaretoken: self.Setu?.token() || "" });
    fetch(`${url}/presence`, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => {});
  });
})();
