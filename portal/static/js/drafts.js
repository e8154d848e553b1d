/* What somebody writes on a telephone is kept there until the server has it, and goes by itself when the line is back. */
(() => {
  "use strict";
  const DAY = 24 * 3600 * 1000;
  const owner = document.body.dataset.officer || "";
  const strip = document.getElementById("drafts");
  const BEGIN = "draft:";
  const read = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  };
  const keep = (name, draft) => {
    try {
      localStorage.setItem(name, JSON.stringify(draft));
    } catch {
      /* a full or forbidden store: the page itself still holds the words */
    }
  };
  const drop = (name) => localStorage.removeItem(name);
  const names = () => Object.keys(localStorage).filter((name) => name.startsWith(BEGIN));
  const nameOf = (form) => `${BEGIN}${owner}:${new URL(form.action).pathname}:${form.dataset.draft}`;
  const fieldsOf = (form) =>
    [...new FormData(form)].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string");
  const token = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1] || "";
  // A key needs to be its own, not secret; the page may be served without TLS inside an office, where randomUUID is not.
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  // A telephone is handed on: nobody finds another's words, and no words are older than a day.
  const tidy = () => {
    for (const name of names()) {
      const draft = read(name);
      if (!draft || Date.now() - draft.at > DAY || (owner && !name.startsWith(`${BEGIN}${owner}:`))) drop(name);
    }
  };

  const tell = () => {
    if (!strip) return;
    const drafts = names().map(read);
    const counts = { waits: drafts.filter((draft) => draft?.waits).length, refused: drafts.filter((draft) => draft?.refused).length };
    strip.hidden = !counts.waits && !counts.refused;
    for (const line of strip.querySelectorAll("[data-count]")) {
      line.hidden = !counts[line.dataset.count];
      line.querySelector(".count").textContent = counts[line.dataset.count];
    }
  };

  const save = (form, more = {}) => {
    const name = nameOf(form);
    const before = read(name) || { key: newKey() };
    keep(name, { ...before, at: Date.now(), fields: fieldsOf(form), ...more });
  };

  const restore = (form) => {
    const draft = read(nameOf(form));
    if (!draft || form.dataset.restored) return;
    form.dataset.restored = "yes";
    for (const [name, value] of draft.fields) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (field.type === "radio" || field.type === "checkbox") field.checked = field.checked || field.value === value;
        else if (field.type !== "hidden" && !field.value) field.value = value;
      }
    }
    const panel = form.closest("details");
    if (panel && draft.fields.some(([name, value]) => value && form.elements[name]?.type !== "hidden")) panel.open = true;
  };

  const forms = () => document.querySelectorAll("form[data-draft]");
  const look = () => {
    tidy();
    forms().forEach(restore);
    tell();
  };

  let sending = false;
  const send = async () => {
    if (sending || !owner) return;
    sending = true;
    try {
      for (const name of names()) {
        const draft = read(name);
        if (!draft?.waits) continue;
        const path = name.split(":")[2];
        const answer = await fetch(path, {
          method: "POST",
          body: new URLSearchParams(draft.fields),
          headers: { "X-CSRFToken": token(), "Idempotency-Key": draft.key, Accept: "application/json" },
          redirect: "manual",
        });
        if (answer.ok) drop(name);
        // Refused, or the case has left: it is kept for whoever wrote it, and not sent again by itself.
        else if ([404, 409, 422].includes(answer.status)) keep(name, { ...draft, waits: false, refused: true });
        else break; // signed out, or the server is away: later
        const page = document.querySelector("#case, #inbox");
        if (page && window.htmx) window.htmx.ajax("GET", location.pathname + location.search, { target: page, swap: "morph:outerHTML" });
      }
    } catch {
      /* no line yet */
    } finally {
      sending = false;
      tell();
    }
  };

  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-draft]");
    if (form) save(form);
  });
  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.detail.elt.closest("form[data-draft]");
    if (!form || event.detail.verb !== "post") return;
    save(form);
    event.detail.headers["Idempotency-Key"] = read(nameOf(form))?.key || newKey();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt.closest?.("form[data-draft]");
    if (form && event.detail.successful) drop(nameOf(form));
    tell();
  });
  for (const lost of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(lost, (event) => {
      const form = event.detail.elt.closest?.("form[data-draft]");
      if (form) save(form, { waits: true });
      tell();
    });
  }
  document.addEventListener("submit", (event) => {
    if (event.target.matches('form[action$="/accounts/logout/"]')) names().forEach(drop);
  });
  document.addEventListener("htmx:afterSettle", look);
  addEventListener("online", send);
  setInterval(send, 10000);
  look();
  send();
})();
