"""Telephone numbers in a real Chromium: all countries come while the form is filled in, and what is chosen stays."""

import pytest
from playwright.async_api import Browser, expect

from factories import Organization
from openslot.db.pool import Conn
from openslot.wire.event_types import LocationConfiguration
from pages.conftest import Site
from pages.offers import Offer, put_on_show
from pages.real_browser import DESKTOP, PHONE, Screen, check, opened

SLOT = "2027-01-05T10:00:00+01:00"


@pytest.fixture
async def call(conn: Conn, organization: Organization, site: Site) -> Offer:
    places = [LocationConfiguration("outbound_call")]
    return await put_on_show(conn, organization, now=site.clock.now, locations=places, text_reminders=True)


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_number_of_another_country_is_booked_as_it_is_dialled_there(
    chromium: Browser, site: Site, call: Offer, screen: Screen
) -> None:
    async with opened(chromium, screen) as page:
        await page.goto(f"{site.url}{call.path}/{SLOT}?timezone=Europe/Rome&lang=en&name=Ada&email=ada@example.org")
        country = page.locator("#location-text-0-country")
        await expect(country.locator("option")).not_to_have_count(2)
        await expect(country).to_have_value("IT")
        await check(page, "the form")

        await country.focus()
        await page.keyboard.type("Thai")
        await page.keyboard.press("Tab")
        await page.keyboard.type("081 234 5678")
        await page.keyboard.press("Enter")

        await expect(page.get_by_role("heading", level=1)).to_have_text("You are scheduled")
        await expect(page.locator("main")).to_contain_text("+66812345678")
