"""The month in a real Chromium: one stop of the Tab key, in which other keys lead from day to day."""

import pytest
from playwright.async_api import Browser, Page, expect

from factories import Organization
from openslot.db.pool import Conn
from pages.conftest import Site
from pages.offers import Offer, put_on_show
from pages.real_browser import DESKTOP, Screen, check, opened

FOCUSED = "document.activeElement.id"
SMALL = Screen(375, "dark", "en-US")


@pytest.fixture
async def plain(conn: Conn, organization: Organization, site: Site) -> Offer:
    """Weekdays from Monday, 4 January 2027, which is today."""
    return await put_on_show(conn, organization, now=site.clock.now)


async def press(page: Page, *keys: str) -> str:
    for key in keys:
        await page.keyboard.press(key)
    found: str = await page.evaluate(FOCUSED)
    return found


async def test_the_month_is_one_stop_and_other_keys_go_from_day_to_day(
    chromium: Browser, site: Site, plain: Offer
) -> None:
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{plain.path}?date=2027-01-13")
        await page.focus("#next")
        assert await press(page, "Tab") == "day-2027-01-13"
        assert await press(page, "Tab") == ""  # the time zone
        assert await press(page, "Shift+Tab", "ArrowRight") == "day-2027-01-14"
        assert await press(page, "ArrowRight", "ArrowRight") == "day-2027-01-18"  # no times at the weekend
        assert await press(page, "ArrowUp") == "day-2027-01-11"
        assert await press(page, "ArrowLeft") == "day-2027-01-08"
        assert await press(page, "ArrowDown", "Home") == "day-2027-01-11"
        assert await press(page, "End") == "day-2027-01-15"
        assert await press(page, "Tab", "Shift+Tab") == "day-2027-01-15"
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Friday, January 15").wait_for()
        assert await page.evaluate(FOCUSED) == "day-2027-01-15"
        await check(page, "the month as a grid")


async def test_past_its_ends_and_by_pages_the_other_month_comes(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, SMALL) as page:
        await page.goto(f"{site.url}{plain.path}")
        await page.focus("#day-2027-01-29")
        for key, there in (
            ("ArrowRight", "day-2027-02-01"), ("ArrowLeft", "day-2027-01-29"), ("PageDown", "day-2027-02-26"),
            ("PageDown", "day-2027-03-26"), ("ArrowDown", "day-2027-04-01"), ("PageUp", "day-2027-03-01"),
        ):  # fmt: skip
            await page.keyboard.press(key)
            await expect(page.locator(f"#{there}")).to_be_focused()
        await page.goto(f"{site.url}{plain.path}")
        await page.focus("#day-2027-01-04")
        assert await press(page, "PageUp") == "day-2027-01-04"  # there is no month before


async def test_the_times_of_a_day_that_is_tapped_come_into_sight(chromium: Browser, site: Site, plain: Offer) -> None:
    top = "() => Math.round(document.querySelector('#times').getBoundingClientRect().top)"
    async with opened(chromium, SMALL) as page:
        await page.set_viewport_size({"width": 375, "height": 600})
        await page.goto(f"{site.url}{plain.path}")
        await page.click("#day-2027-01-14")
        await page.get_by_role("heading", name="Thursday, January 14").wait_for()
        await page.wait_for_function(f"({top})() < 100")
        await page.focus("#next")
        await press(page, "Tab", "ArrowRight", "Enter")
        await page.get_by_role("heading", name="Friday, January 15").wait_for()
        await expect(page.locator("#day-2027-01-15")).to_be_focused()
        await expect(page.locator("#day-2027-01-15")).to_be_in_viewport()


async def test_where_letters_run_the_other_way_so_do_the_arrows(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, DESKTOP) as page:
        await page.goto(f"{site.url}{plain.path}")
        await page.evaluate("document.documentElement.dir = 'rtl'")
        await page.focus("#day-2027-01-13")
        assert await press(page, "ArrowLeft", "ArrowLeft", "ArrowRight") == "day-2027-01-14"


async def test_without_javascript_every_day_is_a_link(chromium: Browser, site: Site, plain: Offer) -> None:
    async with opened(chromium, SMALL, javascript=False) as page:
        await page.goto(f"{site.url}{plain.path}")
        await page.focus("#day-2027-01-13")
        await page.keyboard.press("Tab")
        await expect(page.locator("#day-2027-01-14")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Thursday, January 14").wait_for()
