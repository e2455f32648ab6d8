"""Booking requests: where the host is to approve first, the slot is held and what was filled in waits with it.

``invitee.created`` is recorded when the host approves, not before (rules, section 9). Requests and refusals are in the
event log under names of our own. A request that nobody answers ends with its hold.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from openslot.core.errors import Forbidden, NotFound
from openslot.core.roles import Action
from openslot.db import holds as held
from openslot.db import scheduled_events, scheduling_links
from openslot.db.holds import Hold, HoldQuotas
from openslot.db.pool import Conn
from openslot.presenters import booking_requests as present
from openslot.presenters.uris import Uris
from openslot.services import explaining, outbox, serving
from openslot.services.access import Principal
from openslot.services.booking import booking, holds, placing, request_mails
from openslot.services.booking.command import Booked, Booking
from openslot.services.booking.form import as_kept, check
from openslot.services.booking.holds import Held, Reason
from openslot.services.booking.kept_requests import BookingRequest, read
from openslot.services.mails.kinds import Kind
from openslot.services.serving import Served
from openslot.services.terms import Terms
from openslot.telemetry import correlation

_LEFT_OUT = frozenset({"link_token", "hold_token", "shown_minutes"})
"""Secrets are not stored: the link is known by its id, and the request is the hold. What was shown was checked."""


async def request(
    conn: Conn, wanted: Booking, *, share: HoldQuotas = holds.UNBOUNDED, uris: Uris, now: datetime
) -> Held:
    """Hold the slot until the host has answered, in the caller's transaction.

    ``share`` is what the visitor may hold at a time.

    Raises:
        NotFound, LinkEnded, Invalid, SlotUnavailable, SlotTaken: as ``booking.book``. TooMany: as ``holds.place``.
    """
    served = await booking.open_to(conn, wanted, now=now)
    return await request_served(conn, served, wanted, share=share, uris=uris, now=now)


async def request_served(
    conn: Conn, served: Served, wanted: Booking, *, share: HoldQuotas, uris: Uris, now: datetime
) -> Held:
    """The same for an event type that is at hand, as ``booking.open_to`` returns it.

    Raises:
        Invalid, SlotUnavailable, SlotTaken: as ``booking.book``. TooMany: as ``holds.place``.
    """
    joins = None
    if served.is_group:
        joins = await scheduled_events.find_planned(conn, served.organization_id, served.id, wanted.start_time)
    wanted = as_kept(wanted, check(served.row, wanted, joins=joins))
    made = await holds.place_served(
        conn,
        served,
        wanted.start_time,
        reason=Reason.APPROVAL,
        lasts=min(holds.LASTS[Reason.APPROVAL], max(wanted.start_time - now, holds.SHORTEST)),
        booking=_stored(wanted, None if served.terms.link is None else served.terms.link.id),
        share=share,
        now=now,
    )
    if served.is_group:
        joins = await scheduled_events.get(conn, served.organization_id, made.hold.scheduled_event_id)
        check(served.row, wanted, joins=joins)
    await _record(conn, "booking_request.created", made.hold, uris, now=now)
    await request_mails.announce(conn, made.hold, to_invitee=Kind.REQUESTED, to_hosts=Kind.TO_ANSWER, now=now)
    return made


async def list_open(conn: Conn, principal: Principal, *, now: datetime) -> list[BookingRequest]:
    """The requests that the caller may answer, by start: those with oneself as a host, all for admins and owners."""
    found = await held.list_for(conn, principal.organization_id, reason=Reason.APPROVAL, now=now)
    open_to_caller = [
        hold for hold in found if any(principal.reaches(Action.ANSWER_REQUEST, one) for one in hold.user_ids)
    ]
    return [read(hold) for hold in open_to_caller]


async def get_open(conn: Conn, principal: Principal, hold_id: UUID, *, now: datetime) -> BookingRequest:
    """A request that waits, as the caller may answer it.

    Raises:
        NotFound: no such request, or it has ended. Forbidden: not a host and no admin.
    """
    hold = await _open(conn, principal.organization_id, hold_id, now=now)
    if not any(principal.reaches(Action.ANSWER_REQUEST, one) for one in hold.user_ids):
        raise Forbidden
    return read(hold)


async def approve(conn: Conn, principal: Principal, hold_id: UUID, *, uris: Uris, now: datetime) -> Booked:
    """Book what was requested.

    Raises:
        NotFound: no such request, or it has ended. Forbidden: not a host and no admin.
        LinkEnded: the link it came through is used up. Invalid: it does not fit the event type any more.
    """
    found, served = await _answerable(conn, principal, hold_id, now=now)
    link = None
    if found.link_id is not None:
        link = await scheduling_links.get(conn, found.hold.organization_id, found.link_id)
    minutes = found.booking.duration_minutes
    if await scheduled_events.get(conn, found.hold.organization_id, found.hold.scheduled_event_id) is not None:
        minutes = None  # it is as planned
    # Notice was kept when the request was made, and the host decides.
    served = served.on(Terms(link=link, duration_minutes=minutes, set_aside=frozenset({"NOTICE"})))
    return await booking.book_served(conn, served, found.booking, hold=found.hold, uris=uris, now=now)


async def refuse(conn: Conn, principal: Principal, hold_id: UUID, *, uris: Uris, now: datetime) -> None:
    """Give the slot back.

    Raises:
        NotFound: no such request, or it has ended. Forbidden: not a host and no admin.
    """
    found, _ = await _answerable(conn, principal, hold_id, now=now)
    if not await holds.end(conn, found.hold, now=now):
        raise NotFound("booking request")
    await _record(conn, "booking_request.refused", found.hold, uris, now=now)
    await request_mails.announce(conn, found.hold, to_invitee=Kind.DECLINED, now=now)


async def _answerable(
    conn: Conn, principal: Principal, hold_id: UUID, *, now: datetime
) -> tuple[BookingRequest, Served]:
    """The request under the locks that every other answer to it needs: the first answer counts."""
    hold = await _open(conn, principal.organization_id, hold_id, now=now)
    served = await serving.serve(conn, hold.organization_id, hold.event_type_id)
    if principal.user.id not in hold.user_ids:
        explaining.require_insight(principal, served.stored)
    await placing.lock(conn, served, now=now, also=hold.user_ids)
    return read(await _open(conn, principal.organization_id, hold_id, now=now)), served


async def _open(conn: Conn, organization_id: UUID, hold_id: UUID, *, now: datetime) -> Hold:
    hold = await held.get(conn, organization_id, hold_id)
    if hold is None or hold.reason != Reason.APPROVAL or hold.expires_at <= now:
        raise NotFound("booking request")
    return hold


def _stored(wanted: Booking, link_id: UUID | None) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(wanted)
    return {
        "booking": {name: value for name, value in plain.items() if name not in _LEFT_OUT},
        "scheduling_link_id": None if link_id is None else str(link_id),
    }


async def _record(conn: Conn, name: str, hold: Hold, uris: Uris, *, now: datetime) -> None:
    found = read(hold)
    await outbox.record(
        conn,
        name,
        organization_id=hold.organization_id,
        chain_id=hold.id,
        correlation_id=correlation.current(),
        user_ids=hold.user_ids,
        event_type_id=hold.event_type_id,
        payload=present.booking_request(hold, found.name, found.booking.email, uris),
        uris=uris,
        now=now,
    )
