/* The window of a new sign-in tells every page of this browser, and goes. */
(() => {
  "use strict";
  if ("BroadcastChannel" in self) new BroadcastChannel("setu-signin").postMessage(document.body.dataset.officer);
  if (window.opener || window.name === "setu-signin") setTimeout(() => window.close(), 300);
})();
