"""The confirmation: what an invitee has booked, and how to change it."""

from datetime import datetime
from uuid import UUID

from litestar.params import FromPath
from litestar.response import Response

from openslot.core.errors import NotFound
from openslot.db import users
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.html.page import read
from openslot.html.text import identifier
from openslot.pages import calendar_entries, embed, redirects
from openslot.pages.connections import ThisConn
from openslot.pages.trail import Trail
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.presenters import places, scheduled_events
from openslot.presenters.event_types import booking_path
from openslot.services import serving
from openslot.services.booking import invitees, policies
from openslot.services.booking.invitees import BookedInvitee

AGAIN = "again"
"""The key of an address whose page shows that the form sent a moment ago has changed nothing."""


@read("/{profile:str}/{event_type:str}/invitees/{invitee_id:str}")
async def show(
    page: ThisPage, conn: ThisConn, profile: FromPath[str], event_type: FromPath[str], invitee_id: FromPath[str]
) -> Response[bytes]:
    """What was booked; canceled and moved ones are shown as such.

    Raises:
        NotFound: the invitee is not there, or booked another event type.
    """
    booked = await find(page, conn, invitee_id)
    if (booked.event_type.owner_slug, booked.event_type.slug) != (profile, event_type):
        raise NotFound("invitee")
    page = for_invitee(page, booked)
    context = {
        "was_booked_before": AGAIN in page.query,
        "calendars": calendar_entries.links(page, booked),
        "onward": redirects.target(page, booked),
        "own_url": page.uris.page(profile, event_type, "invitees", invitee_id),
        "message": reports(page, booked, embed.SCHEDULED) or reports(page, booked, embed.RESCHEDULED),
        **about_booked(page, booked),
        "hosts": await _hosts(page, conn, booked),
    }
    return page.render("scheduled.html", context, accent=booked.event_type.color, private=True)


MAX_CONTACTS = 3
"""Hosts whose addresses are shown where an invitee can't change a booking any more."""


def reports(page: VisitorPage, booked: BookedInvitee, what: str) -> str | None:
    """The message to the page around this one, where a form has just done ``what`` and led here."""
    uris, invitee, event = page.uris, booked.invitee, booked.event
    named = {"event": uris.scheduled_event(event.id), "invitee": uris.invitee(event.id, invitee.id)}
    if what == embed.RESCHEDULED:
        if invitee.old_event_id is None or invitee.old_invitee_id is None:
            return None
        old_invitee = uris.invitee(invitee.old_event_id, invitee.old_invitee_id)
        named |= {"old_event": uris.scheduled_event(invitee.old_event_id), "old_invitee": old_invitee}
    is_true = (invitee.status == "canceled") == (what == embed.CANCELED)
    return page.embed.report(what, **named) if is_true else None


async def find(page: VisitorPage, conn: Conn, invitee_id: str) -> BookedInvitee:
    """The invitee that the address of a page names.

    Raises:
        NotFound: there is none.
    """
    known = identifier(invitee_id)
    if known is None:
        raise NotFound("invitee")
    booked = await invitees.find(conn, known)
    await page.shows_for(conn, booked.invitee.organization_id)
    return booked


def for_invitee(page: VisitorPage, booked: BookedInvitee) -> VisitorPage:
    """The page in the zone that the invitee booked in, unless the address names another."""
    page = page.on_clock(booked.event_type.clock_ahead)
    if not page.zone_is_chosen:
        page = page.in_zone(booked.invitee.timezone)
    return page.for_host(locale=booked.event_type.locale, timezone=booked.event_type.owner_timezone)


def about_booked(page: VisitorPage, booked: BookedInvitee) -> dict[str, object]:
    """What every page about a booking shows."""
    invitee, event, event_type = booked.invitee, booked.event, booked.event_type
    lean = page.trail.lean
    moved_to = invitee.new_invitee_id
    return {
        "invitee": invitee,
        "event": event,
        "event_type": event_type,
        "guests": booked.guests,
        "hosts": [{"name": host.user_name, "face": None} for host in event.hosts],
        "place": places.booked(page, scheduled_events.location_of(invitee, event)),
        "is_canceled": invitee.status == "canceled",
        "is_past": event.start_time <= page.now,
        "is_over": event.end_time <= page.now,
        "may_cancel": page.now < policies.cancelable_until(event_type, event),
        "is_offered": serving.is_open(event_type),
        "may_move": policies.may_reschedule(event_type, event, now=page.now),
        "cancel_until": _until(page, event_type.cancel_cutoff_minutes, policies.cancelable_until(event_type, event)),
        "awaits_confirmation": _awaits_confirmation(booked, page.now),
        "confirm_url": lean.to("reconfirmations", str(invitee.id)),
        "guests_url": lean.to("guests", str(invitee.id)),
        "to_contact": [(host.user_name, host.user_email) for host in event.hosts[:MAX_CONTACTS]],
        "cancel_url": lean.to("cancellations", str(invitee.id)),
        "reschedule_url": lean.to("reschedulings", str(invitee.id)),
        "moved_url": confirmation_url(page, event_type, moved_to) if moved_to else None,
        "again_url": _again_url(lean, booked),
        "host_url": lean.to(event_type.owner_slug),
    }


async def _hosts(page: VisitorPage, conn: Conn, booked: BookedInvitee) -> list[dict[str, object]]:
    """Who comes, with their pictures of today."""
    hosts = booked.event.hosts
    avatars = await users.list_avatars(conn, [host.user_id for host in hosts])
    return [{"name": one.user_name, "face": page.face(one.user_name, avatars.get(one.user_id))} for one in hosts]


def _awaits_confirmation(booked: BookedInvitee, now: datetime) -> bool:
    """Whether the invitee was requested to confirm again, and still can."""
    request = booked.invitee.reconfirmation
    is_open = request is not None and request.confirmed_at is None
    return is_open and booked.invitee.status == "active" and now < booked.event.start_time


def _again_url(trail: Trail, booked: BookedInvitee) -> str | None:
    """Where to book once more; None for what was booked through a link that ends.

    Nor is there one where the event type is off.
    """
    if booked.invitee.scheduling_link_id is not None or not serving.is_open(booked.event_type):
        return None
    return trail.to(*booking_path(booked.event_type))


def _until(page: VisitorPage, cutoff_minutes: int | None, until: datetime) -> str | None:
    """Day and time of a cutoff, where the event type has one."""
    if not cutoff_minutes:
        return None
    return f"{page.formats.full_date(page.formats.day(until))}, {page.formats.time(until)}"


def confirmation_url(page: VisitorPage, event_type: EventType, invitee_id: UUID, **query: str) -> str:
    """The confirmation of an invitee."""
    return page.trail.lean.to(event_type.owner_slug, event_type.slug, "invitees", str(invitee_id), **query)


async def booked_url(page: VisitorPage, conn: Conn, invitee_id: UUID, done: str, *, is_changed: bool) -> str:
    """The confirmation that a form leads to which is sent again; ``is_changed``: with other words than before.

    ``done``: what it has done; a page around this one may not have heard of it yet.
    """
    booked = await invitees.find(conn, invitee_id)
    query = page.embed.done(done) | ({AGAIN: "yes"} if is_changed else {})
    return confirmation_url(page, booked.event_type, invitee_id, **query)
