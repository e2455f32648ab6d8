"""Holds: keeping a slot for somebody until a moment that is always set, and what becomes of it (ADR 0010).

A hold is a row in the constrained table like an event, so nobody can take what it keeps. Once its end has come it
counts for nothing, swept or not. Source: rules, section 9.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from psycopg import errors as db_errors

from openslot.core.errors import Forbidden, NotFound, SlotTaken, TooMany, invalid
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.core.roles import Action
from openslot.db import assignments, event_types, holds, occupancy
from openslot.db.holds import Hold, HoldQuotas
from openslot.db.pool import Conn
from openslot.security.tokens import digest, new_token
from openslot.services import access, serving
from openslot.services.access import Principal
from openslot.services.booking import placing, request_mails, seating
from openslot.services.mails.kinds import Kind
from openslot.services.serving import Served
from openslot.services.terms import Terms


class Reason(StrEnum):
    """What a slot is held for."""

    FORM = "form"
    PAYMENT = "payment"
    APPROVAL = "approval"
    WAITLIST = "waitlist"
    POLL = "poll"


LASTS = {
    Reason.FORM: timedelta(minutes=10),
    Reason.PAYMENT: timedelta(minutes=30),
    Reason.APPROVAL: timedelta(days=1),
    Reason.WAITLIST: timedelta(hours=12),
    Reason.POLL: timedelta(days=7),
}
"""How long each kind lasts unless the caller sets another time. None lasts for good."""
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=31)
MAX_WAIT = timedelta(hours=1)
"""How long a refused caller is to wait at most: a hold may be given up long before its end."""
UNBOUNDED = HoldQuotas()
OVER = {
    "user": "You hold too many starts. Give one up, or wait until one expires.",
    "address": "Too many starts are held from this address. Try again later.",
    "email": "Too many requests of this e-mail address wait for an answer. Try again later.",
}
"""The message where a quota has no room."""


@dataclass(frozen=True)
class Held:
    """A new hold, and the token with which its owner uses or gives it up; shown here and never again."""

    hold: Hold
    token: str = field(repr=False)


async def place(
    conn: Conn,
    organization_id: UUID,
    event_type_id: UUID,
    start_time: datetime,
    *,
    reason: Reason,
    lasts: timedelta | None = None,
    duration_minutes: int | None = None,
    holder_id: UUID | None = None,
    share: HoldQuotas = UNBOUNDED,
    now: datetime,
) -> Held:
    """Keep a start, or a seat of it, in the caller's transaction.

    ``holder_id`` is the member who makes it, ``share`` what such a one may hold at a time (ADR 0029).

    Raises:
        NotFound: no such event type, or it takes no bookings. Invalid: it is to last no time.
        SlotUnavailable: the start is not on offer. SlotTaken: somebody else was quicker.
        TooMany: it would be more than the share.
    """
    lasts = _time_of(reason, lasts)
    served = await serving.serve(conn, organization_id, event_type_id)
    if not served.is_open:
        raise NotFound("event type")
    terms = Terms(duration_minutes=duration_minutes)
    return await place_served(
        conn, served.on(terms), start_time, reason=reason, lasts=lasts, holder_id=holder_id, share=share, now=now
    )


async def place_served(
    conn: Conn,
    served: Served,
    start_time: datetime,
    *,
    reason: Reason,
    lasts: timedelta | None = None,
    booking: dict[str, Any] | None = None,
    holder_id: UUID | None = None,
    share: HoldQuotas = UNBOUNDED,
    now: datetime,
) -> Held:
    """The same for an event type that is at hand, on the terms of the holder.

    ``booking`` is kept with it, for a hold that somebody else confirms.

    Raises:
        Invalid, SlotUnavailable, SlotTaken, TooMany: as ``place``.
    """
    lasts = _time_of(reason, lasts)
    organization_id = served.organization_id
    placement = await placing.place(conn, served, start_time, now=now)
    meeting = placement.meeting
    hold = Hold(
        id=new_id(),
        organization_id=organization_id,
        scheduled_event_id=placement.event_id,
        event_type_id=served.id,
        user_ids=placement.host_ids,
        start_time=meeting.start,
        end_time=meeting.end,
        reason=reason,
        booking=booking,
        holder_id=holder_id,
        expires_at=now + lasts,
        created_at=now,
    )
    if not placement.is_made:  # else the event itself keeps the time
        await _occupy(conn, placement.served, hold, meeting)
        if placement.joins:  # and the holds that share it are for the same hosts, should one of them be another now
            await holds.set_hosts(conn, organization_id, hold.scheduled_event_id, hold.user_ids)
        await seating.assign(conn, placement, placement.hosts, now=now)
    token = new_token()
    over = await holds.insert(conn, hold, digest(token), share)
    if over.quota is not None and over.until is not None:
        wait = min(over.until - now, MAX_WAIT)
        raise TooMany(OVER[over.quota], retry_after_seconds=wait.total_seconds())
    return Held(hold, token)


def _time_of(reason: Reason, lasts: timedelta | None) -> timedelta:
    lasts = LASTS[reason] if lasts is None else lasts
    if not timedelta() < lasts <= LONGEST:
        raise invalid("lasts", "must be more than nothing and at most 31 days")
    return lasts


async def held_by(conn: Conn, token: str | None, event_type_id: UUID, *, now: datetime) -> Hold | None:
    """The standing hold of who has ``token``; None where it has ended, or is of another event type.

    Its owner may book all the same, as anybody may: if nobody took the slot meanwhile, it is there.
    """
    if token is None:
        return None
    found = await holds.get_by_owner(conn, digest(token))
    if found is None or found.event_type_id != event_type_id or found.expires_at <= now:
        return None
    return found


async def give_up(conn: Conn, token: str, *, now: datetime) -> None:
    """End the hold of who has ``token``, in the caller's transaction; nothing happens where there is none."""
    found = await holds.get_by_owner(conn, digest(token))
    if found is not None:
        await end(conn, found, now=now)


async def find(conn: Conn, principal: Principal, hold_id: UUID, *, now: datetime) -> Hold:
    """A standing hold that the caller may end: one's own, on one's own time or that of members of a group one leads.

    Raises:
        NotFound: no such hold, or it has ended. Forbidden: neither its holder nor a host of it, as a plain member.
    """
    found = await holds.get(conn, principal.organization_id, hold_id)
    if found is None or found.expires_at <= now:
        raise NotFound("hold")
    if found.holder_id is not None and principal.reaches(Action.MANAGE_HOLD, found.holder_id):
        return found
    if not await access.reaches_any(conn, principal, Action.MANAGE_HOLD, found.user_ids):
        raise Forbidden
    return found


async def end(conn: Conn, hold: Hold, *, now: datetime) -> bool:
    """End a hold, whether it was still there; its time and its place in the ledger go with the last one of them.

    Under the locks of ``placing``, since others may come to share its time meanwhile.
    """
    await event_types.lock(conn, hold.organization_id, hold.event_type_id)
    await occupancy.lock_hosts(conn, hold.user_ids, now=now)
    found = await holds.get(conn, hold.organization_id, hold.id)
    if found is None or not await holds.delete(conn, found):
        return False
    await assignments.release_unused(conn, [(found.organization_id, found.scheduled_event_id)], now=now)
    return True


async def sweep(conn: Conn, *, sandbox: UUID | None = None, now: datetime) -> int:
    """Free what holds kept whose end has come, or whose holder is a member no more; how many there were.

    Of one sandbox, whose clock shows ``now``; None: of all organizations that have no clock of their own.

    Under the locks of ``placing``, since somebody may be about to share the time of one. What another transaction has
    locked is left for the next time: so it waits for nobody, and nobody can end up waiting for it in a circle.
    """
    async with conn.transaction():
        ended = [
            *await holds.list_ended(conn, sandbox=sandbox, now=now),
            *await holds.list_abandoned(conn, sandbox=sandbox, now=now),
        ]
        types = await event_types.lock_now(conn, [(one.organization_id, one.event_type_id) for one in ended])
        hosts = await occupancy.lock_hosts_now(conn, [user for one in ended for user in one.user_ids])
        ended = [one for one in ended if one.event_type_id in types and hosts.issuperset(one.user_ids)]
        over = await holds.delete_ended(conn, [one for one in ended if one.expires_at <= now], now=now)
        abandoned = [one for one in ended if one.expires_at > now and await holds.delete(conn, one)]
        gone = [*over, *abandoned]
        await assignments.release_unused(conn, [(one.organization_id, one.scheduled_event_id) for one in gone], now=now)
        for one in over:
            if one.reason == Reason.APPROVAL:
                await request_mails.announce(conn, one, to_invitee=Kind.EXPIRED, to_hosts=Kind.EXPIRED, now=now)
    return len(gone)


async def _occupy(conn: Conn, served: Served, hold: Hold, meeting: Interval) -> None:
    interval = served.buffered(meeting)
    numbers = served.numbers_of(hold.user_ids)
    try:
        await occupancy.hold(
            conn,
            hold.organization_id,
            hold.scheduled_event_id,
            hold.event_type_id,
            meeting,
            spans=[(user, number, interval) for user, number in numbers.items()],
            expires_at=hold.expires_at,
        )
    except (db_errors.ExclusionViolation, db_errors.DeadlockDetected) as exc:
        raise SlotTaken(hold.start_time) from exc
