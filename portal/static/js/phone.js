/* The telephone form with the keyboard alone: one key saves from every field, and what is pasted finds its place. */
(() => {
  "use strict";
  const form = document.getElementById("call");
  if (!form) return;
  const box = form.elements.pasted;

  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  // A second tap while the first is on its way would only be told that the call is saved already.
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
  document.addEventListener("paste", (event) => {
    if (event.target.closest("input, textarea, select")) return;
    const text = event.clipboardData?.getData("text/plain").trim();
    if (!text) return;
    event.preventDefault();
    box.value = box.value.trim() ? box.value.trimEnd() + "\n" + text : text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });
  // Each link or number stands on a line of its own, so that two of them are never read as one.
  box.addEventListener("paste", () => {
    setTimeout(() => {
      if (box.value && !box.value.endsWith("\n")) box.value += "\n";
    });
  });
})();
