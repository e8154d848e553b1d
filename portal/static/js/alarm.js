/*
 * The sound of a desk. A browser makes none before somebody has clicked: until then a red strip stands. Each tone is one
 * buffer that loops by itself, because the timers of a hidden tab may sleep for a minute.
 */
(() => {
  "use strict";
  // [seconds until it begins anew, [start, length, hertz] …]: the more urgent, the quicker and the higher.
  const TONES = {
    P0: [1.4, [0, 0.14, 1046], [0.2, 0.14, 1318], [0.4, 0.14, 1046], [0.6, 0.14, 1318]],
    P1: [3, [0, 0.18, 784], [0.28, 0.18, 784]],
    P2: [8, [0, 0.25, 587]],
    P3: [15, [0, 0.25, 440]],
    link: [4, [0, 0.4, 392], [0.45, 0.6, 262]],
    test: [0, [0, 0.12, 784], [0.16, 0.2, 1046]],
  };
  let context = null;
  let playing = null;
  let name = "";

  const buffer = (tone) => {
    const [every, ...notes] = TONES[tone];
    const end = Math.max(...notes.map(([start, length]) => start + length));
    const rate = context.sampleRate;
    const made = context.createBuffer(1, Math.ceil(Math.max(every, end + 0.05) * rate), rate);
    const wave = made.getChannelData(0);
    for (const [start, length, hertz] of notes) {
      const first = Math.floor(start * rate);
      const count = Math.floor(length * rate);
      for (let at = 0; at < count; at += 1) {
        const edge = Math.min(1, at / (0.01 * rate), (count - at) / (0.02 * rate));
        wave[first + at] += 0.5 * edge * Math.sin((2 * Math.PI * hertz * at) / rate);
      }
    }
    return made;
  };
  const start = (tone, loop) => {
    const source = context.createBufferSource();
    source.buffer = buffer(tone);
    source.loop = loop;
    source.connect(context.destination);
    source.start();
    return source;
  };
  const stop = () => {
    if (playing) playing.stop();
    playing = null;
    name = "";
  };

  self.SetuAlarm = {
    get armed() {
      return context !== null && context.state === "running";
    },
    /* Try to make sound possible; true if the browser lets us. */
    async arm() {
      if (!context) context = new AudioContext();
      const waited = new Promise((done) => setTimeout(done, 800));
      if (context.state !== "running") await Promise.race([context.resume(), waited]);
      return this.armed;
    },
    test() {
      if (this.armed) start("test", false);
    },
    /* Sound a tone until another one, or none, is wanted. */
    sound(tone) {
      if (tone === name) return;
      stop();
      if (!tone || !this.armed) return;
      playing = start(tone, true);
      name = tone;
    },
    get sounding() {
      return name;
    },
  };
})();
