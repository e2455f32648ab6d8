"""A class that others have booked already: its pages show, and book, what is planned. Plain HTTP, no JavaScript.

Source: rules, section 10; ADR 0020.
"""

from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import Organization, make_booking
from openslot.db import event_types, scheduled_events
from openslot.db.event_types import ColumnChanges
from openslot.db.pool import Conn
from openslot.services.booking.command import Booked
from openslot.wire.codec import parse_instant
from openslot.wire.event_types import LocationConfiguration
from openslot.wire.invitees import InviteeLocation
from pages.offers import Offer, put_on_show
from pages.plain_browser import Node, PlainBrowser

START = parse_instant("2027-01-12T09:00:00Z")
SLOT = "/2027-01-12T09:00:00Z"
DAY = "?date=2027-01-12"
TEN = "10:00\u202fAM, Tuesday, January 12, 2027, Central European Time"
STUDIO = LocationConfiguration("physical", location="Via dei Vascellari 12", additional_info="Ring twice")
CELLAR = LocationConfiguration("physical", location="Vicolo del Cedro 3")
CALL, SUGGESTED = LocationConfiguration("outbound_call"), LocationConfiguration("ask_invitee")
FIXED = "Others have booked this time already, so length and place are fixed."
CHANGED = "Length or place of this time have changed meanwhile. Check them, then schedule once more."
BOB = {"name": "Bob", "email": "bob@example.org"}


async def make_class(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> Offer:
    return await put_on_show(conn, organization, now=clock.now, **({"kind": "group", "seats": 4} | values))


async def id_of(conn: Conn, offer: Offer) -> UUID:
    cursor = await conn.execute("SELECT id FROM event_types WHERE slug = %s", (offer.path.rpartition("/")[2],))
    row: tuple[UUID] | None = await cursor.fetchone()
    assert row is not None
    return row[0]


async def somebody_books(conn: Conn, organization: Organization, offer: Offer, clock: Clock, **values: Any) -> Booked:
    event_type = await id_of(conn, offer)
    return await make_booking(conn, organization, START, now=clock.now, event_type_id=event_type, **values)


@pytest.mark.parametrize(
    ("where", "texts"),
    [(CALL, ("+390655500123", "+442079460958")), (SUGGESTED, ("Bar San Calisto", "The park, if it is dry"))],
    ids=["call", "suggested"],
)
async def test_each_page_of_a_class_shows_the_place_of_its_invitee_alone(
    browser: PlainBrowser,
    conn: Conn,
    organization: Organization,
    clock: Clock,
    where: LocationConfiguration,
    texts: tuple[str, str],
) -> None:
    first, second = texts
    offer = await make_class(conn, organization, clock, locations=[where])
    for name, typed, other in (("Ada", first, second), ("Bob", second, first)):
        page = await browser.open(offer.path + SLOT)
        assert other not in page.text
        page = await browser.send({"name": name, "email": f"{name}@example.org", "location-text-0": typed})
        assert browser.heading == "You are scheduled"
        assert typed in page.text
        assert other not in page.text
    await browser.open(f"/reschedulings/{browser.url.path.rpartition('/')[2]}/2027-01-12T10:00:00Z")
    page = await browser.send()
    assert browser.heading == "You are scheduled"
    assert second in page.text
    assert first not in page.text


async def test_who_joins_is_shown_the_one_place_without_a_question(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await make_class(conn, organization, clock, locations=[STUDIO, CELLAR, CALL])
    await somebody_books(conn, organization, offer, clock, location=InviteeLocation("physical", "Vicolo del Cedro 3"))
    page = await browser.open(offer.path + SLOT)
    assert "Vicolo del Cedro 3" in page.text
    assert FIXED in page.text
    assert "Via dei Vascellari 12" not in page.text
    assert page.all("input", name="location") == []
    page = await browser.send(BOB)
    assert browser.heading == "You are scheduled"
    assert "Vicolo del Cedro 3" in page.text


async def test_who_joins_a_class_whose_first_is_called_has_to_enter_a_number(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await make_class(conn, organization, clock, locations=[STUDIO, CALL])
    await somebody_books(conn, organization, offer, clock, location=InviteeLocation("outbound_call", "+390655500123"))
    page = await browser.open(offer.path + SLOT)
    assert page.all("input", name="location") == []
    page = await browser.send(BOB)
    assert (browser.status, page.one("a", href="#location-text-0").text) == (
        422,
        "Enter your phone number",
    )
    page = await browser.send({**BOB, "location-text-0": "+442079460958"})
    assert browser.heading == "You are scheduled"
    assert "+442079460958" in page.text


async def test_a_place_that_somebody_else_chose_meanwhile_is_shown_before_it_is_booked(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await make_class(conn, organization, clock, locations=[STUDIO, CELLAR])
    await browser.open(offer.path + SLOT)
    made = await somebody_books(
        conn, organization, offer, clock, location=InviteeLocation("physical", "Vicolo del Cedro 3")
    )
    page = await browser.send({**BOB, "location": "0"})
    assert browser.status == 422
    assert CHANGED in page.text
    assert "Vicolo del Cedro 3" in page.text
    assert "Via dei Vascellari 12" not in page.text
    page = await browser.send()
    assert browser.heading == "You are scheduled"
    assert "Vicolo del Cedro 3" in page.text
    joined = await scheduled_events.get(conn, organization.id, made.event.id)
    assert joined is not None
    assert joined.invitees_active == 2


async def test_a_class_is_listed_shown_and_booked_with_its_own_length(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await make_class(conn, organization, clock)
    await somebody_books(conn, organization, offer, clock)
    changed = ColumnChanges(duration_minutes=60, increment_minutes=45)
    await event_types.update(conn, organization.id, await id_of(conn, offer), changed, now=clock.now)
    await browser.open(offer.path + DAY)
    page = await browser.follow(label=f"{TEN}, 30 minutes, 3 spots left")
    assert "10:30 AM" in page.text
    assert "1 hour" not in page.text
    page = await browser.send(BOB)
    assert browser.heading == "You are scheduled"
    assert "10:30 AM" in page.text


@pytest.mark.parametrize("kind", [{}, {"kind": "solo", "seats": 1}], ids=["class", "alone"])
async def test_a_length_that_has_changed_meanwhile_is_shown_before_it_is_booked(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, kind: dict[str, Any]
) -> None:
    offer = await make_class(conn, organization, clock, **kind)
    await browser.open(offer.path + SLOT)
    longer = ColumnChanges(duration_minutes=60)
    await event_types.update(conn, organization.id, await id_of(conn, offer), longer, now=clock.now)
    page = await browser.send(BOB)
    assert browser.status == 422
    assert CHANGED in page.text
    assert "11:00 AM" in page.text
    page = await browser.send()
    assert browser.heading == "You are scheduled"
    assert "11:00 AM" in page.text


async def test_a_request_to_join_shows_how_long_the_class_lasts(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await make_class(conn, organization, clock, requires_approval=True, seats=2)
    await somebody_books(conn, organization, offer, clock)
    longer = ColumnChanges(duration_minutes=60)
    await event_types.update(conn, organization.id, await id_of(conn, offer), longer, now=clock.now)
    await browser.open(offer.path + SLOT)
    page = await browser.send(BOB)
    assert browser.heading == "Your request was sent"
    assert "10:30 AM" in page.text


async def test_moving_into_a_class_shows_and_makes_the_length_that_is_planned_there(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await make_class(conn, organization, clock)
    await somebody_books(conn, organization, offer, clock)
    longer = ColumnChanges(duration_minutes=60)
    await event_types.update(conn, organization.id, await id_of(conn, offer), longer, now=clock.now)
    await browser.open(offer.path + "/2027-01-13T09:00:00Z")
    await browser.send(BOB)
    page = await browser.open(f"/reschedulings/{browser.url.path.rpartition('/')[2]}{SLOT}")
    assert "10:30 AM" in page.text
    page = await browser.send()
    assert browser.heading == "You are scheduled"
    assert "10:30 AM" in page.text


async def open_move(browser: PlainBrowser, offer: Offer, **typed: str) -> Node:
    """Book the next day, then open the step that moves the booking into the class."""
    await browser.open(offer.path + "/2027-01-13T09:00:00Z")
    await browser.send({**BOB, **typed})
    assert browser.heading == "You are scheduled"
    return await browser.open(f"/reschedulings/{browser.url.path.rpartition('/')[2]}{SLOT}")


async def test_moving_into_a_class_elsewhere_shows_where_it_will_be(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await make_class(conn, organization, clock, locations=[STUDIO, CELLAR, CALL])
    await somebody_books(conn, organization, offer, clock, location=InviteeLocation("physical", "Vicolo del Cedro 3"))
    page = await open_move(browser, offer, **{"location": "2", "location-text-2": "+442079460958"})
    assert "Where Vicolo del Cedro 3 Old place You will be called +442079460958" in " ".join(page.text.split())
    page = await browser.send()
    assert browser.heading == "You are scheduled"
    assert "Vicolo del Cedro 3" in page.text
    assert "+442079460958" not in page.text


@pytest.mark.parametrize(
    ("where", "typed", "shown"),
    [
        (CALL, {"location-text-0": "+442079460958"}, "You will be called +442079460958"),
        (SUGGESTED, {"location-text-0": "The park"}, "The park"),
        (STUDIO, {}, "Via dei Vascellari 12 Ring twice"),
    ],
    ids=["call", "ask", "place"],
)
async def test_moving_into_a_class_of_the_same_kind_shows_what_the_invitee_keeps(
    browser: PlainBrowser,
    conn: Conn,
    organization: Organization,
    clock: Clock,
    *,
    where: LocationConfiguration,
    typed: dict[str, str],
    shown: str,
) -> None:
    offer = await make_class(conn, organization, clock, locations=[where])
    text = {CALL.kind: "+390655500123", SUGGESTED.kind: "Bar San Calisto"}.get(where.kind)
    await somebody_books(conn, organization, offer, clock, location=InviteeLocation(where.kind, text))
    page = await open_move(browser, offer, **typed)
    assert f"Where {shown} Time zone" in " ".join(page.text.split())
    assert "Old place" not in page.text
    page = await browser.send()
    assert browser.heading == "You are scheduled"
    assert shown in " ".join(page.text.split())


async def test_a_class_elsewhere_that_is_made_before_a_move_is_sent_is_shown_first(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await make_class(conn, organization, clock, locations=[STUDIO, CELLAR])
    page = await open_move(browser, offer, location="0")
    assert "Via dei Vascellari 12" in page.text
    await somebody_books(conn, organization, offer, clock, location=InviteeLocation("physical", "Vicolo del Cedro 3"))
    page = await browser.send({"reason": "The cellar is nearer"})
    assert browser.status == 422
    assert CHANGED in page.text
    assert "Vicolo del Cedro 3" in page.text
    assert "The cellar is nearer" in page.text
    page = await browser.send()
    assert browser.heading == "You are scheduled"
    assert "Vicolo del Cedro 3" in page.text


async def test_a_longer_class_that_is_made_before_a_move_is_sent_is_shown_first(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await make_class(conn, organization, clock)
    await open_move(browser, offer)
    event_type = await id_of(conn, offer)
    await event_types.update(conn, organization.id, event_type, ColumnChanges(duration_minutes=60), now=clock.now)
    await somebody_books(conn, organization, offer, clock)
    page = await browser.send()
    assert browser.status == 422
    assert CHANGED in page.text
    assert "11:00 AM" in page.text
    page = await browser.send()
    assert browser.heading == "You are scheduled"
    assert "11:00 AM" in page.text


@pytest.mark.parametrize(
    ("place", "text"), [(CALL, "+390655500123"), (SUGGESTED, "Bar San Calisto")], ids=["call", "suggested"]
)
async def test_a_class_that_needs_a_place_of_each_is_not_offered_to_who_has_named_none(
    browser: PlainBrowser,
    conn: Conn,
    organization: Organization,
    clock: Clock,
    *,
    place: LocationConfiguration,
    text: str,
) -> None:
    """Moved there, nobody would know where to call or to come to."""
    offer = await make_class(conn, organization, clock, locations=[STUDIO, place])
    await somebody_books(conn, organization, offer, clock, location=InviteeLocation(place.kind, text))
    page = await open_move(browser, offer, location="0")
    assert browser.status == 409
    assert SLOT.rpartition("/")[2] not in [link.attributes["href"] for link in page.all("a")]
    await browser.open(browser.url.path.removesuffix(SLOT))
    assert SLOT not in browser.response.text
    await browser.open(f"{browser.url.path}/2027-01-14T09:00:00Z")
    page = await browser.send()
    assert browser.heading == "You are scheduled"
    assert "Via dei Vascellari 12" in page.text
