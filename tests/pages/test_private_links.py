"""Booking through links that can't be guessed, choosing a duration, seeing the seats: plain HTTP, no JavaScript."""

from datetime import timedelta
from typing import Any

import pytest

from conftest import Clock
from factories import Organization, make_booking, make_event_type, principal_of
from openslot.db import event_types
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.services import sharing
from openslot.services.scheduling_links import NewLink
from openslot.wire.codec import parse_instant
from openslot.wire.shares import CreateShare, ShareLocation
from pages.plain_browser import PlainBrowser

DAY = "?date=2027-01-12"
TEN = "10:00\u202fAM, Tuesday, January 12, 2027, Central European Time"


async def event_type_of(conn: Conn, organization: Organization, **values: Any) -> EventType:
    made = await make_event_type(conn, organization.owner.user, now=START, **values)
    found = await event_types.get(conn, organization.id, made)
    assert found is not None
    return found


START = parse_instant("2027-01-04T08:00:00Z")


async def make_share(
    conn: Conn, organization: Organization, event_type: EventType, clock: Clock, **values: Any
) -> NewLink:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    return await sharing.create_share(conn, principal, event_type, CreateShare(event_type="", **values), now=clock.now)


async def test_a_single_use_link_books_once_and_then_shows_that_it_has_ended(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    event_type = await event_type_of(conn, organization)
    link = await make_share(conn, organization, event_type, clock, name="An evening tour")
    path = f"/d/{link.token}/{event_type.slug}"
    page = await browser.open(path + DAY)
    assert browser.heading == "An evening tour"
    await browser.follow(label=TEN)
    await browser.send({"name": "Ada Example", "email": "ada@example.org"})
    assert (browser.status, browser.heading) == (200, "You are scheduled")
    assert link.token not in str(browser.url)
    assert "An evening tour" in browser.document.text
    page = await browser.open(path)
    assert (browser.status, browser.heading) == (404, "This link has ended")
    assert "Ask for a new one" in page.text


async def test_a_form_that_is_sent_when_the_link_has_ended_shows_it(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    event_type = await event_type_of(conn, organization)
    link = await make_share(conn, organization, event_type, clock)
    await browser.open(f"/d/{link.token}/{event_type.slug}{DAY}")
    await browser.follow(label=TEN)
    await make_booking(
        conn, organization, parse_instant("2027-01-13T09:00:00Z"), now=clock.now, event_type_id=event_type.id,
        link_token=link.token,
    )  # fmt: skip
    await browser.send({"name": "Ada Example", "email": "ada@example.org"})
    assert (browser.status, browser.heading) == (404, "This link has ended")


@pytest.mark.parametrize("path", ["/d/unknown/{slug}", "/d/{token}/another", "/d/unknown/{slug}/2027-01-12T09:00:00Z"])
async def test_what_is_no_link_leads_nowhere(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, path: str
) -> None:
    event_type = await event_type_of(conn, organization)
    link = await make_share(conn, organization, event_type, clock)
    await browser.open(path.format(slug=event_type.slug, token=link.token))
    assert (browser.status, browser.heading) == (404, "This page does not exist")


async def test_a_hidden_location_is_shown_after_the_booking(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    event_type = await event_type_of(conn, organization)
    place = ShareLocation("custom", "The back door")
    link = await make_share(conn, organization, event_type, clock, hide_location=True, location_configurations=[place])
    page = await browser.open(f"/d/{link.token}/{event_type.slug}{DAY}")
    assert "The back door" not in page.text
    assert "Details follow after booking" in page.text
    await browser.follow(label=TEN)
    assert "The back door" not in browser.document.text
    await browser.send({"name": "Ada Example", "email": "ada@example.org"})
    assert "The back door" in browser.document.text


async def test_a_secret_event_type_is_reached_by_its_own_address_alone(
    browser: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    event_type = await event_type_of(conn, organization, secret=True, link_token="a-token-that-nobody-guesses")
    await browser.open(f"/{event_type.owner_slug}/{event_type.slug}")
    assert browser.status == 404
    for _ in range(2):  # it lasts
        await browser.open(f"/d/a-token-that-nobody-guesses/{event_type.slug}{DAY}")
        assert (browser.status, browser.heading) == (200, event_type.name)
        assert browser.response.headers["cache-control"] == "private, no-store"


async def test_a_duration_is_chosen_and_booked(browser: PlainBrowser, conn: Conn, organization: Organization) -> None:
    event_type = await event_type_of(conn, organization, duration_options=[15, 30, 60])
    path = f"/{event_type.owner_slug}/{event_type.slug}"
    page = await browser.open(path + DAY)
    chosen = page.one("nav", class_="durations").one("a", aria_current="true")
    assert chosen.text == "30 minutes"
    page = await browser.follow(text="1 hour")
    assert page.one("nav", class_="durations").one("a", aria_current="true").text == "1 hour"
    assert browser.url.params["date"] == "2027-01-12"
    await browser.follow(label=TEN)
    assert "11:00" in browser.document.text
    await browser.send({"name": "Ada Example", "email": "ada@example.org"})
    assert browser.heading == "You are scheduled"
    cursor = await conn.execute(
        "SELECT end_time - start_time FROM scheduled_events WHERE organization_id = %s", (organization.id,)
    )
    assert await cursor.fetchall() == [(timedelta(hours=1),)]


async def test_a_duration_that_is_not_offered_is_left_aside(
    browser: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    event_type = await event_type_of(conn, organization, duration_options=[15, 30])
    page = await browser.open(f"/{event_type.owner_slug}/{event_type.slug}?duration=45")
    assert page.one("nav", class_="durations").one("a", aria_current="true").text == "30 minutes"


async def test_seats_that_remain_are_shown_and_the_guests_of_others_are_not(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    event_type = await event_type_of(conn, organization, kind="group", seats=3)
    await make_booking(
        conn, organization, parse_instant("2027-01-12T09:00:00Z"), now=clock.now, event_type_id=event_type.id,
        guests=["guest-of-another@example.org"],
    )  # fmt: skip
    await browser.open(f"/{event_type.owner_slug}/{event_type.slug}{DAY}")
    page = await browser.follow(label=f"{TEN}, 2 spots left")
    assert "2 spots left" in page.text
    await browser.send({"name": "Bob", "email": "bob@example.org", "guests": "zoe@example.org"})
    assert browser.heading == "You are scheduled"
    assert "zoe@example.org" in browser.document.text
    assert "guest-of-another@example.org" not in browser.document.text
    await browser.open(f"/{event_type.owner_slug}/{event_type.slug}{DAY}")
    assert f"{TEN}, 1 spot left" in str(browser.response.text)


async def test_where_the_host_answers_first_a_request_is_sent_and_the_time_is_kept(
    browser: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    event_type = await event_type_of(conn, organization, requires_approval=True)
    path = f"/{event_type.owner_slug}/{event_type.slug}"
    await browser.open(path + DAY)
    page = await browser.follow(label=TEN)
    assert "The host confirms before the event is booked." in page.text
    await browser.send({"name": "Ada Example", "email": "ada@example.org"})
    assert (browser.status, browser.heading) == (200, "Your request was sent")
    assert "Tuesday, January 12, 2027" in browser.document.text
    assert "ada@example.org" not in browser.document.text
    await browser.open(path + DAY)
    assert TEN not in str(browser.response.text)
    cursor = await conn.execute("SELECT count(*) FROM scheduled_events WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (0,)
