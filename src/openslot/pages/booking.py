"""Booking: the calendar of an event type, the confirm step of one start, and the form that takes it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.booking_form import LOCATION_CHOICE, planned_configuration
from openslot.core.errors import Invalid, NotFound, Profile, SlotUnavailable
from openslot.core.intervals import Interval
from openslot.db import occupancy, scheduled_events
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.db.scheduling_links import SchedulingLink
from openslot.pages import forms, locations, quotas
from openslot.pages.fields import Field, Filled, filled, first, problem
from openslot.pages.invitees import booked_url, confirmation_url
from openslot.pages.page import Page, ThisConn, ThisPage, read
from openslot.pages.picker import pick, start_segment, time_label, times_near
from openslot.pages.sending import SENDS, Again, Sent, sent, shown_again, shown_in
from openslot.pages.text import initials, paragraphs
from openslot.pages.trail import CLOCK, DURATION, PREFILL
from openslot.services import publishing, slots
from openslot.services.booking import taking
from openslot.services.booking.command import Booked
from openslot.services.booking.form import DURATION as LENGTH
from openslot.services.booking.form import length_of
from openslot.services.booking.taking import Refused, Requested
from openslot.services.publishing import Serving
from openslot.services.slots import Slot
from openslot.wire.codec import parse_instant

MOST_FACES = 3
"""Pictures of hosts beside each other."""
INSTANT = timedelta(microseconds=1)
JOINS, MINUTES = "joins", "minutes"
"""Fields that say what was shown: the planned event that is joined, and how long the meeting lasts."""
LONGEST_NUMBER = 6


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
    return await send(page, conn, (profile, event_type), start)


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
    return await send(page, conn, ("d", token, event_type), start)


@read("/{profile:str}/{event_type:str}/{start:str}/requested")
async def show_requested(
    page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Response[bytes]:
    """The request was sent."""
    return await requested(await _offer(page, conn, profile, event_type), start)


@read("/d/{token:str}/{event_type:str}/{start:str}/requested")
async def show_requested_privately(
    page: ThisPage, conn: ThisConn, token: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Response[bytes]:
    """The same behind a link that can't be guessed."""
    return await requested(await _private_offer(page, conn, token, event_type), start)


@dataclass(frozen=True)
class Offer:
    """An event type as one visitor meets it, with the duration that was chosen."""

    page: Page
    conn: Conn
    event_type: EventType
    path: tuple[str, ...]
    serving: Serving
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
        self.page.belongs_to(event_type.organization_id)
        page = self.page.for_host(locale=event_type.locale, timezone=event_type.owner_timezone)
        chosen = [minutes for minutes in event_type.duration_options or () if str(minutes) == page.query.get(DURATION)]
        if chosen:
            event_type = msgspec.structs.replace(event_type, duration_minutes=chosen[0])
        return replace(self, page=page, event_type=event_type)

    def as_chosen(self, data: Filled) -> "Offer":
        """With the zone and the clock that the form says."""
        page = self.page
        return replace(
            self, page=page.in_zone(shown_in(page, data, "timezone")).with_clock(shown_in(page, data, CLOCK))
        )


async def _offer(page: Page, conn: Conn, profile: str, slug: str) -> Offer:
    event_type = await publishing.event_type(conn, profile, slug)
    serving = await publishing.serving(conn, event_type)
    return Offer(page, conn, event_type, (profile, slug), serving).for_visitor()


async def _offer_at(page: Page, conn: Conn, path: tuple[str, ...]) -> Offer:
    """The offer whose address, without a start, is ``path``."""
    first_part, *rest = path
    return await _private_offer(page, conn, *rest) if first_part == "d" else await _offer(page, conn, *path)


async def _private_offer(page: Page, conn: Conn, token: str, slug: str) -> Offer:
    found = await publishing.linked(conn, token, slug, now=page.now)
    serving = await publishing.serving(conn, found.event_type)
    return Offer(page, conn, found.event_type, ("d", token, slug), serving, found.link, token).for_visitor()


def as_planned(event_type: EventType, event: ScheduledEvent) -> EventType:
    """The event type as it is for who joins a planned event: with that one's length and place, which are fixed."""
    return msgspec.structs.replace(
        event_type,
        duration_minutes=length_of(event_type, event),
        locations=[] if event.location is None else [planned_configuration(event.location)],
    )


async def planned_event(offer: Offer, event_id: UUID | None, start: datetime) -> ScheduledEvent | None:
    """The planned event of the event type that is meant, if it is one that begins at ``start``."""
    if event_id is None:
        return None
    found = await scheduled_events.get(offer.conn, offer.event_type.organization_id, event_id)
    is_meant = found is not None and (found.event_type_id, found.start_time) == (offer.event_type.id, start)
    return found if is_meant else None


async def calendar(offer: Offer) -> Response[bytes]:
    """The first step."""
    minutes = offer.event_type.duration_minutes
    picker = await pick(
        offer.page, offer.find_times, offer.path, counts_seats=offer.event_type.kind == "group", minutes=minutes
    )
    context = {"picker": picker, "durations": _durations(offer), **about(offer)}
    return offer.page.render("event_type.html", context, accent=offer.event_type.color, private=offer.is_private)


async def details(offer: Offer, start: str) -> Response[bytes]:
    """The second step."""
    return await _details(offer, instant_of(start, offer.event_type))


async def send(page: Page, conn: Conn, path: tuple[str, ...], start: str) -> Redirect | Response[bytes]:
    """Do once what the second step's form says; sent again, it leads to what it made."""
    data = filled(page.request)
    form = sent(page, conn, data, start=start)
    made = await form.claim()  # before the offer is looked for: what it made may have used that up
    if made is not None and made.invitee_id is not None:
        return page.redirect(await booked_url(page, conn, made.invitee_id, says_more=form.says_more_than(made)))
    offer = (await _offer_at(page, conn, path)).as_chosen(data)
    if made is not None and made.requested_start is not None:
        return page.redirect(_requested_url(offer, made.requested_start))
    if not form.may_act:
        return await _details(offer, instant_of(start, offer.event_type), data, form.again)
    return await take(offer, start, data, form)


async def take(offer: Offer, start: str, data: Filled, form: Sent) -> Redirect | Response[bytes]:
    """Book what the second step's form says."""
    page, conn = offer.page, offer.conn
    instant = instant_of(first(data, "start_time") or start, offer.event_type)
    event_type = offer.event_type
    shown = await planned_event(offer, forms.identifier(first(data, JOINS)), instant)
    command = replace(
        forms.booking(page, event_type if shown is None else as_planned(event_type, shown), instant, data),
        duration_minutes=event_type.duration_minutes,
        shown_minutes=minutes_of(data),
        link_token=offer.link_token,
    )
    address: str | None = None
    try:
        # what a refusal leaves behind is undone, and the connection can still be asked
        async with quotas.counted_booking(page, conn, command.email) as share:
            outcome = await taking.take_as_visitor(conn, command, share=share, uris=page.uris, now=page.now)
            match outcome:
                case Requested():
                    await form.finish(event_type.organization_id, requested_start=instant)
                    address = _requested_url(offer, instant)
                case Booked():
                    await form.finish(event_type.organization_id, invitee_id=outcome.invitee.id)
                    address = confirmation_url(page, event_type, outcome.invitee.id)
                case Refused():
                    pass  # gone; that its payment is owed is recorded, and committed
    except SlotUnavailable:
        await form.release()
        return await _gone(offer, instant, data, form.again)
    except Invalid as exc:
        await form.release()
        return await _details(offer, instant, data, replace(form.again, refused=exc))
    if address is None:
        await form.release()
        return await _gone(offer, instant, data, form.again)
    return page.redirect(address)


def _requested_url(offer: Offer, start: datetime) -> str:
    page = offer.page
    return page.trail.lean.to(*offer.path, start_segment(start), "requested", timezone=page.zone.key)


async def requested(offer: Offer, start: str) -> Response[bytes]:
    """After the form, where the host answers first. Says nothing of who asked, so its address tells nothing."""
    instant = instant_of(start, offer.event_type)
    event_type = offer.event_type
    if event_type.kind == "group":
        event = await scheduled_events.find_planned(offer.conn, event_type.organization_id, event_type.id, instant)
        event_type = event_type if event is None else as_planned(event_type, event)
    context = {
        "start": instant,
        "end": instant + timedelta(minutes=event_type.duration_minutes),
        **about(replace(offer, event_type=event_type)),
    }
    return offer.page.render("requested.html", context, accent=event_type.color, private=True)


def about(offer: Offer) -> dict[str, object]:
    """What every step says about the event type."""
    page, event_type = offer.page, offer.event_type
    return {
        "event_type": event_type,
        "hosts_line": hosts_line(page, offer.serving),
        "faces": [initials(name) for name in offer.serving.names[:MOST_FACES]],
        "places": [locations.offered(page, one, is_hidden=event_type.hide_location) for one in event_type.locations],
        "description": paragraphs(event_type.description_plain),
        "profile_url": page.trail.to(event_type.owner_slug) if len(offer.serving.names) == 1 else None,
    }


def hosts_line(page: Page, serving: Serving) -> str:
    """Who will come; where it is not certain who of several, how many they are, since no person is promised."""
    names, needed = serving
    if needed >= len(names):
        return page.formats.listed(names)
    if needed == 1:
        return page.ngettext("One of %(num)d host", "One of %(num)d hosts", len(names))
    return page.ngettext("%(needed)d of %(num)d host", "%(needed)d of %(num)d hosts", len(names), needed=needed)


def instant_of(text: str, event_type: EventType) -> datetime:
    """The start that an address of an event type names.

    Raises:
        NotFound: it names none, or one so far off that nothing can ever be booked there.
    """
    host = Profile(event_type.owner_slug, event_type.owner_name)
    try:
        instant = parse_instant(text)
    except ValueError as exc:
        raise NotFound("start time", host=host) from exc
    if not occupancy.REACH.contains(instant):
        raise NotFound("start time", host=host)
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


async def _details(
    offer: Offer, start: datetime, data: Filled | None = None, again: Again | None = None
) -> Response[bytes]:
    """The second step of a start, as what is joined there wants it; where it is gone, other starts."""
    found = await offer.find_times(Interval(start, start + INSTANT))
    planned = found[0].planned if found else None
    event = None if planned is None else await planned_event(offer, planned.id, start)
    event_type = offer.event_type if event is None else as_planned(offer.event_type, event)
    if data is None:
        data = forms.prefilled(event_type, offer.page.query)
    if not found:
        return await _gone(offer, start, data, again)
    offer = replace(offer, event_type=event_type)
    return _form(offer, start, data, again, seats_left=found[0].invitees_remaining, joins=event)


async def _gone(offer: Offer, start: datetime, data: Filled, again: Again | None = None) -> Response[bytes]:
    others = other_times(offer.page, await times_near(offer.page, offer.find_times, start))
    return _form(offer, start, data, again, others=others)


def _form(
    offer: Offer,
    start: datetime,
    data: Filled,
    again: Again | None = None,
    *,
    others: list[dict[str, str]] | None = None,
    seats_left: int | None = None,
    joins: ScheduledEvent | None = None,
) -> Response[bytes]:
    """The confirm step; ``others`` is set when the start is gone and holds what can be had instead.

    ``joins`` is the planned event that is joined, for which the event type of ``offer`` is as it was planned.
    ``again``: it was filled in and sent already.
    """
    page, event_type = offer.page, offer.event_type
    refused = again.refused if again else None
    errors = refused.details if refused else ()
    fields = forms.with_errors(page, forms.booking_fields(page, event_type, data), errors, data)
    day = page.formats.day(start)
    context = {
        "start": start,
        "end": start + timedelta(minutes=event_type.duration_minutes),
        "fields": fields,
        "unseen": forms.unseen(event_type, data),
        "problems": changed(page, refused) or problems(page, fields) if refused else [],
        "joins": joins,
        "others": others,
        "was_sent": again is not None and not again.is_resent,
        "seats": page.seats(seats_left) if seats_left is not None and event_type.kind == "group" else None,
        "path": (*offer.path, start_segment(start)),
        "action": page.trail.dropping(*PREFILL).to(*offer.path, start_segment(start), **SENDS),
        "back": page.trail.to(*offer.path, month=f"{day:%Y-%m}", date=f"{day:%Y-%m-%d}", timezone=page.zone.key),
        **about(offer),
        **shown_again(again),
    }
    status = 409 if others is not None else again.status if again else 200
    is_form = again is None and others is None
    return page.render("confirm.html", context, status=status, accent=event_type.color, private=True, is_form=is_form)


def changed(page: Page, refused: Invalid) -> list[tuple[str, str]]:
    """Where what is on offer at the start is another than it was when the form was shown."""
    if all(error.parameter not in {LENGTH, LOCATION_CHOICE} for error in refused.details):
        return []
    sentence = page.gettext("Length or place of this time have changed meanwhile. Check them, then schedule once more.")
    return [("#when", sentence)]


def minutes_of(data: Filled) -> int | None:
    """The length that a form showed."""
    text = first(data, MINUTES)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER else None


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
    found = [(f"#{field.first_id}", problem(page, field, fields)) for field in fields if field.error]
    return found or [("#main", page.gettext("Something could not be accepted. Check your answers."))]
