/*
 * A sign-in that ends on a desk that never sleeps: the page stays with every word on it, asks for a new sign-in in a
 * window of its own, and goes on when it is there.
 */
(() => {
  "use strict";
  const dialog = document.getElementById("signin");
  if (!dialog) return;
  const here = dialog.dataset.signedIn;
  const channel = "BroadcastChannel" in self ? new BroadcastChannel("setu-signin") : null;
  const ended = () => {
    if (!dialog.open) dialog.showModal();
  };

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { status } = event.detail.xhr;
    // The token of before the last sign-in: what is sent once more goes with the new one.
    if (status === 403) ask().then((officer) => (officer ? goOn(officer) : officer === "" && ended()), () => {});
    if (status !== 401) return;
    event.preventDefault();
    ended();
  });
  dialog.querySelector("a").addEventListener("click", (event) => {
    // A window that a script has opened may close itself; where none may be opened, the link does it.
    if (window.open(event.currentTarget.href, "setu-signin", "popup,width=480,height=720")) event.preventDefault();
  });

  const goOn = (officer) => {
    // What one officer wrote is not sent under another one's name.
    if (officer !== document.body.dataset.officer) return location.assign("/");
    const token = (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1];
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) if (token) field.value = token;
    if (dialog.open) dialog.close();
    document.dispatchEvent(new CustomEvent("setu:signed-in"));
    self.Setu?.changed();
  };
  const ask = async () => {
    const answer = await fetch(here, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.ok) return (await answer.json()).officer;
    return answer.status === 401 ? "" : null;
  };
  const look = async () => {
    if (!dialog.open) return;
    try {
      const officer = await ask();
      if (officer) goOn(officer);
    } catch {
      // no line: the prompt stays
    }
  };
  if (channel) channel.onmessage = ({ data }) => goOn(data);
  // Signed in again in another way, or in a browser without channels: whoever comes back to the page finds it so.
  addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);

  // A form that leaves the page would take what is written with it to the door: it asks first.
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-guard]");
    if (!form || event.defaultPrevented || form.dataset.guard === "open") return;
    event.preventDefault();
    const { submitter } = event;
    let officer = null;
    try {
      officer = await ask();
    } catch {
      // the browser says itself that there is no line
    }
    if (officer === "") {
      for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
      return ended();
    }
    form.dataset.guard = "open";
    form.requestSubmit(submitter);
    form.dataset.guard = "";
  });
  self.SetuSession = { ended };
})();
