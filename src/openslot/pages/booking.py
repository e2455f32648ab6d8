"""Booking: the calendar of an event type, the confirm step of one start, and the form that takes it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import msgspec
from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import Invalid, NotFound, SlotUnavailable
from openslot.core.intervals import Interval
from openslot.db import occupancy
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.scheduling_links import SchedulingLink
from openslot.pages import forms, locations
from openslot.pages.fields import Field, Filled, filled, first
from openslot.pages.page import Page, ThisConn, ThisPage, read
from openslot.pages.picker import pick, start_segment, time_label, times_near
from openslot.pages.text import initials, paragraphs
from openslot.pages.trail import DURATION, PREFILL
from openslot.services import approvals, booking, publishing, slots
from openslot.services.slots import Slot
from openslot.wire.codec import parse_instant

INSTANT = timedelta(microseconds=1)


@read("/{profile:str}/{event_type:str}")
async def show(page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str]) -> Response[bytes]:
    """The event type, its calendar, and the times of a day."""
    return await calendar(await _offer(page, conn, profile, event_type))


@read("/{profile:str}/{event_type:str}/{start:str}")
async def confirm(
    page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Response[bytes]:
    """One start, and the questions to answer; where it is gone, other starts."""
    return await details(await _offer(page, conn, profile, event_type), start)


@post("/{profile:str}/{event_type:str}/{start:str}", include_in_schema=False, status_code=303)
async def book(
    page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Redirect | Response[bytes]:
    """Take the start, or say what stands in the way with everything typed still there."""
    data = await filled(page.request)
    return await take(await _offer(page, conn, profile, event_type), start, data)


@read("/d/{token:str}/{event_type:str}")
async def show_private(
    page: ThisPage, conn: ThisConn, token: FromPath[str], event_type: FromPath[str]
) -> Response[bytes]:
    """The same for a link that can't be guessed: single-use ones, shares, secret and one-off event types."""
    return await calendar(await _private_offer(page, conn, token, event_type))


@read("/d/{token:str}/{event_type:str}/{start:str}")
async def confirm_private(
    page: ThisPage, conn: ThisConn, token: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Response[bytes]:
    """The confirm step behind such a link."""
    return await details(await _private_offer(page, conn, token, event_type), start)


@post("/d/{token:str}/{event_type:str}/{start:str}", include_in_schema=False, status_code=303)
async def book_private(
    page: ThisPage, conn: ThisConn, token: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Redirect | Response[bytes]:
    """Take a start behind such a link."""
    data = await filled(page.request)
    return await take(await _private_offer(page, conn, token, event_type), start, data)


@read("/{profile:str}/{event_type:str}/{start:str}/requested")
async def show_requested(
    page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Response[bytes]:
    """The request was sent."""
    return requested(await _offer(page, conn, profile, event_type), start)


@read("/d/{token:str}/{event_type:str}/{start:str}/requested")
async def show_requested_privately(
    page: ThisPage, conn: ThisConn, token: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Response[bytes]:
    """The same behind a link that can't be guessed."""
    return requested(await _private_offer(page, conn, token, event_type), start)


@dataclass(frozen=True)
class Offer:
    """An event type as one visitor meets it, with the duration that was chosen."""

    page: Page
    conn: Conn
    event_type: EventType
    path: tuple[str, ...]
    link: SchedulingLink | None = None
    link_token: str | None = field(default=None, repr=False)

    @property
    def is_private(self) -> bool:
        """Whether its address grants something, and so is kept nowhere."""
        return self.link_token is not None

    async def find_times(self, window: Interval) -> Sequence[Slot]:
        """The slots whose start lies in ``window``."""
        return await slots.available_times(self.conn, self.event_type, window, link=self.link, now=self.page.now)

    def for_visitor(self) -> "Offer":
        """In the language, zone and duration of the visitor, or else the host's."""
        event_type = self.event_type
        page = self.page.for_host(locale=event_type.locale, timezone=event_type.owner_timezone)
        chosen = [minutes for minutes in event_type.duration_options or () if str(minutes) == page.query.get(DURATION)]
        if chosen:
            event_type = msgspec.structs.replace(event_type, duration_minutes=chosen[0])
        return replace(self, page=page, event_type=event_type)

    def in_zone(self, timezone: str | None) -> "Offer":
        """With the zone that was chosen, where ``timezone`` is one."""
        return replace(self, page=self.page.in_zone(timezone))


async def _offer(page: Page, conn: Conn, profile: str, slug: str) -> Offer:
    event_type = await publishing.event_type(conn, profile, slug)
    return Offer(page, conn, event_type, (profile, slug)).for_visitor()


async def _private_offer(page: Page, conn: Conn, token: str, slug: str) -> Offer:
    found = await publishing.linked(conn, token, slug, now=page.now)
    return Offer(page, conn, found.event_type, ("d", token, slug), found.link, token).for_visitor()


async def calendar(offer: Offer) -> Response[bytes]:
    """The first step."""
    picker = await pick(offer.page, offer.find_times, offer.path, counts_seats=offer.event_type.kind == "group")
    context = {"picker": picker, "durations": _durations(offer), **about(offer.page, offer.event_type)}
    return offer.page.render("event_type.html", context, accent=offer.event_type.color, private=offer.is_private)


async def details(offer: Offer, start: str) -> Response[bytes]:
    """The second step."""
    instant = instant_of(start)
    data = forms.prefilled(offer.event_type, offer.page.query)
    found = await offer.find_times(Interval(instant, instant + INSTANT))
    if found:
        return _form(offer, instant, data, seats_left=found[0].invitees_remaining)
    return await _gone(offer, instant, data)


async def take(offer: Offer, start: str, data: Filled) -> Redirect | Response[bytes]:
    """Book what the second step's form says."""
    offer = offer.in_zone(first(data, "timezone"))
    page, conn = offer.page, offer.conn
    instant = instant_of(first(data, "start_time") or start)
    command = replace(forms.booking(page, offer.event_type, instant, data), link_token=offer.link_token)
    event_type = offer.event_type
    try:
        async with conn.transaction():  # what a refusal leaves behind is undone, and the connection can still be asked
            if event_type.requires_approval:
                await approvals.request(conn, command, links=page.links, now=page.now)
                address = (*offer.path, start_segment(instant), "requested")
            else:
                booked = await booking.book(conn, command, links=page.links, now=page.now)
                address = (event_type.owner_slug, event_type.slug, "invitees", str(booked.invitee.id))
    except SlotUnavailable:
        return await _gone(offer, instant, data)
    except Invalid as exc:
        return _form(offer, instant, data, refused=exc)
    kept = {"timezone": page.zone.key} if event_type.requires_approval else {}
    return page.redirect(page.trail.lean.to(*address, **kept))


def requested(offer: Offer, start: str) -> Response[bytes]:
    """After the form, where the host answers first. Says nothing of who asked, so its address tells nothing."""
    instant = instant_of(start)
    minutes = offer.event_type.duration_minutes
    context = {
        "start": instant,
        "end": instant + timedelta(minutes=minutes),
        **about(offer.page, offer.event_type),
    }
    return offer.page.render("requested.html", context, accent=offer.event_type.color, private=True)


def about(page: Page, event_type: EventType) -> dict[str, object]:
    """What every step says about the event type."""
    return {
        "event_type": event_type,
        "initials": initials(event_type.owner_name),
        "places": [locations.offered(page, one, is_hidden=event_type.hide_location) for one in event_type.locations],
        "description": paragraphs(event_type.description_plain),
        "profile_url": page.trail.to(event_type.owner_slug),
    }


def instant_of(text: str) -> datetime:
    """The start that an address names.

    Raises:
        NotFound: it names none, or one so far off that nothing can ever be booked there.
    """
    try:
        instant = parse_instant(text)
    except ValueError as exc:
        raise NotFound("start time") from exc
    if not occupancy.REACH.contains(instant):
        raise NotFound("start time")
    return instant


def other_times(page: Page, starts: Sequence[datetime]) -> list[dict[str, str]]:
    """Starts to choose from in place of one that is gone."""
    return [
        {
            "value": start_segment(start),
            "text": page.formats.time(start),
            "label": time_label(page.formats, start),
            "day": page.formats.full_date(page.formats.day(start)),
        }
        for start in starts
    ]


async def _gone(offer: Offer, start: datetime, data: Filled) -> Response[bytes]:
    others = other_times(offer.page, await times_near(offer.page, offer.find_times, start))
    return _form(offer, start, data, others=others)


def _form(
    offer: Offer,
    start: datetime,
    data: Filled,
    *,
    refused: Invalid | None = None,
    others: list[dict[str, str]] | None = None,
    seats_left: int | None = None,
) -> Response[bytes]:
    """The confirm step; ``others`` is set when the start is gone and holds what can be had instead."""
    page, event_type = offer.page, offer.event_type
    errors = refused.details if refused else ()
    fields = forms.with_errors(page, forms.booking_fields(page, event_type, data), errors, data)
    day = page.formats.day(start)
    context = {
        "start": start,
        "end": start + timedelta(minutes=event_type.duration_minutes),
        "fields": fields,
        "unseen": forms.unseen(event_type, data),
        "problems": problems(page, fields) if refused else [],
        "others": others,
        "seats": page.seats(seats_left) if seats_left is not None and event_type.kind == "group" else None,
        "path": (*offer.path, start_segment(start)),
        "action": page.trail.dropping(*PREFILL).to(*offer.path, start_segment(start)),
        "back": page.trail.to(*offer.path, month=f"{day:%Y-%m}", date=f"{day:%Y-%m-%d}", timezone=page.zone.key),
        **about(page, event_type),
    }
    status = 409 if others is not None else 422 if refused else 200
    return page.render("confirm.html", context, status=status, accent=event_type.color, private=True)


def _durations(offer: Offer) -> list[dict[str, object]]:
    """The durations to choose from, where there are several."""
    event_type, page = offer.event_type, offer.page
    options = sorted(event_type.duration_options or ())
    if len(options) < 2:  # noqa: PLR2004 # nothing to choose
        return []
    keep = {key: page.query[key] for key in ("month", "date") if page.query.get(key)}
    return [
        {
            "text": page.formats.duration(minutes),
            "url": page.trail.to(*offer.path, **keep, duration=str(minutes)),
            "is_chosen": minutes == event_type.duration_minutes,
        }
        for minutes in options
    ]


def problems(page: Page, fields: Sequence[Field]) -> list[tuple[str, str]]:
    """The error summary: where each link leads, and what it says."""
    found = [(f"#{field.first_id}", field.problem) for field in fields if field.error]
    return found or [("#main", page.gettext("Something could not be accepted. Check your answers."))]
