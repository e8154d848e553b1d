/* The wall board tells the time by the server's clock, and says so when what it shows is no longer fresh. */
(() => {
  "use strict";
  const STALE_S = 30;
  const clock = document.getElementById("clock");
  const words = document.getElementById("stale");
  let offset = Date.parse(clock.dataset.now) - Date.now();
  let fresh = performance.now();
  let moved = 0;

  const two = (number) => String(number).padStart(2, "0");
  const show = () => {
    const now = Date.now() + offset;
    // The clock on the wall is the one of the country, wherever the screen was set up.
    clock.textContent = new Date(now + 19_800_000).toISOString().slice(11, 19);
    const oldest = document.querySelector("#oldest[data-since]");
    if (oldest) {
      const seconds = Math.max(0, Math.floor((now - Date.parse(oldest.dataset.since)) / 1000));
      const text = `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
      if (oldest.textContent !== text) oldest.textContent = text;
    }
    const age = Math.floor((performance.now() - fresh) / 1000);
    const stale = age >= STALE_S;
    document.body.classList.toggle("stale", stale);
    words.hidden = !stale;
    words.querySelector("[data-stale]").textContent = age;
    // Nothing stands on the same spot for hours: a screen keeps the trace of it.
    const place = Math.floor(now / 60_000) % 4;
    if (place !== moved) document.body.classList.replace(`at-${moved}`, `at-${place}`);
    moved = place;
  };
  document.body.classList.add("at-0");
  document.addEventListener("htmx:afterSwap", () => {
    const wall = document.getElementById("wall");
    offset = Date.parse(wall.dataset.serverNow) - Date.now();
    fresh = performance.now();
    show();
  });
  show();
  setInterval(show, 1000);
})();
