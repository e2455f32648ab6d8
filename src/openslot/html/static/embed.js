// What a page within another site's page sends to it: what was viewed, chosen and booked, and how high it is now. Loaded
// where the address has embed_domain. Any site may read these messages, since any may frame the page unless the
// organization names those that may: so they hold addresses of the API, which show nothing without a token.
const send = (message) => parent !== window && parent.postMessage(message, "*");

const notice = document.querySelector('meta[name="openslot-message"]');
if (notice) send(JSON.parse(notice.content));

// What a form has done is reported once, not again by a page that is loaded again.
const address = new URL(location.href);
if (address.searchParams.has("done")) {
  address.searchParams.delete("done");
  try {
    history.replaceState(history.state, "", address);
  } catch {
    // a sandbox without an origin does not let its address change
  }
}

let height;
function measure(again) {
  const now = Math.ceil(document.body.getBoundingClientRect().height);
  if (now === height && again !== true) return;
  height = now;
  send({ event: "calendly.page_height", payload: { height: `${height}px` } });
}
new ResizeObserver(measure).observe(document.body);
addEventListener("pageshow", ({ persisted }) => persisted && measure(true));

// A frame whose sandbox has no origin may fetch nothing: there, other days and zones are whole pages.
if (self.origin === "null") {
  for (const kind of ["click", "submit"]) {
    const leave = (event) => event.target.closest?.("#picker a, #zone-form") && event.stopPropagation();
    addEventListener(kind, leave, true);
  }
}

// The window around a popup does not see keys that are pressed in here.
addEventListener("keydown", ({ key, target, defaultPrevented }) => {
  if (key === "Escape" && !defaultPrevented && !target.matches?.("select")) send({ event: "openslot.close", payload: {} });
});

// Other sites, such as the one of a video call, mostly refuse to be framed.
addEventListener(
  "click",
  ({ target }) => {
    const link = target.closest?.("a[href]");
    if (link && (link.origin !== address.origin || link.closest("footer p"))) {
      link.target = "_blank";
      link.rel = "noopener";
    }
  },
  true,
);
