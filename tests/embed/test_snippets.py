"""What the page /embed writes for other sites works there as it stands."""

import pytest
from playwright.async_api import Browser

from embed.conftest import Shop, visiting
from pages.conftest import Site
from pages.offers import Offer
from pages.plain_browser import PlainBrowser
from pages.real_browser import check


@pytest.mark.parametrize("kind", ["inline", "popup", "badge"])
async def test_what_is_to_be_copied_shows_the_page_on_another_site(
    chromium: Browser, site: Site, shop: Shop, offer: Offer, kind: str
) -> None:
    async with visiting(chromium, f"{site.url}/embed", width=375) as page:
        await page.fill("#page", offer.path)
        await page.check(f"input[value={kind}]")
        await page.fill("#text", 'Book "now" & here')
        await page.fill("#color", "#20702f")
        await page.check("#hide-0")
        await page.click("button.main")
        snippet = await page.input_value("#snippet")
        await page.frame_locator(".preview").locator("a.slot").first.wait_for()
        await check(page, "the generator")
    async with visiting(chromium, shop.page(f"<main><h1>Shop</h1>{snippet}</main>")) as page:
        if kind != "inline":
            await page.get_by_text('Book "now" & here').click()
        frame = page.frame_locator("iframe")
        await frame.locator("a.slot").first.wait_for()
        accent = "getComputedStyle(document.documentElement).getPropertyValue('--accent')"

        assert await frame.locator("html").evaluate(f"() => {accent}") == "#20702f"
        assert not await frame.locator(".host").is_visible()


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("page=https://evil.example/ada", "This is no page of this service."),
        ("page=/", "This is no page of this service."),
        ("page=//evil.example/ada", "This is no page of this service."),
        ("page=http://[x", "This is no page of this service."),
        ("page=/ada/30min&color=red", "Enter a color such as #0069ff."),
    ],
)
async def test_what_can_not_be_embedded_is_refused(browser: PlainBrowser, query: str, problem: str) -> None:
    await browser.open(f"/embed?{query}")

    assert browser.status == 422
    assert problem in browser.document.text
    assert browser.document.all("textarea") == []


async def test_what_is_typed_stays_text(browser: PlainBrowser) -> None:
    await browser.open("/embed?page=/ada/30min?x=%22%3E%3Cscript%3E&kind=badge&text=%3Cscript%3Ealert(1)%3C/script%3E")
    snippet = browser.document.one("textarea").text

    assert browser.status == 200
    assert "<script>" not in snippet
    assert 'data-text="&lt;script&gt;alert(1)&lt;/script&gt;"' in snippet
