/* Time left until a promise is due, by the server's clock. The server writes the first value; we only keep it true. */
(() => {
  "use strict";
  let offset = 0;

  let latest = 0;
  const setClock = () => {
    for (const clock of document.querySelectorAll("[data-server-now]")) {
      const at = Date.parse(clock.dataset.serverNow);
      if (at <= latest) continue; // said by an older answer
      latest = at;
      offset = at - Date.now();
    }
  };
  const two = (number) => String(number).padStart(2, "0");
  const text = (seconds) => {
    const size = Math.abs(seconds);
    const hours = Math.floor(size / 3600);
    const rest = `${two(Math.floor((size % 3600) / 60))}:${two(size % 60)}`;
    return `${seconds < 0 ? "+" : ""}${hours ? `${hours}:` : ""}${rest}`;
  };
  const show = () => {
    const now = Date.now() + offset;
    for (const left of document.querySelectorAll(".left[data-due]")) {
      const seconds = Math.ceil((Date.parse(left.dataset.due) - now) / 1000);
      const digits = left.querySelector(".t");
      const word = left.querySelector(".word");
      const value = text(seconds);
      if (digits && digits.textContent !== value) digits.textContent = value;
      left.classList.toggle("late", seconds < 0);
      left.classList.toggle("soon", seconds >= 0 && seconds <= 60);
      if (word) word.hidden = seconds >= 0;
    }
  };
  self.SetuClock = { now: () => Date.now() + offset };
  setClock();
  show();
  setInterval(show, 500);
  // Right after a swap, or the first paint would show the time of the answer.
  document.addEventListener("htmx:afterSwap", () => {
    setClock();
    show();
  });
})();
