"""Booking: the calendar of an event type, the confirm step of one start, and the form that takes it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import Invalid, NotFound, SlotUnavailable
from openslot.core.intervals import Interval
from openslot.db import occupancy
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.pages import forms, locations
from openslot.pages.fields import Field, Filled, filled, first
from openslot.pages.page import Page, ThisConn, ThisPage, read
from openslot.pages.picker import FindTimes, pick, start_segment, time_label, times_near
from openslot.pages.text import initials, paragraphs
from openslot.pages.trail import PREFILL
from openslot.services import booking, publishing, slots
from openslot.services.slots import Slot
from openslot.wire.codec import parse_instant

INSTANT = timedelta(microseconds=1)


@read("/{profile:str}/{event_type:str}")
async def show(page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str]) -> Response[bytes]:
    """The event type, its calendar, and the times of a day."""
    offer = await _offer(page, conn, profile, event_type)
    picker = await pick(offer.page, offer.find_times, offer.path)
    context = {"picker": picker, **about(offer.page, offer.event_type)}
    return offer.page.render("event_type.html", context, accent=offer.event_type.color)


@read("/{profile:str}/{event_type:str}/{start:str}")
async def confirm(
    page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Response[bytes]:
    """One start, and the questions to answer; where it is gone, other starts."""
    offer = await _offer(page, conn, profile, event_type)
    instant = instant_of(start)
    data = forms.prefilled(offer.event_type, page.query)
    if await offer.find_times(Interval(instant, instant + INSTANT)):
        return _form(offer, instant, data)
    return await _gone(offer, instant, data)


@post("/{profile:str}/{event_type:str}/{start:str}", include_in_schema=False, status_code=303)
async def book(
    page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Redirect | Response[bytes]:
    """Take the start, or say what stands in the way with everything typed still there."""
    data = await filled(page.request)
    offer = await _offer(page, conn, profile, event_type, timezone=first(data, "timezone"))
    instant = instant_of(first(data, "start_time") or start)
    command = forms.booking(offer.page, offer.event_type, instant, data)
    try:
        async with conn.transaction():  # what a refusal leaves behind is undone, and the connection can still be asked
            booked = await booking.book(conn, command, links=page.links, now=page.now)
    except SlotUnavailable:
        return await _gone(offer, instant, data)
    except Invalid as exc:
        return _form(offer, instant, data, refused=exc)
    return page.redirect(page.trail.lean.to(*offer.path, "invitees", str(booked.invitee.id)))


def about(page: Page, event_type: EventType) -> dict[str, object]:
    """What every step says about the event type."""
    return {
        "event_type": event_type,
        "initials": initials(event_type.owner_name),
        "places": [locations.offered(page, one) for one in event_type.locations],
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


@dataclass(frozen=True)
class _Offer:
    """An event type as one visitor meets it."""

    page: Page
    event_type: EventType
    path: tuple[str, ...]
    find_times: FindTimes


async def _offer(page: Page, conn: Conn, profile: str, slug: str, *, timezone: str | None = None) -> _Offer:
    event_type = await publishing.event_type(conn, profile, slug)

    async def find_times(window: Interval) -> Sequence[Slot]:
        return await slots.available_times(conn, event_type, window, now=page.now)

    page = page.for_host(locale=event_type.locale, timezone=event_type.owner_timezone).in_zone(timezone)
    return _Offer(page, event_type, (profile, slug), find_times)


async def _gone(offer: _Offer, start: datetime, data: Filled) -> Response[bytes]:
    others = other_times(offer.page, await times_near(offer.page, offer.find_times, start))
    return _form(offer, start, data, others=others)


def _form(
    offer: _Offer,
    start: datetime,
    data: Filled,
    *,
    refused: Invalid | None = None,
    others: list[dict[str, str]] | None = None,
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
        "problems": problems(page, fields) if refused else [],
        "others": others,
        "path": (*offer.path, start_segment(start)),
        "action": page.trail.dropping(*PREFILL).to(*offer.path, start_segment(start)),
        "back": page.trail.to(*offer.path, month=f"{day:%Y-%m}", date=f"{day:%Y-%m-%d}", timezone=page.zone.key),
        **about(page, event_type),
    }
    status = 409 if others is not None else 422 if refused else 200
    return page.render("confirm.html", context, status=status, accent=event_type.color, private=True)


def problems(page: Page, fields: Sequence[Field]) -> list[tuple[str, str]]:
    """The error summary: where each link leads, and what it says."""
    found = [(f"#{field.first_id}", field.problem) for field in fields if field.error]
    return found or [("#main", page.gettext("Something could not be accepted. Check your answers."))]
