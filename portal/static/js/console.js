/* The queue under the hands of an operator: choose, look, decide. The order of rows waits for hands that rest. */
(() => {
  "use strict";
  const REST_MS = 3000;
  const byId = (name) => document.getElementById(name);
  const rows = () => [...document.querySelectorAll("#queue tbody tr[data-reference]")];
  const fetchQueue = () => document.body.dispatchEvent(new CustomEvent("live"));

  /* ---- the chosen row ---- */
  let chosen = "";
  const row = () => rows().find((one) => one.dataset.reference === chosen);
  const mark = () => {
    for (const one of rows()) {
      one.classList.toggle("chosen", one.dataset.reference === chosen);
      if (one.dataset.reference === chosen) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
  };
  const choose = (one) => {
    if (!one) return;
    chosen = one.dataset.reference;
    mark();
    one.focus({ preventScroll: true });
    one.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const all = rows();
    const place = all.indexOf(row());
    choose(all[place < 0 ? 0 : Math.min(all.length - 1, Math.max(0, place + by))]);
  };
  /* What a key is meant for: the case in the pane, if the hands are there, else the chosen row, else the first. */
  const subject = () => {
    const pane = byId("preview").querySelector("[data-previewed]");
    if (pane && pane.contains(document.activeElement)) return rows().find((one) => one.dataset.reference === pane.dataset.previewed) || pane;
    return row() || pane || rows()[0];
  };

  /* ---- the pane ---- */
  const look = async (one = subject()) => {
    if (!one) return null;
    if (one.matches("tr")) choose(one);
    await htmx.ajax("GET", `${one.dataset.url}/preview`, { target: "#preview", swap: "innerHTML" });
    return byId("preview").querySelector("[data-previewed]");
  };
  const open = async (name) => {
    const pane = await look();
    const panel = pane?.querySelector(`#preview-${name}`);
    if (!panel) return;
    panel.open = true;
    panel.querySelector("input:not([type=hidden]), textarea, select, button")?.focus();
  };
  const address = (one) => one.dataset.url;
  /* Whoever finds a colleague at work is told who, and asked for the reason to take the case over. */
  const claim = async (one = subject()) => {
    if (!one) return false;
    let refusal = "";
    const done = await self.Setu.act(`${address(one)}/claim`, {}, (words) => (refusal = words));
    if (!refusal) return Boolean(done);
    self.Setu.say(refusal);
    await open("take");
    return false;
  };
  const pop = (one = subject()) => one && window.open(address(one), `case-${one.dataset.reference || one.dataset.previewed}`, "popup,width=1080,height=900");

  /* ---- the forward sheet: claimed first if need be, and the likeliest unit chosen already ---- */
  const forward = async (part = "lead") => {
    const one = subject();
    if (!one) return;
    const reference = one.dataset.reference || one.dataset.previewed;
    const mine = rows().find((found) => found.dataset.reference === reference)?.hasAttribute("data-mine");
    if (!mine && !(await claim(one))) return;
    const opener = document.createElement("button");
    Object.assign(opener.dataset, { sheet: "forward-sheet", url: address(one), reference, urgency: one.dataset.urgency || "" });
    document.body.append(opener);
    opener.click();
    opener.remove();
    const form = byId("forward-sheet").querySelector("form");
    const role = form.querySelector(`input[name=role][value=${part}]`);
    if (role) role.checked = true;
    suggest(form, address(one));
  };
  const suggest = async (form, url) => {
    try {
      const answer = await fetch(`${url}/suggestions`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const { units } = await answer.json();
      const unit = units?.[0] && form.querySelector(`input[name=unit][value="${CSS.escape(units[0].code)}"]`);
      if (!unit || form.querySelector("input[name=unit]:checked") || !byId("forward-sheet").open) return;
      unit.checked = true;
      unit.dispatchEvent(new Event("change", { bubbles: true }));
      unit.closest("label").scrollIntoView({ block: "nearest" });
      form.querySelector("[type=submit]").focus();
    } catch {
      // the operator chooses without a suggestion
    }
  };

  /* ---- sent at once; for ten seconds one key takes it back ---- */
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("#forward-sheet form");
    if (!form) return;
    event.preventDefault();
    const told = form.querySelector("[data-sheet-told]");
    told.textContent = "";
    const send = form.querySelector("[type=submit]");
    send.disabled = true;
    const fields = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
    const sent = await self.Setu.act(form.action, fields, (words) => (told.textContent = words));
    send.disabled = false;
    if (!sent) return;
    form.closest("dialog").close();
    offerUndo(sent, form.querySelector("input[name=unit]:checked")?.value);
    row()?.focus({ preventScroll: true });
  });
  const offerUndo = (sent, unit) => {
    const leg = sent.forwardings.find((one) => one.undo && one.unit === unit);
    if (!leg) return;
    const toast = byId("undo-toast").content.firstElementChild.cloneNode(true);
    toast.action = `${sent.url}/recall`;
    toast.dataset.undoUntil = leg.undo_until;
    toast.elements.unit.value = leg.unit;
    toast.querySelector("[data-undo-reference]").textContent = sent.reference;
    toast.querySelector("[data-undo-unit]").textContent = leg.unit_name;
    byId("undo").append(toast);
    self.SetuUndo.show();
  };
  document.addEventListener("submit", async (event) => {
    const toast = event.target.closest("#undo form");
    if (!toast) return;
    event.preventDefault();
    const button = toast.querySelector("button");
    button.disabled = true;
    const fields = [...new FormData(toast)].filter(([name]) => name !== "csrfmiddlewaretoken");
    const done = await self.Setu.act(toast.action, fields);
    toast.remove();
    if (done) self.Setu.say(byId("undo").dataset.done);
  });

  /* ---- order: what is read is not moved under the eyes ---- */
  let acted = -REST_MS;
  let paused = false;
  let held = false;
  const rests = () => !paused && performance.now() - acted >= REST_MS;
  for (const kind of ["keydown", "pointermove", "pointerdown", "wheel"]) {
    document.addEventListener(kind, () => (acted = performance.now()), { passive: true, capture: true });
  }
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, requestConfig, shouldSwap } = event.detail;
    if (target.id !== "queue" || !shouldSwap) return;
    known = new Set(rows().map((one) => one.id));
    held = false;
    if (rests() || requestConfig?.verb !== "get") return;
    const page = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    const body = page.querySelector("#queue tbody");
    if (!body) return;
    const before = rows().map((one) => one.id);
    const now = [...body.children];
    // Rows keep their places; what is new stands on top.
    const sorted = [...now].sort((one, other) => before.indexOf(one.id) - before.indexOf(other.id));
    held = sorted.some((one, place) => one !== now[place]);
    body.replaceChildren(...sorted);
    event.detail.serverResponse = page.body.innerHTML;
  });
  setInterval(() => held && rests() && fetchQueue(), 1000);
  let known = new Set();
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "queue" && event.target.id !== "queue") return;
    for (const one of rows()) if (!known.has(one.id)) one.classList.add("fresh");
    if (chosen && !row()) chosen = "";
    mark();
  });
  const pause = () => {
    paused = !paused;
    for (const button of document.querySelectorAll("[data-pause]")) button.setAttribute("aria-pressed", String(paused));
    document.querySelector(".desk").classList.toggle("paused", paused);
    if (!paused) fetchQueue();
  };

  /* ---- sheets ---- */
  const sheet = (name) => byId(name)?.showModal();
  const command = byId("command");
  const words = byId("command-words");
  const list = command.querySelector(".goto");
  const places = [...list.querySelectorAll("[data-place]")].map((link) => link.parentElement);
  let asked = 0;
  const find = async () => {
    const wanted = words.value.trim();
    asked += 1;
    const mine = asked;
    const here = places.filter((item) => item.textContent.toLowerCase().includes(wanted.toLowerCase()));
    let cases = [];
    if (wanted.length > 1) {
      try {
        const answer = await fetch(`/console?q=${encodeURIComponent(wanted)}`, { headers: { Accept: "application/json" } });
        if (answer.ok) cases = (await answer.json()).cases;
      } catch {
        // the pages are there without the cases
      }
    }
    if (mine !== asked) return;
    const items = cases.slice(0, 8).map((one) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = one.url;
      link.textContent = [one.reference, one.urgency_label, one.state_label, one.person.label].filter(Boolean).join(" · ");
      item.append(link);
      return item;
    });
    list.replaceChildren(...items, ...here);
    command.querySelector("[data-none]").hidden = items.length + here.length > 0;
    command.querySelector("[data-found]").textContent = String(items.length + here.length);
  };
  let soon = null;
  words.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(find, 150);
  });
  command.addEventListener("keydown", async (event) => {
    const links = [...list.querySelectorAll("a")];
    const place = links.indexOf(document.activeElement);
    if (event.key === "ArrowDown") links[Math.min(links.length - 1, place + 1)]?.focus();
    else if (event.key === "ArrowUp") (links[place - 1] || words).focus();
    else if (event.key === "Enter" && event.target === words) {
      clearTimeout(soon);
      await find();
      list.querySelector("a")?.click();
    } else return;
    event.preventDefault();
  });

  /* ---- hands ---- */
  const acts = {
    claim: () => claim(),
    real: () => forward(),
    twin: () => open("twin"),
    elsewhere: () => forward("other_state"),
    ask: () => open("ask"),
    forward: () => forward(),
    window: () => pop(),
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-open]");
    if (opener) sheet(opener.dataset.open);
    if (event.target.closest("[data-pause]")) pause();
    const doing = event.target.closest("[data-do]");
    if (doing) acts[doing.dataset.do]();
    const one = event.target.closest("#queue tbody tr");
    if (one && !event.target.closest("a, button, form")) look(one);
  });
  document.addEventListener("focusin", (event) => {
    const one = event.target.closest("#queue tbody tr");
    if (one && one.dataset.reference !== chosen) {
      chosen = one.dataset.reference;
      mark();
    }
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-quick]");
    if (!form) return;
    event.preventDefault();
    const pane = form.closest("[data-previewed]");
    const done = await self.Setu.act(form.action, [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken"));
    if (done) look(pane);
  });
  document.addEventListener("setu:changed", ({ detail }) => {
    const pane = byId("preview").querySelector("[data-previewed]");
    const busy = pane?.querySelector("details[open]") || pane?.contains(document.activeElement);
    if (pane && !busy && detail.reference === pane.dataset.previewed && detail.event !== "presence") {
      htmx.ajax("GET", `${pane.dataset.url}/preview`, { target: "#preview", swap: "innerHTML" });
    }
  });
  self.SetuKeys({
    j: () => step(1),
    k: () => step(-1),
    enter: () => look(),
    o: () => subject() && location.assign(address(subject())),
    p: () => pop(),
    c: () => claim(),
    1: acts.real,
    2: acts.twin,
    3: acts.elsewhere,
    4: acts.ask,
    f: acts.forward,
    h: () => open("pause"),
    l: pause,
    n: () => location.assign(document.querySelector("[data-new]").href),
    "/": () => byId("search").focus(),
    "?": () => sheet("keys"),
    "ctrl k": () => {
      if (!command.open) sheet("command");
      words.select();
    },
  });
})();
