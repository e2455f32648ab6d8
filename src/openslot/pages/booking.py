"""Booking: the calendar of an event type, the confirm step of one start, and the form that takes it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.booking_form import LOCATION_CHOICE
from openslot.core.errors import Invalid, NotOffered, SlotUnavailable
from openslot.core.intervals import Interval
from openslot.db import scheduled_events
from openslot.db.pool import Conn
from openslot.db.scheduled_events import ScheduledEvent
from openslot.html.fields import Filled, filled, first, problems
from openslot.html.page import read
from openslot.html.text import excerpt, identifier
from openslot.pages import challenges, embed, forms, quotas, routed
from openslot.pages.connections import ThisConn
from openslot.pages.invitees import booked_url, confirmation_url
from openslot.pages.offers import (
    VisitorOffer,
    about,
    as_planned,
    instant_of,
    offer_at,
    planned_event,
    private_offer,
    public_offer,
)
from openslot.pages.picker import pick, start_segment, time_label
from openslot.pages.profiles import show_not_offered
from openslot.pages.redirects import onward
from openslot.pages.resubmission import SENDS, Again, Sent, sent, shown_again
from openslot.pages.time_search import times_near
from openslot.pages.trail import PREFILL
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.services.booking import book_or_request
from openslot.services.booking.book_or_request import Refused, Requested
from openslot.services.booking.command import Booked
from openslot.services.booking.form import DURATION as LENGTH

INSTANT = timedelta(microseconds=1)
JOINS, MINUTES = "joins", "minutes"
"""Fields that hold what was shown: the planned event that is joined, and how long the meeting lasts."""
MAX_NUMBER_LENGTH = 6


@read("/{profile:str}/{event_type:str}")
async def show(page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str]) -> Response[bytes]:
    """The event type, its calendar, and the times of a day."""
    try:
        offer = await public_offer(page, conn, profile, event_type)
    except NotOffered as error:
        return await show_not_offered(page, conn, error)
    return await calendar(offer)


@read("/{profile:str}/{event_type:str}/{start:str}")
async def confirm(
    page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Response[bytes]:
    """One start, and the questions to answer; where it is gone, other starts."""
    return await details(await public_offer(page, conn, profile, event_type), start)


@post("/{profile:str}/{event_type:str}/{start:str}", include_in_schema=False, status_code=303)
async def book(
    page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Redirect | Response[bytes]:
    """Book the start, or show why not, with everything that was typed."""
    return await send(page, conn, (profile, event_type), start)


@read("/d/{token:str}/{event_type:str}")
async def show_private(
    page: ThisPage, conn: ThisConn, token: FromPath[str], event_type: FromPath[str]
) -> Response[bytes]:
    """The same for a link that can't be guessed: single-use ones, shares, secret and one-off event types."""
    return await calendar(await private_offer(page, conn, token, event_type))


@read("/d/{token:str}/{event_type:str}/{start:str}")
async def confirm_private(
    page: ThisPage, conn: ThisConn, token: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Response[bytes]:
    """The confirm step behind such a link."""
    return await details(await private_offer(page, conn, token, event_type), start)


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
    return await requested(await public_offer(page, conn, profile, event_type), start)


@read("/d/{token:str}/{event_type:str}/{start:str}/requested")
async def show_requested_privately(
    page: ThisPage, conn: ThisConn, token: FromPath[str], event_type: FromPath[str], start: FromPath[str]
) -> Response[bytes]:
    """The same behind a link that can't be guessed."""
    return await requested(await private_offer(page, conn, token, event_type), start)


async def calendar(offer: VisitorOffer) -> Response[bytes]:
    """The first step."""
    minutes = offer.event_type.duration_minutes
    picker = await pick(
        offer.page, offer.find_times, offer.path, counts_seats=offer.event_type.kind == "group", minutes=minutes
    )
    event_type = offer.event_type
    is_public = not offer.is_private and not event_type.secret
    context = {
        "picker": picker,
        "durations": _durations(offer),
        "address": offer.page.address(*offer.path) if is_public else None,
        "summary": excerpt(event_type.description_plain),
        "message": embed.message(embed.EVENT_TYPE_VIEWED),
        **about(offer),
    }
    return offer.page.render("event_type.html", context, accent=event_type.color, private=offer.is_private)


async def details(offer: VisitorOffer, start: str) -> Response[bytes]:
    """The second step."""
    return await _details(offer, instant_of(start, offer.event_type))


async def send(page: VisitorPage, conn: Conn, path: tuple[str, ...], start: str) -> Redirect | Response[bytes]:
    """Do once what the form of the second step requests; sent again, it leads to what it made."""
    data = filled(page.request)
    form = sent(page, conn, data, start=start)
    made = await form.claim()  # before the offer is looked for: what it made may have used that up
    if made is not None and made.invitee_id is not None:
        is_changed = form.differs_from(made)
        return page.redirect(await booked_url(page, conn, made.invitee_id, embed.SCHEDULED, is_changed=is_changed))
    offer = (await offer_at(page, conn, path)).as_chosen(data)
    if made is not None and made.requested_start is not None:
        return page.redirect(_requested_url(offer, made.requested_start, made.requested_hold_id))
    if not form.may_process:
        return await _details(offer, instant_of(start, offer.event_type), data, form.again)
    return await take(offer, start, data, form)


async def take(offer: VisitorOffer, start: str, data: Filled, form: Sent) -> Redirect | Response[bytes]:
    """Book what the form of the second step requests."""
    page, conn = offer.page, offer.conn
    instant = instant_of(first(data, "start_time") or start, offer.event_type)
    event_type = offer.event_type
    challenge = await challenges.unsolved(offer, data, form)
    if challenge is not None:
        await form.release()
        return await _details(offer, instant, data, replace(form.again, challenge=challenge))
    shown = await planned_event(offer, identifier(first(data, JOINS)), instant)
    command = replace(
        forms.booking(page, event_type if shown is None else as_planned(event_type, shown), instant, data),
        duration_minutes=event_type.duration_minutes,
        shown_minutes=minutes_of(data),
        link_token=offer.link_token,
    )
    address: str | None = None
    try:
        # a refusal undoes what it leaves behind, and the connection can still be used
        async with quotas.counted_booking(page, conn, command.email) as share:
            outcome = await book_or_request.as_visitor(conn, command, share=share, uris=page.uris, now=page.now)
            match outcome:
                case Requested():
                    hold_id = outcome.held.hold.id
                    await form.finish(event_type.organization_id, requested_start=instant, requested_hold_id=hold_id)
                    address = _requested_url(offer, instant, hold_id)
                case Booked():
                    await form.finish(event_type.organization_id, invitee_id=outcome.invitee.id)
                    done = page.embed.done(embed.SCHEDULED) | onward(event_type)
                    address = confirmation_url(page, event_type, outcome.invitee.id, **done)
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


def _requested_url(offer: VisitorOffer, start: datetime, hold_id: UUID | None) -> str:
    page = offer.page
    if hold_id is not None:
        return page.trail.lean.to("requests", str(hold_id), timezone=page.zone.key)
    return page.trail.lean.to(*offer.path, start_segment(start), "requested", timezone=page.zone.key)


async def requested(offer: VisitorOffer, start: str) -> Response[bytes]:
    """After the form, where the host answers first. It shows nothing about the visitor, so its address may be known."""
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


def other_times(page: VisitorPage, starts: Sequence[datetime]) -> list[dict[str, str]]:
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
    offer: VisitorOffer, start: datetime, data: Filled | None = None, again: Again | None = None
) -> Response[bytes]:
    """The second step of a start, as what is joined there wants it; where it is gone, other starts."""
    found = await offer.find_times(Interval(start, start + INSTANT))
    planned = found[0].planned if found else None
    event = None if planned is None else await planned_event(offer, planned.id, start)
    event_type = offer.event_type if event is None else as_planned(offer.event_type, event)
    if data is None:
        data = forms.prefilled(event_type, await routed.query(offer, event_type))
    if not found:
        return await _gone(offer, start, data, again)
    offer = replace(offer, event_type=event_type)
    return _form(offer, start, data, again, seats_left=found[0].invitees_remaining, joins=event)


async def _gone(offer: VisitorOffer, start: datetime, data: Filled, again: Again | None = None) -> Response[bytes]:
    others = other_times(offer.page, await times_near(offer.page, offer.find_times, start))
    return _form(offer, start, data, again, others=others)


def _form(
    offer: VisitorOffer,
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
        "message": embed.message(embed.TIME_SELECTED) if again is None and others is None else None,
        "seats": page.seats(seats_left) if seats_left is not None and event_type.kind == "group" else None,
        "path": (*offer.path, start_segment(start)),
        "action": page.trail.dropping(*PREFILL).to(*offer.path, start_segment(start), **SENDS),
        "back": page.trail.to(*offer.path, month=f"{day:%Y-%m}", date=f"{day:%Y-%m-%d}", timezone=page.zone.key),
        **about(offer),
        **_tokens(offer, again),
    }
    status = 409 if others is not None else again.status if again else 200
    is_form = again is None and others is None
    return page.render("confirm.html", context, status=status, accent=event_type.color, private=True, is_form=is_form)


def _tokens(offer: VisitorOffer, again: Again | None) -> dict[str, object]:
    """The form's token, and what has to be solved with it."""
    if again is not None:
        shown = again.challenge or challenges.shown(offer, again.token)
        return {**shown_again(again), "challenge": shown}
    token = offer.page.new_form_token()
    return {"form_token": token, "challenge": challenges.shown(offer, token)}


def changed(page: VisitorPage, refused: Invalid) -> list[tuple[str, str]]:
    """Where what is on offer at the start is another than it was when the form was shown."""
    if all(error.parameter not in {LENGTH, LOCATION_CHOICE} for error in refused.details):
        return []
    sentence = page.gettext("Length or place of this time have changed meanwhile. Check them, then schedule once more.")
    return [("#when", sentence)]


def minutes_of(data: Filled) -> int | None:
    """The length that a form showed."""
    text = first(data, MINUTES)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < MAX_NUMBER_LENGTH else None


def _durations(offer: VisitorOffer) -> list[dict[str, object]]:
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
