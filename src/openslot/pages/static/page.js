// What JavaScript adds to pages that work without it: the browser's time zone, and a form that is sent once.

// Where the page assumed the host's zone, show times in the browser's. The address then names it, so it stays.
const zone = document.querySelector("#zone[data-assumed='yes']");
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && browserZone && browserZone !== zone.dataset.zone) {
  const address = new URL(location.href);
  address.searchParams.set("timezone", browserZone);
  location.replace(address);
}

// The server refuses a slot taken twice; this spares the visitor the message after a double click.
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("button.main");
  if (!button) return;
  if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
  button.setAttribute("aria-disabled", "true");
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("button.main[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
});

// A part of a page that can't be had (the offer is gone, the network fails) becomes the whole page.
document.addEventListener("htmx:response:error", (event) => location.assign(event.detail.ctx.request.action));
document.addEventListener("htmx:error", (event) => {
  const action = event.detail.ctx?.request?.action;
  if (action) location.assign(action);
});
