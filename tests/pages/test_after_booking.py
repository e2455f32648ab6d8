"""What an invitee can do after booking: calendars, guests, reasons, requests, and where the site leads on."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import icalendar
import pytest

from conftest import Clock
from factories import URIS, Organization, make_booking, make_event_type, principal_of
from openslot.db.pool import Conn
from openslot.services.booking import approvals
from pages.plain_browser import PlainBrowser

START = datetime(2027, 1, 5, 9, tzinfo=UTC)
SLOT = "2027-01-05T09:00:00Z"
ADA = {"name": "Ada Example", "email": "ada@example.org"}


async def offer(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> str:
    """The path of an event type."""
    owner = organization.owner.user
    made = await make_event_type(conn, owner, now=clock.now, **values)
    cursor = await conn.execute("SELECT slug FROM event_types WHERE id = %s", (made,))
    ((slug,),) = await cursor.fetchall()
    return f"/{owner.slug}/{slug}"


async def test_the_confirmation_leads_to_calendars_with_the_entry_that_mails_bring(
    conn: Conn, organization: Organization, browser: PlainBrowser, clock: Clock
) -> None:
    path = await offer(conn, organization, clock)
    await browser.open(f"{path}/{SLOT}")
    page = await browser.send({**ADA, "guests": "guest@example.org"})

    links = {link.text: link.attributes["href"] for link in page.one("nav", class_="calendars").all("a")}
    assert [urlsplit(links[name]).netloc for name in ("Google", "Outlook.com", "Microsoft 365")] == [
        "calendar.google.com", "outlook.live.com", "outlook.office.com",
    ]  # fmt: skip
    assert dict(parse_qsl(urlsplit(links["Google"]).query))["dates"] == "20270105T090000Z/20270105T093000Z"
    assert page.one("input", id="own-url").attributes["value"].endswith(browser.url.path)
    answer = await browser.client.get(links["Calendar file (.ics)"])
    calendar = icalendar.Calendar.from_ical(answer.text)
    (event,) = calendar.walk("VEVENT")
    cursor = await conn.execute("SELECT calendar_id FROM mails WHERE recipient = 'guest@example.org' ORDER BY id DESC")
    assert str(event["UID"]) in {f"{calendar_id}@book.example" for (calendar_id,) in await cursor.fetchall()}
    assert "METHOD" not in calendar
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"


async def test_guests_are_changed_and_what_is_no_address_is_named(
    conn: Conn, organization: Organization, browser: PlainBrowser, clock: Clock
) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now, guests=("guest@example.org",))
    await browser.open(f"/guests/{booked.invitee.id}")
    await browser.send({"guests": "guest@example.org\nnobody"})
    assert browser.status == 422
    assert "“nobody” is not an email address" in browser.document.text

    page = await browser.send({"guests": "later@example.org"})
    assert browser.heading == "You are scheduled"
    assert "later@example.org" in page.text
    assert "guest@example.org" not in page.text


async def test_a_reason_is_required_where_the_event_type_requires_it(
    conn: Conn, organization: Organization, browser: PlainBrowser, clock: Clock
) -> None:
    event_type = await make_event_type(conn, organization.owner.user, now=clock.now, requires_cancel_reason=True)
    booked = await make_booking(conn, organization, START, now=clock.now, event_type_id=event_type)
    await browser.open(f"/cancellations/{booked.invitee.id}")
    await browser.send({"reason": "  "})
    assert (browser.status, "Say why you cancel" in browser.document.text) == (422, True)
    await browser.send({"reason": "Ill"})
    assert browser.heading == "This event was canceled"


async def test_first_and_last_name_are_two_fields_where_the_event_type_requires_it(
    conn: Conn, organization: Organization, browser: PlainBrowser, clock: Clock
) -> None:
    path = await offer(conn, organization, clock, splits_name=True)
    page = await browser.open(f"{path}/{SLOT}?name=Ada+King+Lovelace")
    assert [page.one("input", id=one).attributes["value"] for one in ("first_name", "last_name")] == [
        "Ada", "King Lovelace",
    ]  # fmt: skip
    await browser.send({"first_name": "", "last_name": "", "email": "ada@example.org"})
    assert "Enter your name" in browser.document.text
    await browser.send({"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.org"})
    assert "Ada Lovelace" in browser.document.text


async def test_after_booking_the_site_of_the_event_type_follows_once(
    conn: Conn, organization: Organization, browser: PlainBrowser, clock: Clock
) -> None:
    path = await offer(conn, organization, clock, redirect_url="https://shop.example/thanks?a=1")
    await browser.open(f"{path}/{SLOT}?utm_source=news")
    page = await browser.send(ADA)

    (meta,) = page.all("meta", http_equiv="refresh")
    seconds, _, target = meta.attributes["content"].partition("; url=")
    query = dict(parse_qsl(urlsplit(target).query))
    assert (seconds, target.split("&")[0]) == ("2", "https://shop.example/thanks?a=1")
    assert {name: query[name] for name in ("invitee_email", "utm_source", "event_start_time")} == {
        "invitee_email": "ada@example.org", "utm_source": "news", "event_start_time": "2027-01-05T10:00:00+01:00",
    }  # fmt: skip
    later = await browser.open(browser.url.path)
    assert later.all("meta", http_equiv="refresh") == []


@pytest.mark.parametrize(
    ("answer", "heading"),
    [
        ("approve", "Your request was approved"),
        ("decline", "Your request was declined"),
        ("withdraw", "You have withdrawn your request"),
    ],
)
async def test_who_requests_a_meeting_sees_what_becomes_of_it(
    conn: Conn, organization: Organization, browser: PlainBrowser, clock: Clock, answer: str, heading: str
) -> None:
    path = await offer(conn, organization, clock, requires_approval=True)
    await browser.open(f"{path}/{SLOT}")
    await browser.send(ADA)
    assert browser.heading == "Your request was sent"
    address = browser.url.path
    assert address.startswith("/requests/")
    if answer == "withdraw":
        await browser.send()
    else:
        owner = await principal_of(conn, organization.owner, now=clock.now)
        (request,) = await approvals.list_open(conn, owner, now=clock.now)
        async with conn.transaction():
            if answer == "approve":
                await approvals.approve(conn, owner, request.hold.id, uris=URIS, now=clock.now)
            else:
                await approvals.refuse(conn, owner, request.hold.id, uris=URIS, now=clock.now)
        await browser.open(address)
    assert browser.heading == heading
    if answer == "approve":
        await browser.follow(text="See your booking")
        assert browser.heading == "You are scheduled"


async def test_addresses_that_name_nothing_show_nothing(http: httpx.AsyncClient) -> None:
    unknown = "0b0e7a4e-6f6a-4b7e-9a53-0d0f3f6d1c11"
    pages = ("requests", "guests", "calendar_files", "reminders")
    paths = [f"/{page}/{one}" for page in pages for one in (unknown, "x")]
    assert {(await http.get(path)).status_code for path in paths} == {404}
