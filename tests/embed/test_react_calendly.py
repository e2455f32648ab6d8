"""react-calendly 4.4.0 as npm has it, with the address of a page of ours and nothing else changed."""

import json
import re
from hashlib import sha256
from typing import Any

import pytest
from playwright.async_api import Browser, FrameLocator, Page

from embed.conftest import MODULES, Shop, visiting
from pages.conftest import Site
from pages.offers import Offer

AS_PUBLISHED = "0163340180a634b33298c019382eaaeeb41976417f161042eaeed29c279333c8"
"""SHA-256 of its module."""
IMPORTS = {"react": "/react.mjs", "react-dom": "/react-dom.mjs", "react-calendly": "/react-calendly.mjs"}
APP = """
import { InlineWidget, PopupModal, PopupButton, PopupWidget, useCalendlyEventListener } from "react-calendly";
const { createElement: h, useState } = React;
const query = new URLSearchParams(location.search);
const url = query.get("url"), kind = query.get("kind"), rootElement = document.getElementById("root");
const shared = {
  url, rootElement, text: "Book now",
  prefill: { name: "Ada Lovelace", email: "ada@example.org" },
  utm: { utmCampaign: "spring" },
  pageSettings: { backgroundColor: "fffbe6", primaryColor: "20702f" },
};
const received = (name) => (event) => handled.push([name, event.data.payload, event.origin]);
window.handled = [];
function Modal() {
  const [open, setOpen] = useState(false);
  return h("div", {},
    h("button", { onClick: () => setOpen(true) }, "Book now"),
    h(PopupModal, { ...shared, open, onModalClose: () => setOpen(false) }));
}
function App() {
  useCalendlyEventListener({
    onProfilePageViewed: received("profile_page_viewed"),
    onEventTypeViewed: received("event_type_viewed"),
    onDateAndTimeSelected: received("date_and_time_selected"),
    onEventScheduled: received("event_scheduled"),
    onPageHeightResize: received("page_height"),
  });
  return h({ inline: InlineWidget, popup: Modal, button: PopupButton, badge: PopupWidget }[kind], shared);
}
const mount = document.createElement("div");
document.body.append(mount);
ReactDOM.createRoot(mount).render(h(App));
"""


def react_page(shop: Shop) -> str:
    scripts = "text/javascript"
    for name in ("react", "react-dom"):
        shop.put(f"/{name}.js", (MODULES / name / "umd" / f"{name}.production.min.js").read_bytes(), scripts)
    shop.put("/react.mjs", "export const { Component, Fragment, createElement, useEffect } = window.React;", scripts)
    shop.put("/react-dom.mjs", "export const { createPortal } = window.ReactDOM;", scripts)
    shop.put("/react-calendly.mjs", (MODULES / "react-calendly" / "dist" / "index.es.js").read_bytes(), scripts)
    shop.put("/app.mjs", APP, scripts)
    return shop.page(
        '<script src="/react.js"></script><script src="/react-dom.js"></script>'
        f'<script type="importmap">{json.dumps({"imports": IMPORTS})}</script>'
        '<div id="root"></div><script type="module" src="/app.mjs"></script>'
    )


def test_the_package_is_as_published() -> None:
    package = MODULES / "react-calendly"

    assert json.loads((package / "package.json").read_text())["version"] == "4.4.0"
    assert sha256((package / "dist" / "index.es.js").read_bytes()).hexdigest() == AS_PUBLISHED


async def handled(page: Page, name: str) -> list[Any]:
    """What the listener has received so far, after at least one of this name."""
    await page.wait_for_function("(name) => handled.some(([one]) => one === name)", arg=name)
    found: list[Any] = await page.evaluate("handled.splice(0)")
    return found


@pytest.mark.parametrize("kind", ["inline", "popup", "button", "badge"])
async def test_each_component_books_and_has_its_messages_with_a_height_on_every_step(
    chromium: Browser, site: Site, shop: Shop, offer: Offer, kind: str
) -> None:
    address = f"{react_page(shop)}?kind={kind}&url={site.url}{offer.path}"
    async with visiting(chromium, address) as page:
        if kind != "inline":
            await page.get_by_text("Book now").click()
        frame = page.frame_locator("iframe")
        steps = []

        async def step(name: str) -> None:
            """The messages of a step, without the heights, of which there is one at least."""
            await page.wait_for_function(
                "(name) => handled.some(([one]) => one === name) && handled.at(-1)[0] === 'page_height'", arg=name
            )
            steps.append([one for one in await page.evaluate("handled.splice(0)") if one[0] != "page_height"])

        await step("event_type_viewed")
        await frame.locator("a.slot").nth(2).click()
        await step("date_and_time_selected")
        assert await frame.locator("#name").input_value() == "Ada Lovelace"
        assert await no_cookie_is_kept(frame)
        await frame.locator("button.main").click()
        await step("event_scheduled")

        scheduled = steps[2][0][1]
        event, invitee = scheduled["event"]["uri"], scheduled["invitee"]["uri"]
        assert re.fullmatch(rf"{re.escape(site.url)}/api/v2/scheduled_events/[0-9a-f-]{{36}}", event)
        assert re.fullmatch(rf"{re.escape(event)}/invitees/[0-9a-f-]{{36}}", invitee)
        assert steps == [
            [["event_type_viewed", {}, site.url]],
            [["date_and_time_selected", {}, site.url]],
            [["event_scheduled", {"event": {"uri": event}, "invitee": {"uri": invitee}}, site.url]],
        ]
        assert await frame.locator("h1").inner_text() == "You are scheduled"


async def no_cookie_is_kept(frame: FrameLocator) -> bool:
    """Whether the browser keeps no cookie of the frame, however it is set."""
    kept = await frame.locator("body").evaluate(
        "() => { document.cookie = 'a=1; SameSite=None; Secure'; document.cookie = 'b=1'; return document.cookie; }"
    )
    return bool(kept == "")


async def test_a_page_of_a_host_reports_that_it_was_viewed(
    chromium: Browser, site: Site, shop: Shop, offer: Offer
) -> None:
    profile = offer.path.rpartition("/")[0]
    async with visiting(chromium, f"{react_page(shop)}?kind=inline&url={site.url}{profile}") as page:
        first = [one for one in await handled(page, "profile_page_viewed") if one[0] != "page_height"]
        await page.frame_locator("iframe").locator(".offer a").first.click()
        then = [one for one in await handled(page, "event_type_viewed") if one[0] != "page_height"]

        assert first == [["profile_page_viewed", {}, site.url]]
        assert then == [["event_type_viewed", {}, site.url]]
        back = page.frame_locator("iframe").locator(".back a")
        assert await back.count() == 1
