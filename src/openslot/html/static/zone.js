// Where a page shows times in the host's zone, since nobody has named another, request them in the browser's: once, and
// without loading the page again. This runs before anything is shown, so no time can be chosen that is about to change.
(() => {
  const root = document.documentElement;
  const assumed = root.dataset.hostZone;
  let zone;
  try {
    zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  } catch {
    return;
  }
  if (!assumed || !zone || zone === assumed) return;

  const LONGEST_WAIT_MS = 10_000; // then the host's times are better than none
  const address = new URL(location.href);
  const isNamed = address.searchParams.has("timezone");
  address.searchParams.set("timezone", zone);
  if (self.origin === "null") {
    // A frame whose sandbox has no origin may fetch nothing, but may load the page once more.
    if (!isNamed) location.replace(address);
    return;
  }
  const parts = () => document.querySelectorAll("[data-zoned]");
  const hold = () =>
    parts().forEach((part) => {
      part.inert = true;
      part.setAttribute("aria-busy", "true");
    });
  const release = () =>
    parts().forEach((part) => {
      part.inert = false;
      part.removeAttribute("aria-busy");
    });
  const parsed = new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  const watcher = new MutationObserver(hold); // its turn comes before anything is painted or clicked
  watcher.observe(root, { childList: true, subtree: true });

  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), LONGEST_WAIT_MS);
  const answer = fetch(address, { headers: { Accept: "text/html" }, signal: stop.signal }).then((response) =>
    response.ok ? response.text() : Promise.reject(response),
  );
  Promise.all([answer, parsed])
    .then(([text]) => {
      const fresh = new DOMParser().parseFromString(text, "text/html");
      watcher.disconnect();
      parts().forEach((part) => {
        const other = fresh.getElementById(part.id);
        if (!other) return;
        part.replaceWith(other);
        window.htmx?.process(other);
      });
      // A zone that the server does not know stays out of the address; the page says whose times it shows.
      if (fresh.documentElement.dataset.hostZone === undefined) history.replaceState(history.state, "", address);
    })
    .catch(() => parsed) // what is there can be used as it is
    .finally(() => {
      clearTimeout(timer);
      watcher.disconnect();
      release();
    });
})();
