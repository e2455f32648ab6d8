"""The script that other sites load, on a site whose policy allows it and frames of the booking site alone."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from embed.conftest import Shop, visiting
from factories import Organization
from openslot.db.pool import Conn
from pages.conftest import Site
from pages.offers import Offer, put_on_show
from pages.real_browser import check

EXAMPLE = Path(__file__).parents[2] / "examples" / "embed"


def strict_page(shop: Shop, site: Site, body: str, script: str = "") -> str:
    """A page that refuses all styles and scripts but those with its nonce, and all that is fetched."""
    loading = (
        f'<script nonce="n" src="{site.url}/assets/external/widget.js"></script><script nonce="n">{script}</script>'
    )
    policy = f"default-src 'none'; script-src 'nonce-n'; style-src 'none'; frame-src {site.url}"
    return shop.page(f"<main><h1>Shop</h1>{body}</main>{loading}", content_security_policy=policy)


async def query_of(page: Page, selector: str = "iframe") -> dict[str, str]:
    """What the frame's page is to know."""
    src = await page.locator(selector).first.get_attribute("src")
    return dict(parse_qsl(urlsplit(src or "").query))


async def test_inline_pages_load_by_their_class_and_those_that_may_grow_are_as_high_as_what_they_hold(
    chromium: Browser, site: Site, shop: Shop, offer: Offer
) -> None:
    url = site.url + offer.path
    address = strict_page(
        shop, site,
        f'<div id="fixed" class="calendly-inline-widget" data-url="{url}"></div>'
        f'<div id="grows" class="calendly-inline-widget" data-url="{url}?name=Ada" data-resize="true"></div>'
        f'<div id="later" class="calendly-inline-widget" data-url="{url}" data-auto-load="false"></div>',
    )  # fmt: skip
    async with visiting(chromium, address, width=375) as page:
        grows = page.frame_locator("#grows iframe")
        await grows.locator("a.slot").nth(3).click()
        await grows.locator("#name").wait_for()
        await page.wait_for_function(
            "(src) => document.querySelector('#grows').clientHeight === Math.ceil(src)",
            arg=await grows.locator("body").evaluate("(body) => body.getBoundingClientRect().height"),
        )
        heights = await page.evaluate("['fixed', 'later'].map((id) => document.getElementById(id).clientHeight)")

        assert await grows.locator("#name").input_value() == "Ada"
        assert await grows.locator("html").evaluate("(root) => root.scrollHeight - root.clientHeight") <= 0
        assert heights == [630, 630]
        assert await page.locator("#later iframe").count() == 0
        assert await query_of(page, "#fixed iframe") == {"embed_type": "Inline", "embed_domain": "localhost"}
        await check(page, "the site with frames")


async def test_what_the_site_knows_is_filled_in_beforehand(
    chromium: Browser, site: Site, shop: Shop, offer: Offer
) -> None:
    script = f"""Calendly.initInlineWidget({{
        url: "{site.url}{offer.path}?month=2027-02", parentElement: document.getElementById("here"), resize: true,
        prefill: {{
          name: "Ada & Co", firstName: "Ada", lastName: "Lovelace", email: "ada+shop@example.org", location: "+39 06 1",
          guests: ["bo@example.org", "cy@example.org"], date: new Date(2027, 1, 9),
          customAnswers: {{ a1: "Kilns", b: "no" }},
        }},
        utm: {{ utmCampaign: "spring", utmSource: "flyer", utmMedium: "", salesforce_uuid: "0031" }},
        pageSettings: {{ backgroundColor: "#ffffff", hideEventTypeDetails: true, hideGdprBanner: false }},
        changes: true,
    }})"""
    async with visiting(chromium, strict_page(shop, site, '<div id="here"></div>', script)) as page:
        assert await query_of(page) == {
            "month": "2027-02", "name": "Ada & Co", "first_name": "Ada", "last_name": "Lovelace",
            "email": "ada+shop@example.org", "location": "+39 06 1", "guests": "bo@example.org,cy@example.org",
            "date": "2027-02-09", "a1": "Kilns", "utm_campaign": "spring", "utm_source": "flyer",
            "salesforce_uuid": "0031", "background_color": "ffffff", "hide_event_type_details": "1",
            "embed_changes": "1", "embed_type": "Inline", "embed_domain": "localhost",
        }  # fmt: skip
        await expect(page.frame_locator("iframe").locator("h1")).to_be_attached()


async def test_a_popup_keeps_the_focus_and_gives_it_back(
    chromium: Browser, site: Site, shop: Shop, offer: Offer
) -> None:
    address = strict_page(
        shop, site, f'<a id="book" href="{site.url}{offer.path}" data-openslot-popup>Book</a> <a href="/">Other</a>'
    )
    focused = "document.activeElement.tagName + '#' + document.activeElement.id"
    async with visiting(chromium, address) as page:
        dialog = page.get_by_role("dialog", name="Scheduling page")
        await page.focus("#book")
        await page.keyboard.press("Enter")
        frame = page.frame_locator("dialog iframe")
        await frame.locator("a.slot").first.wait_for()
        seen = set()
        for _ in range(60):
            await page.keyboard.press("Tab")
            seen.add(await page.evaluate(focused))
        assert seen <= {"IFRAME#", "BUTTON#", "BODY#"}  # the body: the browser's own bar
        assert await page.evaluate("getComputedStyle(document.documentElement).overflow") == "hidden"
        await check(page, "the site with a popup")

        await frame.locator("a.slot").nth(3).focus()
        await page.keyboard.press("Escape")  # in the frame, where the site does not hear it
        await expect(dialog).to_have_count(0)
        assert await page.evaluate(focused) == "A#book"

        await page.click("#book")
        await page.get_by_role("button", name="Close").click()
        await expect(dialog).to_have_count(0)
        await page.click("#book")
        await page.mouse.click(5, 450)  # beside it
        await expect(dialog).to_have_count(0)
        assert await page.evaluate(focused) == "A#book"
        assert await page.evaluate("getComputedStyle(document.documentElement).overflow") == "visible"


@pytest.mark.parametrize(
    ("style", "scheme"), [("", None), ("dark", "dark"), ("light dark", "auto")], ids=["light", "dark", "as the screen"]
)
async def test_the_page_is_as_light_or_dark_as_the_site(
    chromium: Browser, site: Site, shop: Shop, offer: Offer, style: str, scheme: str | None
) -> None:
    script = f"""document.documentElement.style.colorScheme = "{style}";
        Calendly.initInlineWidget({{ url: "{site.url}{offer.path}", parentElement: document.body }})"""
    async with visiting(chromium, strict_page(shop, site, "", script)) as page:
        assert (await query_of(page)).get("embed_scheme") == scheme


async def test_a_popup_is_opened_and_closed_by_script(chromium: Browser, site: Site, shop: Shop, offer: Offer) -> None:
    async with visiting(chromium, strict_page(shop, site, "")) as page:
        opened = await page.evaluate("(url) => Calendly.showPopupWidget(url, 'PopupText')", site.url + offer.path)
        await page.frame_locator("dialog iframe").locator("a.slot").first.wait_for()
        await page.evaluate("Calendly.closePopupWidget()")

        assert opened is False
        await expect(page.locator("dialog")).to_have_count(0)
        for url in ("javascript:alert(1)", "data:text/html,x"):
            refused = await page.evaluate(
                "(url) => { try { Calendly.initPopupWidget({ url }) } catch (e) { return e.name } }", url
            )
            assert refused == "TypeError"
        await expect(page.locator("dialog")).to_have_count(0)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ("{}", ["Schedule time with me", "rgb(0, 162, 255)", "rgb(255, 255, 255)"]),
        (
            "{ text: 'Book a tour', color: '#006611', textColor: '#ffffee', branding: true }",
            ["Book a tourpowered by OpenSlot", "rgb(0, 102, 17)", "rgb(255, 255, 238)"],
        ),
    ],
)
async def test_a_badge_opens_the_page_until_it_is_taken_away(
    chromium: Browser, site: Site, shop: Shop, offer: Offer, options: str, shown: list[str]
) -> None:
    script = f'Calendly.initBadgeWidget({{ url: "{site.url}{offer.path}", ...{options} }})'
    async with visiting(chromium, strict_page(shop, site, "", script)) as page:
        badge: list[Any] = await page.locator("button.openslot-badge").evaluate(
            "(badge) => [badge.textContent, getComputedStyle(badge).backgroundColor, getComputedStyle(badge).color]"
        )
        await page.click("button.openslot-badge")
        await page.frame_locator("dialog iframe").locator("a.slot").first.wait_for()

        assert badge == shown
        assert await query_of(page) == {"embed_type": "PopupWidget", "embed_domain": "localhost"}
        await page.evaluate("Calendly.closePopupWidget(), Calendly.destroyBadgeWidget()")
        await expect(page.locator("button.openslot-badge, dialog")).to_have_count(0)


async def test_after_a_request_and_among_guests_the_frame_is_as_high_as_its_page_still(
    chromium: Browser, site: Site, shop: Shop, offer: Offer, conn: Conn, organization: Organization
) -> None:
    approved_first = await put_on_show(conn, organization, now=site.clock.now, requires_approval=True)
    query = "name=Ada&email=ada@example.org"
    address = strict_page(
        shop, site,
        "".join(
            f'<div id="{name}" class="calendly-inline-widget" data-resize="true"'
            f' data-url="{site.url}{path}/2027-01-05T{hour}:00:00Z?{query}"></div>'
            for name, path, hour in (("requests", approved_first.path, "09"), ("books", offer.path, "10"))
        ),
    )  # fmt: skip
    async with visiting(chromium, address) as page:

        async def step(name: str, heading: str) -> None:
            """The page has come, and the frame has its height."""
            frame = page.frame_locator(f"#{name} iframe")
            await expect(frame.get_by_role("heading", level=1)).to_have_text(heading)
            await frame.locator("footer > p").wait_for()  # the end of the page
            await page.wait_for_function(
                "([name, height]) => document.getElementById(name).clientHeight === Math.ceil(height)",
                arg=[name, await frame.locator("body").evaluate("(body) => body.getBoundingClientRect().height")],
            )

        requests, books = (page.frame_locator(f"#{name} iframe") for name in ("requests", "books"))
        await requests.get_by_role("button", name="Send request").click()
        await step("requests", "Your request was sent")
        await requests.get_by_role("button", name="Withdraw the request").click()
        await step("requests", "You have withdrawn your request")
        await books.get_by_role("button", name="Schedule event").click()
        await step("books", "You are scheduled")
        await books.get_by_role("link", name="Change guests").click()
        await step("books", "Who comes along?")
        await books.get_by_label("Guests").fill("guest@example.org")
        await books.get_by_role("button", name="Save guests").click()
        await step("books", "You are scheduled")


@pytest.mark.parametrize("sandbox", ["allow-scripts allow-forms allow-same-origin", "allow-scripts allow-forms"])
async def test_a_frame_in_a_sandbox_books_and_is_heard(
    chromium: Browser, site: Site, shop: Shop, offer: Offer, sandbox: str
) -> None:
    address = shop.page(
        f'<iframe sandbox="{sandbox}" width=700 height=800 src="{site.url}{offer.path}?embed_domain=1"></iframe>'
    )
    async with visiting(chromium, address) as page:
        frame = page.frame_locator("iframe")
        await frame.locator(".day.free").nth(2).click()
        await frame.locator("a.slot").nth(3).click()
        await frame.locator("#name").fill("Ada")
        await frame.locator("#email").fill("ada@example.org")
        await frame.locator("button.main").click()
        await page.wait_for_function("heard.some(([name]) => name === 'event_scheduled')")
        origin = site.url if "allow-same-origin" in sandbox else "null"

        assert await frame.locator("h1").inner_text() == "You are scheduled"
        assert {one[2] for one in await page.evaluate("heard")} == {origin}
        assert await page.context.cookies() == []


async def test_the_example_shows_all_three_ways_under_its_policy(
    chromium: Browser, site: Site, shop: Shop, offer: Offer
) -> None:
    def ours(text: str) -> str:
        profile = offer.path.rpartition("/")[0]
        text = text.replace("/ada-lovelace/intro-call", offer.path).replace('/ada-lovelace"', f'{profile}"')
        return text.replace("http://localhost:8000", site.url)

    kinds = {"shop.css": "text/css", "shop.js": "text/javascript", "index.html": "text/html"}
    for name, kind in kinds.items():
        shop.put(f"/example/{name}", ours((EXAMPLE / name).read_text()), kind)
    async with visiting(chromium, f"{shop.url}/example/index.html") as page:
        await page.frame_locator(".calendly-inline-widget iframe").locator("a.slot").first.wait_for()
        await page.get_by_text("calendly.event_type_viewed {}").wait_for()
        await page.focus("[data-openslot-popup]")  # a click may meet the frame that has just grown under the mouse
        await page.keyboard.press("Enter")
        await page.frame_locator("dialog iframe").locator("a.slot").first.wait_for()
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)
        await page.focus("button.calendly-badge-widget")
        await page.keyboard.press("Enter")
        await page.frame_locator("dialog iframe").get_by_role("heading", name=offer.host).wait_for()
        await check(page, "the example")
