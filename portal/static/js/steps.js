/* A long report in short steps: one question group at a time, resumable because drafts.js keeps what was written. */
(() => {
  "use strict";
  // The page is fetched again while it is open: a form that is the same begins once, and shows its step again.
  const begun = new WeakMap();
  const begin = (form) => {
    const steps = [...form.querySelectorAll("[data-step]")];
    const bar = form.querySelector("[data-steps-bar]");
    const back = form.querySelector("[data-steps-back]");
    const next = form.querySelector("[data-steps-next]");
    const send = form.querySelector("[data-steps-send]");
    const answers = form.querySelector("[data-steps-answers]");
    const place = `step:${new URL(form.action).pathname}`;
    let at = Math.min(Number(sessionStorage.getItem(place)) || 0, steps.length - 1);

    const check = () =>
      [...steps[at].querySelectorAll("input, select, textarea")].every((field) => field.checkValidity() || (field.reportValidity(), false));
    const readBack = () => {
      answers.replaceChildren(
        ...[...form.querySelectorAll("[data-step] .field, [data-step] fieldset")].flatMap((field) => {
          const name = field.querySelector(".name, legend");
          const on = field.querySelector("input:checked, select, textarea, input:not([type=radio])");
          const value = on?.selectedOptions ? (on.value ? on.selectedOptions[0].text : "") : on?.type === "radio" ? on.parentElement.textContent.trim() : on?.value;
          if (!name || !value) return [];
          const [term, said] = [document.createElement("dt"), document.createElement("dd")];
          [term.textContent, said.textContent] = [name.firstChild.textContent.trim(), value];
          return [term, said];
        }),
      );
    };
    const show = (focus) => {
      form.dataset.stepping = "yes";
      steps.forEach((step, number) => (step.hidden = number !== at));
      const last = at === steps.length - 1;
      back.hidden = at === 0;
      next.hidden = last;
      send.hidden = !last;
      bar.hidden = false;
      bar.querySelector("b").textContent = `${at + 1} / ${steps.length}`;
      sessionStorage.setItem(place, at);
      if (last) readBack();
      if (focus) steps[at].querySelector("input, select, textarea, dl")?.focus();
    };
    next.addEventListener("click", () => check() && (at += 1, show(true)));
    back.addEventListener("click", () => (at -= 1, show(true)));
    form.addEventListener("submit", () => sessionStorage.removeItem(place));
    // What was accepted is done with: another report begins at its beginning. A refused one stays where it is.
    form.addEventListener("htmx:afterRequest", ({ detail }) => {
      if (detail.successful && detail.elt === form) at = 0;
    });
    begun.set(form, () => show(false));
    show(false);
  };
  const look = () => document.querySelectorAll("form[data-steps]").forEach((form) => (begun.get(form) || begin)(form));
  document.addEventListener("htmx:afterSettle", look);
  look();
})();
