/* Choosing a police unit by typing, in Roman or Devanagari, and the forward sheet over the console. */
(() => {
  "use strict";
  const plain = (text) => text.normalize("NFD").toLowerCase().replace(/[\u0300-\u036f\u093c\u200c\u200d.\-()]/g, "").trim();
  // "jhunjunu" finds Jhunjhunu: compare without vowels, h and doubled letters when nothing matches as written.
  const bones = (text) => plain(text).replace(/[aeiouhy\s]/g, "").replace(/(.)\1+/g, "$1");

  const filter = (picker) => {
    const wanted = plain(picker.querySelector("[type=search]").value);
    const labels = [...picker.querySelectorAll("label[data-words]")];
    let found = labels.filter((label) => plain(label.dataset.words).includes(wanted));
    if (wanted && !found.length && bones(wanted).length > 1) {
      found = labels.filter((label) => bones(label.dataset.words).includes(bones(wanted)));
    }
    for (const label of labels) label.hidden = !found.includes(label);
    const none = picker.querySelector(".none");
    if (none) none.hidden = found.length > 0;
    return found;
  };
  const preview = (form) => {
    const chosen = form.querySelector("input[name=unit]:checked");
    const shown = form.querySelector("[data-preview]");
    if (!shown) return;
    shown.hidden = !chosen;
    if (!chosen) return;
    for (const name of shown.querySelectorAll("[data-unit-name]")) name.textContent = chosen.dataset.name;
  };

  // The server sends the field for typing hidden, for whoever has no script; also when a page fetches itself again.
  const uncover = (place) => place.querySelectorAll("[data-needs-script]").forEach((hidden) => (hidden.hidden = false));

  // A long list comes when somebody opens it, and again when a page that fetched itself has put it away.
  const bring = async (panel) => {
    const place = panel.open && panel.querySelector("[data-units]:empty");
    if (!place || place.dataset.coming) return;
    place.dataset.coming = "yes";
    try {
      const answer = await fetch(place.dataset.units, { headers: { "HX-Request": "true", Accept: "text/html" } });
      if (answer.ok) place.innerHTML = await answer.text();
      uncover(place);
    } catch {
      // a reason alone will do
    } finally {
      delete place.dataset.coming;
    }
  };
  document.addEventListener("toggle", (event) => event.target.matches?.("details") && bring(event.target), true);
  document.addEventListener("htmx:afterSettle", () => {
    document.querySelectorAll(".picker").forEach(uncover);
    document.querySelectorAll("details[open]").forEach(bring);
  });

  document.addEventListener("input", (event) => {
    const picker = event.target.closest(".picker");
    if (picker && event.target.type === "search") filter(picker);
  });
  document.addEventListener("change", (event) => {
    if (event.target.name !== "unit" || !event.target.form) return;
    preview(event.target.form);
    const rank = event.target.form.querySelector("[data-rank-chosen]");
    if (rank) rank.value = ""; // Chosen by hand: the portal finds its place among the suggested ones.
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.type !== "search" || event.key !== "Enter") return;
    const picker = event.target.closest(".picker");
    if (!picker) return;
    event.preventDefault(); // The first Enter chooses, the second sends.
    const first = filter(picker).find((label) => event.target.value.trim() && label);
    if (!first) return;
    const choice = first.querySelector("input");
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    choice.form.querySelector("[type=submit]").focus();
  });

  // What the ledger of the case points to, with reasons; the first button has the focus, so that Enter sends.
  const suggest = async (sheet, url) => {
    const shown = sheet.querySelector("[data-suggestions]");
    if (!shown) return;
    shown.replaceChildren();
    shown.dataset.of = url;
    try {
      const answer = await fetch(url + "/suggestions", { headers: { "HX-Request": "true", Accept: "text/html" } });
      if (!answer.ok || shown.dataset.of !== url) return;
      shown.innerHTML = await answer.text();
      const search = sheet.querySelector("[type=search]");
      const typing = document.activeElement === search && search.value;
      if (sheet.open && !typing) shown.querySelector("button.go[data-choose]")?.focus();
    } catch { /* Without it the picker is there. */ }
  };
  const choose = (button) => {
    const form = button.closest("form");
    const choice = [...form.querySelectorAll("input[name=unit]")].find((unit) => unit.value === button.dataset.choose);
    if (!choice) return;
    choice.checked = true;
    form.querySelector("[data-rank-chosen]").value = button.dataset.rank;
    form.requestSubmit();
  };

  document.addEventListener("click", (event) => {
    const suggested = event.target.closest("[data-choose]");
    if (suggested) choose(suggested);
    const opener = event.target.closest("[data-sheet]");
    const sheet = opener && document.getElementById(opener.dataset.sheet);
    if (sheet && sheet.showModal) {
      event.preventDefault();
      const form = sheet.querySelector("form[data-action]");
      form.reset();
      form.action = opener.dataset.url + "/forward";
      for (const name of sheet.querySelectorAll("[data-sheet-reference]")) name.textContent = opener.dataset.reference;
      for (const word of sheet.querySelectorAll("[data-sheet-urgency]")) word.textContent = opener.dataset.urgency;
      const picker = sheet.querySelector(".picker");
      if (picker) filter(picker);
      preview(form);
      sheet.showModal();
      suggest(sheet, opener.dataset.url);
    }
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  });
})();
