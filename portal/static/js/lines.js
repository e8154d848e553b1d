/* Of the timeline only one kind of lines: at once, without leaving the page; the address keeps it for every fetch. */
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest?.("a[data-lines]");
    const timeline = document.querySelector("#case .timeline");
    // A window of its own is the browser's business.
    if (!chosen || !timeline || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    timeline.dataset.shown = chosen.dataset.lines;
    for (const other of document.querySelectorAll("a[data-lines]")) {
      if (other === chosen) other.setAttribute("aria-current", "true");
      else other.removeAttribute("aria-current");
    }
    history.replaceState(history.state, "", `?lines=${chosen.dataset.lines}`);
  });
})();
