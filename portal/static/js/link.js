/*
 * The link to the server: one EventSource for all tabs of an officer. The same file runs as a SharedWorker, where there
 * is one, and inside the page where there is not. It tells pages what changed, what rings, and that the server is silent.
 */
(() => {
  "use strict";
  const SILENT_MS = 20_000; // without a sign of life for so long, the link is lost
  const POLL_MS = 10_000;
  const ARMED_MS = 45_000;

  class Link {
    constructor(say) {
      this.say = say;
      this.lost = false;
      this.ringing = null;
      this.alive = Date.now();
      this.polled = 0;
      this.told = 0;
      this.armed = null;
      this.fresh = true;
    }
    begin(where) {
      if (this.where) return;
      this.where = where;
      this.connect();
      setInterval(() => this.tick(), 1000);
    }
    connect() {
      if (this.source) this.source.close();
      this.fresh = true;
      this.opened = Date.now();
      const source = new EventSource(this.where.events);
      this.source = source;
      source.addEventListener("heartbeat", () => this.lives());
      source.onopen = () => {
        this.fresh = true;
      };
      source.onmessage = (message) => {
        this.lives();
        this.say({ type: "changed", ...JSON.parse(message.data) });
        this.ask();
      };
    }
    lives() {
      this.alive = Date.now();
      // From the first sign of life on nothing is missed; what came before is fetched.
      if (this.fresh || this.lost) {
        this.fresh = false;
        this.setLost(false);
        this.say({ type: "changed", event: "refetch", reference: "", seq: 0 });
        this.ask();
      }
    }
    setLost(lost) {
      if (this.lost === lost) return;
      this.lost = lost;
      this.say({ type: "link", lost });
    }
    tick() {
      const now = Date.now();
      // A computer that slept has not been left by the server: it gets its time to answer.
      if (this.ticked && now - this.ticked > 10_000) this.alive = Math.max(this.alive, now - SILENT_MS / 2);
      this.ticked = now;
      if (now - this.alive > SILENT_MS) {
        this.setLost(true);
        if (now - this.polled > POLL_MS) {
          this.polled = now;
          this.say({ type: "poll" });
          this.ask();
        }
      }
      const closed = this.source.readyState === EventSource.CLOSED;
      const stuck = now - Math.max(this.alive, this.opened) > SILENT_MS + POLL_MS;
      if ((closed && now - this.opened > 3000) || stuck) this.connect();
      if (this.armed && now - this.told > ARMED_MS) this.tell(true);
    }
    /* What rings now: the server says it, and one question serves every tab. */
    async ask() {
      if (!this.where.ringing) return;
      if (this.asking) {
        this.again = true;
        return;
      }
      this.asking = true;
      try {
        const answer = await fetch(this.where.ringing, { headers: { Accept: "application/json" }, cache: "no-store" });
        if (answer.ok) {
          this.ringing = await answer.json();
          this.say({ type: "ringing", ...this.ringing });
        }
      } catch {
        // the next sign of life, or the next poll, asks again
      } finally {
        this.asking = false;
      }
      if (this.again) {
        this.again = false;
        this.ask();
      }
    }
    /* Tell the server that this desk is armed, so that the wall board can count it. */
    arm(desk) {
      this.armed = desk;
      this.tell(Boolean(desk));
    }
    async tell(armed) {
      this.told = Date.now();
      const desk = this.armed || this.before;
      if (!desk || !this.where.desk) return;
      this.before = desk;
      const body = new URLSearchParams({ desk: desk.name, armed: armed ? "1" : "0", csrfmiddlewaretoken: desk.token });
      try {
        const answer = await fetch(this.where.desk, { method: "POST", body, headers: { Accept: "application/json" } });
        if (answer.ok) this.say({ type: "desks", desks: (await answer.json()).desks });
      } catch {
        // said again in less than a minute
      }
    }
  }

  if (typeof SharedWorkerGlobalScope === "undefined" || !(self instanceof SharedWorkerGlobalScope)) {
    self.SetuLink = Link;
    return;
  }

  /* As a SharedWorker: many tabs, one link, one voice. */
  const tabs = new Map(); // port -> {armed, seen}
  const say = (what) => {
    for (const port of tabs.keys()) port.postMessage(what);
  };
  const link = new Link(say);
  let voice = null;
  const choose = () => {
    if (!tabs.get(voice)?.armed) voice = [...tabs.keys()].find((port) => tabs.get(port).armed) || null;
    for (const port of tabs.keys()) port.postMessage({ type: "voice", yours: port === voice });
    const desk = voice ? tabs.get(voice).armed : null;
    if (desk && !link.armed) link.arm(desk);
    // Going from page to page is not leaving the desk.
    else if (!desk && link.armed) setTimeout(() => !voice && link.armed && link.arm(null), 8000);
  };
  self.onconnect = (event) => {
    const port = event.ports[0];
    tabs.set(port, { armed: null, seen: Date.now() });
    port.onmessage = ({ data }) => {
      const tab = tabs.get(port) || { armed: null };
      tab.seen = Date.now();
      tabs.set(port, tab);
      if (data.type === "begin") {
        link.begin(data.where);
        port.postMessage({ type: "link", lost: link.lost });
        if (link.ringing) port.postMessage({ type: "ringing", ...link.ringing });
      } else if (data.type === "armed") {
        tab.armed = data.desk;
        choose();
      } else if (data.type === "silenced") {
        say(data);
      } else if (data.type === "ask") {
        link.ask();
      } else if (data.type === "bye") {
        tabs.delete(port);
        choose();
      }
    };
  };
  setInterval(() => {
    say({ type: "ping" });
    // A tab that was frozen or has crashed must not keep the voice.
    const before = tabs.size;
    for (const [port, tab] of tabs) if (Date.now() - tab.seen > SILENT_MS) tabs.delete(port);
    if (tabs.size !== before || (voice && !tabs.has(voice))) choose();
  }, 5000);
})();
