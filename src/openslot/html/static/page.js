// What JavaScript adds to pages that work without it: what is shown while a part of a page loads, where the focus goes
// and what is read out afterwards, and a form that is sent once.

// Old times must not be chosen while others load. What holds the control that was used stays, so it keeps the focus.
const waiting = new Set();
const announce = (text) => (document.querySelector("#status").textContent = text);
function hold() {
  document.querySelectorAll("[data-part][inert]").forEach((part) => (part.inert = false));
  document.querySelectorAll("[data-zoned][aria-busy]").forEach((part) => part.removeAttribute("aria-busy"));
  for (const { sourceElement, target } of waiting) {
    target.setAttribute("aria-busy", "true");
    target.querySelectorAll("[data-part]").forEach((part) => (part.inert = !part.contains(sourceElement)));
  }
}
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  waiting.add(ctx);
  ctx.hadFocus = ctx.target !== document.body && ctx.target.contains(document.activeElement);
  ctx.landing = landing(ctx.sourceElement);
  hold();
  announce(document.querySelector("#status").dataset.loading);
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx.failed) return; // it becomes the whole page, see below
  waiting.delete(ctx);
  hold();
  if (waiting.size) return;
  announce(document.getElementById(ctx.target.id)?.dataset.announcement ?? "");
  const focused = document.activeElement;
  if (!ctx.hadFocus || (focused !== document.body && focused.checkVisibility())) return;
  document.querySelector(ctx.landing)?.focus({ preventScroll: true });
});
window.addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  waiting.clear(); // back from another page: nothing of then is awaited
  hold();
});

// Where the focus goes when the control that had it is gone: the zone's row for its form, else the heading of what changed.
function landing(control) {
  if (control.matches("form")) return "#zone summary";
  return control.matches(".slot") ? "#times" : "#month";
}

// Beside a form, zone and clock are changed by buttons of that form, which is then shown again with what was typed. Here
// that part of the page alone is replaced, so they are buttons of the form around them again.
document.addEventListener(
  "click",
  ({ target }) => {
    const own = window.htmx && target.closest?.("#zone-form button:not([data-until-options] *)")?.closest("form");
    own?.querySelectorAll("[form]:not([data-until-options] *)").forEach((control) => {
      for (const name of ["form", "formaction", "formnovalidate"]) control.removeAttribute(name);
    });
  },
  true,
);

// The countries of a telephone number: the page has the likely ones, since all of them are larger than its form.
for (const select of document.querySelectorAll(".phone select"))
  fetch(select.dataset.options)
    .then((response) => (response.ok ? response.text() : Promise.reject(response.status)))
    .then((options) => {
      const chosen = select.value;
      select.innerHTML = options;
      select.value = chosen;
    })
    .catch(() => {}); // a number that begins with + needs no country

// On telephones a long text is folded.
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("button.unfold");
  button?.setAttribute("aria-expanded", String(button.ariaExpanded !== "true"));
});

// The server refuses a slot taken twice; this spares the visitor the message after a double click.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button.main");
  if (!button || event.defaultPrevented) return;
  if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
  button.setAttribute("aria-disabled", "true");
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("button.main[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
});

// A part of a page that can't be had (the offer is gone, the network fails) becomes the whole page.
function replacePage({ detail: { ctx } }) {
  if (!ctx?.request?.action) return;
  ctx.failed = true;
  location.assign(ctx.request.action);
}
document.addEventListener("htmx:response:error", replacePage);
document.addEventListener("htmx:error", replacePage);

// What leads to times names the browser's zone, so that they are in it from the first answer on. Last, since a browser may
// refuse to tell its zone.
for (const link of document.querySelectorAll(".offers a")) {
  const address = new URL(link.href);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (!timeZone || address.searchParams.has("timezone")) continue;
  address.searchParams.set("timezone", timeZone);
  link.href = address;
}
