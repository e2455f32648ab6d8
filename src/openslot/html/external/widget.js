// Puts booking pages onto other sites: inside the page, in a window over it, or behind a badge. Works where the site's
// content policy allows this script and frames of the booking site alone: styles are set by the CSSOM, nothing is
// fetched, and no cookie is needed. See docs/embed.md.
(() => {
  if (window.OpenSlot?.initInlineWidgets) return; // a page may load this twice

  const CLOSE = { de: "Schließen", es: "Cerrar", fr: "Fermer", it: "Chiudi", nl: "Sluiten", pt: "Fechar", th: "ปิด", uk: "Закрити" };
  const INLINE = ".calendly-inline-widget[data-url], .openslot-inline[data-url]";
  const PREFILL = { firstName: "first_name", lastName: "last_name" };
  const SETTINGS = ["backgroundColor", "textColor", "primaryColor", "hideEventTypeDetails", "hideLandingPageDetails", "hideGdprBanner"];
  const frames = new Set(); // with the element that grows, and what the frame is in
  let badge, popup;

  // ":where" weighs nothing, so that what a site says about these elements counts.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :where(.calendly-inline-widget, .openslot-inline) { min-width: min(320px, 100%); height: 630px; }
    .openslot-frame { display: block; width: 100%; height: 100%; border: 0; color-scheme: normal; }
    .openslot-waits {
      --dot: radial-gradient(circle closest-side, #8888 90%, #0000);
      background: var(--dot) calc(50% - 1.25rem) 50%, var(--dot) 50% 50%, var(--dot) calc(50% + 1.25rem) 50%;
      background-size: 0.75rem 0.75rem; background-repeat: no-repeat;
    }
    :root:has(dialog.openslot-popup[open]) { overflow: hidden; }
    dialog.openslot-popup {
      box-sizing: border-box; width: min(1080px, 100vw - 4rem); max-width: none; height: min(760px, 100dvh - 4rem); max-height: none;
      margin: auto; padding: 0; border: 0; border-radius: 14px; overflow: visible; background-color: Canvas;
    }
    dialog.openslot-popup::backdrop { background: rgb(16 18 24 / 60%); }
    dialog.openslot-popup iframe { border-radius: inherit; }
    dialog.openslot-popup button {
      position: absolute; inset: -1.25rem -1.25rem auto auto; width: 2.75rem; height: 2.75rem; padding: 0; cursor: pointer;
      border: 1px solid #8888; border-radius: 50%; background: Canvas; color: CanvasText; font: 1.5rem/1 sans-serif;
    }
    button.openslot-badge {
      position: fixed; inset-block-end: 1rem; inset-inline-end: 1.25rem; z-index: 9998; min-height: 2.875rem; max-width: calc(100vw - 2.5rem);
      padding: 0.5rem 1.875rem; border: 0; border-radius: 1.5rem; box-shadow: 0 2px 8px rgb(0 0 0 / 30%); cursor: pointer;
      background: #00a2ff; color: #fff; font: bold 0.875rem/1.3 sans-serif;
    }
    button.openslot-badge span { display: block; font-size: 0.75rem; font-weight: normal; }
    dialog.openslot-popup button:focus-visible, button.openslot-badge:focus-visible { outline: 3px solid; outline-offset: 2px; }
    @media (max-width: 48rem) {
      dialog.openslot-popup { width: 100vw; height: calc(100dvh - 3.5rem); margin: 3.5rem 0 0; border-radius: 14px 14px 0 0; }
      dialog.openslot-popup button { inset: -3.125rem 0.5rem auto auto; }
    }
    @media (prefers-reduced-motion: no-preference) {
      dialog.openslot-popup { animation: openslot-in 160ms ease-out; }
      @keyframes openslot-in { from { opacity: 0; transform: translateY(1rem); } }
    }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

  const snake = (key) => key.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase());
  const flag = (value) => value === true || value === "true" || value === "1" || value === "";
  const day = (date) =>
    date instanceof Date
      ? [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-")
      : date;

  // A site that is dark, or as the screen of its visitor, declares it in CSS or in its head.
  function scheme() {
    const declared = document.querySelector('meta[name="color-scheme"]')?.content + getComputedStyle(document.documentElement).colorScheme;
    return /dark/.test(declared) && (/light/.test(declared) ? "auto" : "dark");
  }

  // The address of a page with all that it is to know.
  function address({ url, prefill, utm, pageSettings, changes }, type) {
    const found = new URL(url, location.href);
    if (!/^https?:$/.test(found.protocol)) throw new TypeError("OpenSlot: not a web address: " + url);
    const set = (key, value) => {
      if (value != null && value !== "" && value !== false) found.searchParams.set(key, value);
    };
    const { customAnswers, guests, date, ...plain } = prefill || {};
    for (const key in plain) set(PREFILL[key] || key, plain[key]);
    set("guests", Array.isArray(guests) ? guests.join(",") : guests);
    set("date", day(date));
    for (const key in customAnswers) if (/^a\d\d?$/.test(key)) set(key, customAnswers[key]);
    for (const key in utm) set(snake(key), utm[key]);
    for (const key of SETTINGS) {
      const value = pageSettings?.[key];
      set(snake(key), value === true ? 1 : typeof value === "string" ? value.replace("#", "") : value);
    }
    set("embed_scheme", scheme());
    if (flag(changes)) set("embed_changes", 1);
    set("embed_type", type);
    set("embed_domain", location.hostname || 1);
    return found;
  }

  function frame(options, type, parent) {
    const url = address(options, type);
    const made = document.createElement("iframe");
    made.className = "openslot-frame";
    made.title = options.title || "Scheduling page";
    made.allow = "clipboard-write";
    made.addEventListener("load", () => parent.classList.remove("openslot-waits"));
    parent.classList.add("openslot-waits");
    made.src = url.href;
    frames.add({ made, origin: url.origin, grows: flag(options.resize) && parent });
    parent.append(made);
    return made;
  }

  addEventListener("message", ({ data, origin, source }) => {
    for (const one of frames) {
      if (!one.made.isConnected) frames.delete(one);
      else if (one.made.contentWindow === source && one.origin === origin) {
        const height = parseInt(data?.payload?.height);
        if (data?.event === "calendly.page_height" && one.grows && height > 0) one.grows.style.height = height + "px";
        if (data?.event === "openslot.close" && popup?.contains(one.made)) closePopupWidget();
      }
    }
  });

  // What an element's attributes say; prefill, utm and pageSettings are JSON there.
  function described({ dataset }) {
    const options = { ...dataset };
    for (const key of ["prefill", "utm", "pageSettings"]) {
      try {
        options[key] = JSON.parse(dataset[key] || "{}");
      } catch {
        console.warn("OpenSlot: data-" + snake(key).replace("_", "-") + " is not JSON");
        delete options[key];
      }
    }
    return options;
  }

  function initInlineWidget(options = {}) {
    const given = options.parentElement;
    const parent = given?.nodeType ? given : given?.[0] || document.querySelector(INLINE); // jQuery's are lists
    if (!parent) throw new TypeError("OpenSlot: no parentElement");
    parent.querySelector(".openslot-frame")?.remove();
    const all = { ...described(parent), ...options };
    if (parent.getClientRects().length && !parent.clientHeight) parent.style.height = "630px";
    return frame(all, all.embedType || "Inline", parent);
  }

  function initInlineWidgets() {
    for (const parentElement of document.querySelectorAll(INLINE)) {
      if (parentElement.dataset.autoLoad !== "false" && !parentElement.querySelector("iframe")) initInlineWidget({ parentElement });
    }
  }

  // A modal dialog keeps the focus, is closed by Escape, and gives the focus back.
  function initPopupWidget(options, type = "PopupText") {
    closePopupWidget();
    const dialog = document.createElement("dialog");
    const close = document.createElement("button");
    const made = frame(options, options.embedType || type, dialog); // throws before anything is shown
    dialog.className += " openslot-popup";
    dialog.setAttribute("aria-label", made.title);
    close.type = "button";
    close.textContent = "×";
    close.setAttribute("aria-label", options.closeLabel || CLOSE[document.documentElement.lang.slice(0, 2)] || "Close");
    close.addEventListener("click", closePopupWidget);
    dialog.prepend(close); // has the focus first: Escape is heard here, while the page loads
    dialog.addEventListener("click", ({ target }) => target === dialog && closePopupWidget());
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (popup === dialog) popup = undefined;
    });
    document.body.append(dialog);
    popup = dialog;
    dialog.showModal();
    return false; // for onclick="return ..."
  }

  function closePopupWidget() {
    popup?.close();
  }

  function showPopupWidget(url, type, options) {
    return initPopupWidget({ ...options, url }, type);
  }

  function initBadgeWidget(options) {
    destroyBadgeWidget();
    address(options); // throws before anything is shown
    badge = document.createElement("button");
    badge.type = "button";
    badge.className = "openslot-badge calendly-badge-widget"; // sites address it by either
    badge.textContent = options.text || "Schedule time with me";
    if (flag(options.branding)) {
      const line = document.createElement("span");
      line.textContent = "powered by OpenSlot";
      badge.append(line);
    }
    if (options.color) badge.style.background = options.color;
    if (options.textColor) badge.style.color = options.textColor;
    badge.addEventListener("click", () => initPopupWidget(options, "PopupWidget"));
    document.body.append(badge);
  }

  function destroyBadgeWidget() {
    badge?.remove();
    badge = undefined;
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-openslot-popup]");
    if (!opener || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    initPopupWidget({ ...described(opener), url: opener.dataset.openslotPopup || opener.href });
  });

  window.Calendly = window.OpenSlot = {
    initInlineWidget, initInlineWidgets, initPopupWidget, showPopupWidget, closePopupWidget, initBadgeWidget, destroyBadgeWidget,
  };
  function start() {
    initInlineWidgets();
    const place = document.querySelector("[data-openslot-badge]");
    if (place) initBadgeWidget({ ...described(place), url: place.dataset.openslotBadge });
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
