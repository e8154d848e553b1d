/* What was just sent can be taken back for ten seconds: the button says how long, Z presses it, then it goes by itself. */
(() => {
  "use strict";
  const now = () => self.SetuClock?.now() ?? Date.now();
  const all = () => [...document.querySelectorAll("form[data-undo-until]")];
  const show = () => {
    for (const form of all()) {
      const seconds = Math.ceil((Date.parse(form.dataset.undoUntil) - now()) / 1000);
      if (seconds > 0) form.querySelector("[data-undo-seconds]").textContent = seconds;
      // Under a hand that is pressing it, it stays until the server has answered.
      else if (!form.querySelector("button:disabled")) form.remove();
    }
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (event.code !== "KeyZ" && event.key.toLowerCase() !== "z") return;
    if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
    const latest = all().at(-1);
    if (!latest) return;
    event.preventDefault();
    latest.requestSubmit();
  });
  document.addEventListener("htmx:afterSwap", show);
  setInterval(show, 250);
  self.SetuUndo = { show };
})();
