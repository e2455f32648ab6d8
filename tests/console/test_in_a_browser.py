"""The console in a real Chromium: every page without an accessibility violation, and the daily acts by keyboard."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, expect

from factories import URIS, Organization, booking_of, make_booking
from openslot.db import event_types
from openslot.db.event_types import ColumnChanges
from openslot.db.pool import Conn
from openslot.services import sign_in_links
from openslot.services.booking import approvals
from pages.conftest import Site, chromium, site
from pages.offers import KILNS, NOTE
from pages.real_browser import DESKTOP, SCREENS, Screen, check, opened, screen_name

__all__ = ["chromium", "site"]

START = datetime(2027, 1, 5, 9, tzinfo=UTC)


async def first_contact(conn: Conn, organization: Organization) -> object:
    cursor = await conn.execute("SELECT id FROM contacts WHERE organization_id = %s LIMIT 1", (organization.id,))
    ((contact_id,),) = await cursor.fetchall()
    return contact_id


async def sign_in(page: Page, site: Site, conn: Conn, organization: Organization) -> None:
    user = organization.owner.user
    link = await sign_in_links.issue(conn, user.organization_id, user.id, uris=URIS, now=site.clock.now)
    await page.goto(site.url + urlsplit(link).path)
    await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Sign in").or_(page.locator("button.main")).first.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/app")


@pytest.mark.parametrize("screen", SCREENS, ids=screen_name)
async def test_no_page_has_an_accessibility_violation(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, screen: Screen
) -> None:
    booked = await make_booking(conn, organization, START, now=site.clock.now, name="Ada Example")
    await conn.execute("UPDATE event_types SET requires_approval = true WHERE id = %s", (organization.event_type_id,))
    async with conn.transaction():
        wanted = booking_of(organization, START.replace(hour=11))
        await approvals.request(conn, wanted, uris=URIS, now=site.clock.now)
    questions = ColumnChanges(custom_questions=[KILNS, NOTE])
    await event_types.update(conn, organization.id, organization.event_type_id, questions, now=site.clock.now)
    cursor = await conn.execute("SELECT id FROM mails WHERE organization_id = %s LIMIT 1", (organization.id,))
    ((mail_id,),) = await cursor.fetchall()
    contact_id = await first_contact(conn, organization)
    paths = {
        "console home": "", "console without meetings": "/meetings?email=x@example.org",
        "console meetings": "/meetings",
        "console meeting": f"/meetings/{booked.event.id}", "console event types": "/event-types",
        "console new event type": "/event-types/new",
        "console event type": f"/event-types/{organization.event_type_id}", "console availability": "/availability",
        "console why": f"/event-types/{organization.event_type_id}/why?day=2027-01-05&time=10:00",
        "console contacts": "/contacts", "console contact": f"/contacts/{contact_id}",
        "console members": "/members", "console tokens": "/tokens", "console webhooks": "/webhooks",
        "console outbox": "/outbox", "console mail": f"/outbox/{mail_id}", "account": "/account",
    }  # fmt: skip
    async with opened(chromium, screen) as page:
        await sign_in(page, site, conn, organization)
        for name, path in paths.items():
            await page.goto(f"{site.url}/app{path}")
            await check(page, name)


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
async def test_a_day_of_a_host_by_keyboard(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, *, javascript: bool
) -> None:
    """Sign in, make an event type, change the hours, find a meeting and cancel it."""
    booked = await make_booking(conn, organization, START, now=site.clock.now, name="Ada Example")
    async with opened(chromium, DESKTOP, javascript=javascript) as page:
        await sign_in(page, site, conn, organization)

        async def press(name: str, role: str = "link") -> None:
            await page.get_by_role(role, name=name, exact=True).first.focus()  # type: ignore[arg-type]
            await page.keyboard.press("Enter")

        await press("Event types")
        await press("New event type")
        await page.locator("#name").focus()
        await page.keyboard.type("Glaze class")
        await press("Create", "button")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Glaze class")

        await press("Availability")
        await page.locator("#friday").focus()
        await page.keyboard.press("Control+A")
        await page.keyboard.type("10-12")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
        await expect(page.locator("#friday")).to_have_value("10:00\u201312:00")

        await press("Meetings")
        await press(booked.event.name)
        await page.get_by_text("Cancel the meeting", exact=True).first.focus()
        await page.keyboard.press("Enter")
        await page.locator("#reason").focus()
        await page.keyboard.type("The kiln is broken")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_contain_text("The kiln is broken")
        await expect(page.locator(".state").first).to_have_text("Canceled")
