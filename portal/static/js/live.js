/* What the link tells, shown on this page: parts are fetched anew, alarms stand and sound until somebody claims. */
(() => {
  "use strict";
  const body = document.body;
  const side = body.dataset.live;
  if (!side) return;
  const html = document.documentElement;
  const rings = side === "cell" && Boolean(self.SetuAlarm);
  const where = {
    events: body.dataset.events,
    ringing: rings ? body.dataset.ringingUrl : "",
    desk: rings ? body.dataset.deskUrl : "",
  };

  /* ---- the link: shared by all tabs, or our own ---- */
  let port = null;
  let own = null;
  const hear = (data) => {
    if (data.type === "ping") send({ type: "pong" });
    else if (data.type === "changed" || data.type === "poll") changed(data);
    else if (data.type === "link") lost(data.lost);
    else if (data.type === "ringing") ring(data);
    else if (data.type === "voice") speak(data.yours);
    else if (data.type === "desks") desks(data.desks);
    else if (data.type === "silenced") hush(data.key);
  };
  const send = (data) => {
    if (port) port.postMessage(data);
    else if (data.type === "armed") own.arm(data.desk);
    else if (data.type === "silenced") hush(data.key);
    else if (data.type === "ask") own.ask();
  };
  const alone = () => {
    port = null;
    own = new self.SetuLink(hear);
    own.begin(where);
    speak(true);
  };
  const connect = () => {
    if (typeof SharedWorker === "undefined") return alone();
    try {
      // An officer of one's own: who signs in after somebody else is told nothing that was theirs.
      const worker = new SharedWorker(body.dataset.linkScript, { name: `setu ${body.dataset.officer}` });
      worker.onerror = alone;
      port = worker.port;
      port.onmessage = ({ data }) => hear(data);
      send({ type: "begin", where });
    } catch {
      alone();
    }
  };

  /* ---- something changed: the parts of the page that care fetch themselves, at once and then not too often ---- */
  const PAUSE = 400;
  let fetched = -PAUSE;
  let waits = null;
  const fetchParts = (what) => body.dispatchEvent(new CustomEvent("live", { detail: what }));
  const changed = (what) => {
    document.dispatchEvent(new CustomEvent("setu:changed", { detail: what }));
    const now = performance.now();
    const fetch = () => {
      clearTimeout(waits);
      waits = null;
      fetched = performance.now();
      fetchParts(what);
    };
    // Whatever comes after the pause does not wait for its timer: in a hidden tab that may sleep for a minute.
    if (now - fetched >= PAUSE) fetch();
    else if (!waits) waits = setTimeout(fetch, PAUSE - (now - fetched));
  };

  /* ---- the link is lost ---- */
  let isLost = false;
  const lost = (now) => {
    isLost = now;
    html.dataset.link = now ? "lost" : "live";
    const strip = document.getElementById("link");
    if (strip && strip.hidden === now) strip.hidden = !now;
    sound();
  };

  /* ---- alarms ---- */
  const silenced = () => JSON.parse(localStorage.getItem("silenced") || "[]");
  const desk = () => {
    let name = localStorage.getItem("desk");
    if (!name) {
      name = [...crypto.getRandomValues(new Uint8Array(4))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      localStorage.setItem("desk", name);
    }
    return name;
  };
  const token = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.value || "";
  const title = document.title;
  let alarms = [];
  let shown = "";
  const ring = (data) => {
    alarms = data.ringing;
    const area = document.getElementById("ringing");
    // The token in the answer is another one each time; the alarms are the same while their keys are.
    const seen = JSON.stringify(alarms);
    if (area && seen !== shown) {
      shown = seen;
      area.innerHTML = data.html;
    }
    desks(data.desks);
    show();
  };
  const show = () => {
    const quiet = silenced();
    for (const strip of document.querySelectorAll("#ringing [data-key]")) {
      const hushed = quiet.includes(strip.dataset.key);
      strip.classList.toggle("hushed-here", hushed);
      strip.querySelector(".hushed").hidden = !hushed;
      strip.querySelector("[data-silence]").hidden = hushed;
    }
    const count = alarms.length;
    const wanted = count ? `● (${count}) ${title}` : title;
    if (document.title !== wanted) document.title = wanted;
    const mark = document.getElementById("mark");
    const icon = count ? mark.dataset.alarm : mark.dataset.calm;
    if (mark.getAttribute("href") !== icon) mark.setAttribute("href", icon);
    html.dataset.ringing = count ? alarms[0].urgency : "";
    sound();
  };
  const hush = (key) => {
    const kept = silenced().filter((old) => old !== key).slice(-50);
    localStorage.setItem("silenced", JSON.stringify([...kept, key]));
    show();
  };
  const silence = async (strip) => {
    if (!strip) return;
    const { key, url } = strip.dataset;
    hush(key);
    send({ type: "silenced", key });
    await act(`${url}/silence`, { desk: desk() });
  };
  /* Do something to a case and return it as it is then, or null; a refusal is said in the strip and the page stays. */
  const act = async (address, fields, refused = say) => {
    const data = new URLSearchParams(fields);
    data.set("csrfmiddlewaretoken", token());
    try {
      const answer = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" }, keepalive: true });
      if (answer.ok) {
        changed({ type: "changed", event: "refetch", reference: "", seq: 0 });
        send({ type: "ask" });
        return await answer.json();
      }
      if (answer.status === 401) {
        self.SetuSession?.ended();
        return null;
      }
      const problem = await answer.json();
      refused(problem.title || "");
    } catch {
      const strip = document.getElementById("lost");
      if (strip) strip.hidden = false;
    }
    return null;
  };
  const say = (text) => {
    const strip = document.getElementById("strip");
    const told = document.createElement("div");
    const words = document.createElement("p");
    told.className = "told warning";
    words.textContent = text;
    told.append(words);
    strip.replaceChildren(told);
    strip.scrollIntoView({ block: "nearest" });
  };

  /* ---- sound ---- */
  let voice = false;
  const alarm = self.SetuAlarm;
  const speak = (yours) => {
    voice = yours;
    sound();
  };
  const sound = () => {
    if (!alarm || !rings) return;
    const quiet = silenced();
    const loudest = alarms.filter((one) => !quiet.includes(one.key)).map((one) => one.urgency).sort()[0] || "";
    alarm.sound(voice ? loudest || (isLost ? "link" : "") : "");
    html.dataset.sounding = alarm.sounding;
  };
  const arm = async (test) => {
    const armed = await alarm.arm();
    html.dataset.sound = armed ? "armed" : "off";
    const strip = document.getElementById("arm");
    if (strip) strip.hidden = armed;
    for (const sign of document.querySelectorAll("[data-sound-sign]")) {
      sign.hidden = (sign.dataset.soundSign === "armed") !== armed;
    }
    if (!armed) return;
    sessionStorage.setItem("armed", "1");
    send({ type: "armed", desk: { name: desk(), token: token() } });
    if (test) alarm.test();
    sound();
  };
  const desks = (count) => {
    for (const sign of document.querySelectorAll("[data-desks]")) sign.textContent = count;
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-arm]")) arm(true);
    const silent = event.target.closest("[data-silence]");
    if (silent) silence(silent.closest("[data-key]"));
    const claim = event.target.closest("#ringing [data-claim]");
    if (claim) act(`${claim.closest("[data-key]").dataset.url}/claim`, {});
  });
  // Whoever has armed this desk and goes to another page need not click again: any key or click will do.
  const rearm = () => {
    if (alarm && sessionStorage.getItem("armed") && !alarm.armed) arm(false);
  };
  document.addEventListener("pointerdown", rearm);
  document.addEventListener("keydown", rearm);
  // The token of before is worth nothing after a new sign-in; the desk goes on being counted with the new one.
  document.addEventListener("setu:signed-in", () => alarm?.armed && arm(false));
  addEventListener("storage", (event) => {
    if (event.key === "silenced") show();
  });
  addEventListener("pagehide", () => port && port.postMessage({ type: "bye" }));
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (alarm) html.dataset.sound = alarm.armed ? "armed" : "off";
    for (const sign of document.querySelectorAll("[data-sound-sign]")) {
      sign.hidden = (sign.dataset.soundSign === "armed") !== Boolean(alarm?.armed);
    }
  });

  // On every page of the cell, not on the console alone; and never while somebody writes.
  document.addEventListener("keydown", (event) => {
    if (!rings || event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (event.code !== "KeyA" && event.key.toLowerCase() !== "a") return;
    if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
    const loud = document.querySelector("#ringing [data-key]:not(.hushed-here)");
    if (!loud) return;
    event.preventDefault();
    silence(loud);
  });

  self.Setu = { act, say, silence, desk, token, changed: () => changed({ type: "changed", event: "refetch" }) };
  html.dataset.link = "waiting";
  html.dataset.sounding = "";
  if (rings) arm(false);
  connect();
})();
