/* A service worker: a page that cannot be fetched says so and whom to call. Nothing of a case is ever kept. */
"use strict";
const KEPT = "offline-1";
const PAGE = "/offline";
const FILES = [PAGE, "/static/css/tokens.css", "/static/css/tap.css"];

self.addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(fresh)));
  self.skipWaiting();
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)))));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  // Files and the onboarding desk are left to the browser.
  const isPage = request.mode === "navigate" && !/\/files\/|\.pdf$|^\/(admin|api)\//.test(pathname);
  if (isPage) event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  else if (FILES.includes(pathname)) event.respondWith(fetch(request).catch(() => caches.match(pathname)));
});
