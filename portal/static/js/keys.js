/* Keys: one letter, one act. None fires while somebody writes, chooses or reads a sheet. */
(() => {
  "use strict";
  const WRITING = "input, textarea, select, [contenteditable]";
  const acts = new Map();
  const named = (event) => {
    if (event.key === "Enter") return "enter";
    if (/^[a-z0-9/?]$/i.test(event.key)) return event.key.toLowerCase();
    // A Hindi keyboard gives another letter; the key under the finger is the same.
    if (/^Key[A-Z]$/.test(event.code)) return event.code.slice(3).toLowerCase();
    if (/^Digit\d$/.test(event.code)) return event.code.slice(5);
    if (event.code === "Slash") return event.shiftKey ? "?" : "/";
    return "";
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    const name = named(event);
    if ((event.ctrlKey || event.metaKey) && !event.altKey && name === "k" && acts.has("ctrl k")) {
      event.preventDefault();
      acts.get("ctrl k")(event);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest(WRITING) || document.querySelector("dialog[open]")) return;
    // On a button or a link Enter is the button's own.
    if (name === "enter" && event.target.closest("a, button, summary")) return;
    const act = acts.get(name);
    if (!act) return;
    event.preventDefault();
    act(event);
  });
  self.SetuKeys = (keys) => {
    for (const [name, act] of Object.entries(keys)) acts.set(name, act);
  };
})();
