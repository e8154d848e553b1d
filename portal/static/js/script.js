/*
 * The script of outreach, one question at a time: an answer is one press, and goes with its time into the note that is
 * written down at the end. Nobody types while somebody is on the line.
 */
(() => {
  "use strict";
  const places = new Map(); // which script -> which question
  const clock = () =>
    new Date(self.SetuClock?.now() ?? Date.now()).toLocaleTimeString("en-GB", { timeZone: "Asia/Kolkata", hour12: false });
  const show = (script) => {
    const lines = [...script.querySelectorAll("li")];
    const at = Math.min(places.get(script.dataset.ask) || 0, lines.length - 1);
    lines.forEach((line, number) => (line.hidden = number !== at));
    const bar = script.querySelector("[data-ask-bar]");
    bar.hidden = false;
    bar.querySelector("[data-ask-place]").textContent = `${at + 1} / ${lines.length}`;
    bar.querySelector("[data-ask-back]").disabled = at === 0;
    bar.querySelector("[data-ask-next]").disabled = at === lines.length - 1;
    return lines[at];
  };
  const step = (script, by) => {
    places.set(script.dataset.ask, Math.max(0, (places.get(script.dataset.ask) || 0) + by));
    show(script);
  };
  const answer = (script, said) => {
    const form = script.closest("#outreach").querySelector("form");
    const note = form.elements.note;
    const asked = show(script).querySelector(`[lang=${document.documentElement.lang}]`).textContent.trim();
    note.value += `${note.value ? "\n" : ""}${clock()} ${asked} – ${said}`;
    const way = form.querySelector(`[name=kind][value=${script.dataset.ask}]`);
    if (way && !form.querySelector("[name=kind]:checked")) way.checked = true;
    note.dispatchEvent(new Event("input", { bubbles: true }));
    step(script, 1);
  };
  document.addEventListener("click", (event) => {
    const script = event.target.closest("[data-ask]");
    if (!script) return;
    if (event.target.closest("[data-ask-back]")) step(script, -1);
    if (event.target.closest("[data-ask-next]")) step(script, 1);
    const said = event.target.closest("[data-ask-answer]");
    if (said) answer(script, said.textContent.trim());
  });
  const look = () => document.querySelectorAll("[data-ask]").forEach(show);
  document.addEventListener("htmx:afterSettle", look);
  look();
})();
