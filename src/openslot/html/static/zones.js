// The time zones as a list that is searched: by city, country, name of the zone, abbreviation or offset. A combobox with its
// list below it, as the ARIA Authoring Practices describe it. The browser's own list stays, unseen, and holds the choice.

const plain = (text) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .replaceAll("\u2212", "-")
    .replace(/[/_]/g, " ")
    .replace(/gmt(?=[+-])/i, "utc")
    .toLowerCase();

export function makeSearchable(details) {
  const select = details.querySelector("select");
  const label = details.querySelector(`label[for="${select.id}"]`);
  const input = made("input", { id: "find-zone", type: "search", role: "combobox", autocomplete: "off", spellcheck: "false" });
  const list = made("ul", { id: "zone-list", role: "listbox", "aria-label": label.textContent });
  const none = made("p", { class: "hint", hidden: "" });
  for (const [name, value] of [["autocomplete", "list"], ["controls", list.id], ["expanded", "true"]])
    input.setAttribute(`aria-${name}`, value);
  none.textContent = details.dataset.none;
  label.htmlFor = input.id;
  input.placeholder = details.dataset.find;
  select.closest(".together").hidden = true;
  label.after(input, list, none);

  const clock = details.dataset.clock === "12" ? { hour: "numeric", hourCycle: "h12" } : { hour: "2-digit", hourCycle: "h23" };
  const now = new Date();
  const timeIn = (timeZone) => {
    try {
      return now.toLocaleTimeString(document.documentElement.lang, { timeZone, minute: "2-digit", ...clock });
    } catch {
      return ""; // a zone that the browser does not know
    }
  };
  // Four hundred times take a while to make, so each is made when its row comes into sight.
  const sight = new IntersectionObserver((rows) => {
    for (const { isIntersecting, target } of rows) {
      if (!isIntersecting) continue;
      sight.unobserve(target);
      target.querySelector("time").textContent = timeIn(target.dataset.zone);
    }
  });
  const rows = [...select.options].map((option, index) => {
    const [, city, offset] = option.textContent.match(/(.*) \((.*)\)$/) ?? [, option.textContent, ""];
    const { name = "", words = "" } = option.dataset;
    const row = made("li", { id: `zone-${index}`, role: "option", "data-zone": option.value });
    row.append(element("b", city), element("time", ""), element("small", name), element("small", offset));
    sight.observe(row);
    const sought = plain(` ${[city, name, words, option.value, offset].join(" ")} `);
    return { row, sought, city: plain(city) };
  });

  let active;
  function activate(row) {
    active?.setAttribute("aria-selected", "false");
    active = row;
    active?.setAttribute("aria-selected", "true");
    active?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", active?.id ?? "");
  }
  function show() {
    const query = plain(input.value.trim());
    const parts = query.split(/\s+/);
    const found = rows.filter(({ sought }) => parts.every((part) => sought.includes(part)));
    const rank = ({ sought, city }) =>
      city.startsWith(query) || sought.includes(` ${query} `) ? 0 : sought.includes(` ${query}`) ? 1 : 2;
    if (query) found.sort((one, other) => rank(one) - rank(other));
    list.replaceChildren(...found.map(({ row }) => row));
    list.hidden = !found.length;
    none.hidden = Boolean(found.length);
    input.setAttribute("aria-expanded", String(Boolean(found.length)));
    if (!found.length) document.querySelector("#status").textContent = none.textContent;
    const chosen = !query && found.find(({ row }) => row.dataset.zone === select.value);
    activate((chosen || found[0])?.row);
  }
  function choose(row) {
    select.value = row.dataset.zone;
    select.closest("form").querySelector(".together button").click();
  }
  const step = (by) => {
    const shown = [...list.children];
    activate(shown[Math.min(Math.max(shown.indexOf(active) + by, 0), shown.length - 1)]);
  };
  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    PageDown: () => step(6),
    PageUp: () => step(-6),
    Enter: () => active && choose(active),
    Escape: () => {
      if (input.value) {
        input.value = "";
        show();
      } else {
        details.open = false;
        details.querySelector("summary").focus();
      }
    },
  };
  input.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.isComposing) return;
    event.preventDefault();
    keys[event.key]();
  });
  input.addEventListener("input", show);
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays where it is typed
  list.addEventListener("click", ({ target }) => target.closest("li") && choose(target.closest("li")));
  show();
  if (matchMedia("(pointer: fine)").matches) input.focus(); // elsewhere a keyboard would cover the list
}

function made(tag, attributes) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) found.setAttribute(name, value);
  return found;
}
function element(tag, text) {
  const found = document.createElement(tag);
  found.textContent = text;
  return found;
}
