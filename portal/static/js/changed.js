/*
 * A case that somebody else changes while it is open: the page fetches what is new, keeps every word that is being
 * written (strip.js), and says who changed what until the officer has seen it.
 */
(() => {
  "use strict";
  const banner = document.getElementById("changed");
  const page = () => document.getElementById("case");
  if (!banner || !page()) return;
  const AGAIN_MS = 10_000;
  const reference = page().dataset.reference;
  const shown = () => Number(page()?.dataset.seq || 0);
  let seen = shown();
  let busy = false;
  let wanted = 0;

  const fetchCase = async () => {
    // An act of one's own is on its way: its answer shows everything.
    if (busy || !page() || document.querySelector(".htmx-request")) return void setTimeout(() => wanted > shown() && fetchCase(), 500);
    busy = true;
    try {
      await htmx.ajax("GET", location.pathname + location.search, { target: "#case", swap: "morph:outerHTML", headers: { "X-Live": "1" } });
    } finally {
      busy = false;
    }
  };
  const tell = () => {
    const lines = [...document.querySelectorAll("#case .timeline li[data-seq]")].filter(
      (line) => Number(line.dataset.seq) > seen && "news" in line.dataset,
    );
    banner.hidden = !lines.length;
    if (!lines.length) return;
    banner.querySelector("[data-changed-count]").textContent = lines.length;
    // The latest stands in the strip; all of them, with what was before and after, under "see the difference".
    const said = (line) => {
      const [what, who] = [line.querySelector("strong"), line.querySelector(".quiet")];
      return [who?.textContent, what?.textContent].filter(Boolean).join(": ");
    };
    banner.querySelector("[data-changed-latest]").textContent = said(lines[0]);
    banner.querySelector("[data-changed-lines]").replaceChildren(...lines.map((line) => line.cloneNode(true)));
  };
  document.addEventListener("setu:changed", ({ detail }) => {
    if (detail.event === "presence" || (detail.reference && detail.reference !== reference)) return;
    // What this page did itself is in the answer it was given.
    if (detail.reference && detail.seq <= shown()) return;
    wanted = Math.max(wanted, detail.seq || shown() + 1);
    fetchCase();
  });
  document.addEventListener("htmx:afterSwap", () => page() && tell());
  banner.addEventListener("click", (event) => {
    if (!event.target.closest("[data-changed-seen]")) return;
    seen = shown();
    banner.querySelector("details").open = false;
    banner.hidden = true;
  });
  // What was sent to posts is still on its way: whether it was delivered is no line of the history.
  setInterval(() => page()?.hasAttribute("data-under-way") && document.visibilityState === "visible" && fetchCase(), AGAIN_MS);
})();
