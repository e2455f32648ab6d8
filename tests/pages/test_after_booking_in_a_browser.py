"""What follows a booking or a request, and what comes before it, in a real Chromium with the keyboard alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from factories import Organization, make_booking, make_event_type, make_routing_form
from openslot.db import mails
from openslot.db.pool import Conn
from pages.conftest import Site
from pages.offers import put_on_show
from pages.real_browser import DESKTOP, PHONE, Screen, opened, reach
from pages.states import answer_page, make_request

START = datetime(2027, 1, 5, 9, tzinfo=UTC)
SLOT = "2027-01-05T09:00:00Z"
screens = pytest.mark.parametrize(
    ("screen", "javascript"),
    [(DESKTOP, True), (replace(PHONE, language="en-US"), False)],
    ids=["desk", "phone without JavaScript"],
)


async def heading(page: Page, text: str) -> None:
    await expect(page.get_by_role("heading", level=1)).to_have_text(text)


async def press(page: Page, name: str) -> None:
    await reach(page, lambda found: found == name)


async def type_into(page: Page, label: str, text: str) -> None:
    """In place of what is there."""
    await reach(page, lambda found: found.startswith(label), enter=False)
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.type(text)


@screens
async def test_a_request_is_sent_and_withdrawn(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, screen: Screen, *, javascript: bool
) -> None:
    offer = await put_on_show(conn, organization, now=site.clock.now, requires_approval=True)
    async with opened(chromium, screen, javascript=javascript) as page:
        await page.goto(f"{site.url}{offer.path}/{SLOT}")
        await type_into(page, "Name", "Ada")
        await type_into(page, "Email", "ada@example.org")
        await press(page, "Send request")
        await heading(page, "Your request was sent")
        await press(page, "Withdraw the request")
        await heading(page, "You have withdrawn your request")
        await press(page, "Choose another time")
        await page.locator("a.slot").first.wait_for()


@screens
async def test_guests_are_changed_and_what_is_wrong_is_found(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, screen: Screen, *, javascript: bool
) -> None:
    booked = await make_booking(conn, organization, START, now=site.clock.now, guests=("guest@example.org",))
    async with opened(chromium, screen, javascript=javascript) as page:
        await page.goto(f"{site.url}/guests/{booked.invitee.id}")
        await heading(page, "Who comes along?")
        await type_into(page, "Guests", "nobody")
        await press(page, "Save guests")
        await page.locator("#problems").wait_for()
        await press(page, "“nobody” is not an email address")
        await expect(page.locator("#guests")).to_be_focused()
        await page.keyboard.press("ControlOrMeta+a")
        await page.keyboard.type("later@example.org")
        await press(page, "Save guests")
        await heading(page, "You are scheduled")
        await page.get_by_text("later@example.org").wait_for()
        await expect(page.get_by_text("guest@example.org")).to_have_count(0)


@screens
async def test_reminders_are_stopped(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, screen: Screen, *, javascript: bool
) -> None:
    reminding = await make_event_type(conn, organization.owner.user, now=site.clock.now, reminder_minutes=[60])
    booked = await make_booking(conn, organization, START, now=site.clock.now, event_type_id=reminding)
    async with opened(chromium, screen, javascript=javascript) as page:
        await page.goto(f"{site.url}/reminders/{booked.invitee.id}")
        await heading(page, "Send no more reminders?")
        await press(page, "Send no more reminders")
        await heading(page, "You get no more reminders")
    assert await mails.delete_reminders(conn, organization.id, booked.invitee.id, now=site.clock.now) == 0


@screens
async def test_requests_are_answered_from_the_mail(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, screen: Screen, *, javascript: bool
) -> None:
    approved_first = await make_event_type(conn, organization.owner.user, now=site.clock.now, requires_approval=True)
    outcomes = {"Approve": "Approved. It is booked.", "Decline": "Declined. The time is free again."}
    async with opened(chromium, screen, javascript=javascript) as page:
        for hours, (button, outcome) in enumerate(outcomes.items()):
            start = START + timedelta(hours=hours)
            hold_id = await make_request(conn, organization, start, now=site.clock.now, event_type_id=approved_first)
            await page.goto(site.url + answer_page(hold_id, organization.owner.id))
            await heading(page, "Approve this meeting?")
            await press(page, button)
            await heading(page, outcome)


@screens
async def test_a_routing_form_leads_to_times(
    chromium: Browser, site: Site, conn: Conn, organization: Organization, screen: Screen, *, javascript: bool
) -> None:
    form = await make_routing_form(conn, organization, now=site.clock.now)
    async with opened(chromium, screen, javascript=javascript) as page:
        await page.goto(f"{site.url}/routing_forms/{form.id}")
        await heading(page, "How can we help?")
        await type_into(page, "Work e-mail", "ada@example.org")
        await reach(page, lambda found: found == "Meeting", enter=False)
        await page.keyboard.press("Space")
        await type_into(page, "Anything else?", "Clay")
        await press(page, "Continue")
        await page.locator("a.slot").first.wait_for()
        await reach(page, lambda found: found.endswith(", Monday, January 4, 2027, Central European Time"))
        await expect(page.locator("#email")).to_have_value("ada@example.org")
