/* Theme of this desk: kept in a cookie, so that the server sends the page in it and nothing flashes. */
(() => {
  "use strict";
  const show = (theme) => {
    document.documentElement.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme));
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-set]");
    if (!button) return;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${button.dataset.themeSet}; path=/; max-age=31536000; samesite=lax${secure}`;
    show(button.dataset.themeSet);
  });
  const ready = () => {
    for (const tools of document.querySelectorAll("[data-needs-script]")) tools.hidden = false;
    show(document.documentElement.dataset.theme);
    // Whoever works with cases reads whom to call when there is no network, instead of the browser's own page.
    if (document.body.dataset.live) {
      navigator.serviceWorker?.register("/static/js/offline.js", { scope: "/" }).catch(() => {});
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
