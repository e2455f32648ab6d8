// What JavaScript adds where times are chosen: the days are one stop of the Tab key, and the list of time zones is
// searched. Without it each day is a stop of its own, and zones are chosen from a list of the browser's.

const days = () => [...document.querySelectorAll("#picker a.day")];
const cell = (day) => day.closest("td");

// The stop is the day that has the focus, else the open one, else the first with times.
function oneStop() {
  const all = days();
  if (!all.length) return;
  cell(all[0]).closest("table").setAttribute("role", "grid");
  const held = all.includes(document.activeElement) && document.activeElement;
  const stop = held || all.find((day) => day.ariaCurrent) || all[0];
  for (const day of all) if (day.tabIndex !== (day === stop ? 0 : -1)) day.tabIndex = day === stop ? 0 : -1;
}
oneStop();
new MutationObserver(oneStop).observe(document.documentElement, {
  childList: true,
  subtree: true,
  attributeFilter: ["aria-current", "tabindex"],
});
document.addEventListener("focusin", ({ target }) => target.matches("#picker a.day") && oneStop());

// Keys go to days with times alone. Past the month's end, and with Page Up and Page Down, the other month comes.
document.addEventListener("keydown", (event) => {
  const day = event.target.closest("#picker a.day");
  if (!day || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const go = steps(day)[event.key];
  if (!go) return;
  event.preventDefault();
  go();
});
function steps(day) {
  const all = days();
  const inColumn = all.filter((one) => cell(one).cellIndex === cell(day).cellIndex);
  const inWeek = all.filter((one) => cell(one).parentNode === cell(day).parentNode);
  const to = (one, otherwise) => (one ? one.focus() : otherwise());
  const back = (list) => () => to(list[list.indexOf(day) - 1], () => turn("previous", (found) => found.at(-1)));
  const on = (list) => () => to(list[list.indexOf(day) + 1], () => turn("next", (found) => found[0]));
  const isMirrored = getComputedStyle(day).direction === "rtl";
  return {
    [isMirrored ? "ArrowRight" : "ArrowLeft"]: back(all),
    [isMirrored ? "ArrowLeft" : "ArrowRight"]: on(all),
    ArrowUp: back(inColumn),
    ArrowDown: on(inColumn),
    Home: () => inWeek[0].focus(),
    End: () => inWeek.at(-1).focus(),
    PageUp: () => turn("previous", nearest(day)),
    PageDown: () => turn("next", nearest(day)),
  };
}

// Another month; once it is there, one of its days has the focus.
let choose;
function turn(id, wanted) {
  const link = document.querySelector(`a#${id}`);
  if (!link) return;
  choose = wanted;
  link.click();
}
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  // The times of a day come into sight. Who uses keys stays at the day, and is to see where that is.
  if (ctx.sourceElement.matches(".day:focus-visible")) ctx.sourceElement.scrollIntoView({ block: "nearest" });
  if (!choose || document.querySelector("#picker[aria-busy]")) return; // a later one is awaited
  choose(days())?.focus();
  choose = undefined;
});
const nearest = (day) => {
  const far = (one) => Math.abs(one.textContent.trim() - day.textContent.trim());
  return (found) => found.reduce((best, one) => (best && far(best) <= far(one) ? best : one), undefined);
};

// Nearly nobody opens the list of time zones, and it is larger than the page: so it comes when it is wanted.
document.addEventListener(
  "toggle",
  async ({ target }) => {
    const list = target.matches?.(".zone[open]") && target.querySelector("select[data-options]");
    if (!list) return;
    const address = list.dataset.options;
    delete list.dataset.options;
    const [response, zones] = await Promise.all([fetch(address), import(document.documentElement.dataset.zones)]);
    if (!response.ok) return; // there is a link as well
    const current = list.options[list.selectedIndex];
    list.innerHTML = await response.text();
    const same = [...list.options].find((option) => option.value === current.value);
    if (same) same.selected = true;
    else list.prepend(current); // an older spelling
    target.querySelector("[data-until-options]")?.remove();
    zones.makeSearchable(target);
  },
  true,
);
