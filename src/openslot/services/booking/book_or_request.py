"""Taking a slot: whether it is booked or requested, who may set rules aside, and what is owed where it is gone.

Pages and API come here, and each caller after them: the rules of ADR 0012 are decided in this place alone.
"""

from dataclasses import dataclass
from datetime import datetime

from openslot.core.errors import SlotUnavailable
from openslot.db.holds import HoldQuotas
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services.access import Principal
from openslot.services.booking import approvals, booking, holds, refunds
from openslot.services.booking.command import Booked, Booking
from openslot.services.booking.holds import UNBOUNDED, Held
from openslot.services.serving import Served


@dataclass(frozen=True)
class Requested:
    """The slot is held until a host has answered."""

    held: Held


@dataclass(frozen=True)
class Refused:
    """The slot is gone, and its payment is recorded as owed: the caller commits that, so this is not raised."""

    reason: SlotUnavailable


async def as_visitor(
    conn: Conn, wanted: Booking, *, share: HoldQuotas = UNBOUNDED, uris: Uris, now: datetime
) -> Booked | Requested | Refused:
    """Book the slot, or request it where the event type requires approval; ``share`` is what a visitor may hold.

    Raises:
        NotFound, LinkEnded, Invalid: as ``booking.book``. TooMany: as ``holds.place``.
        SlotUnavailable, SlotTaken: the slot is gone, and nothing is owed.
    """
    served = await booking.open_to(conn, wanted, now=now)
    if served.row.requires_approval:
        return Requested(await approvals.request_served(conn, served, wanted, share=share, uris=uris, now=now))
    return await _book(conn, served, wanted, uris=uris, now=now)


async def as_member(
    conn: Conn, principal: Principal, wanted: Booking, *, uris: Uris, now: datetime
) -> Booked | Refused:
    """Book the slot. Members speak for the organization, so nobody has to approve (ADR 0012).

    Raises:
        NotFound, LinkEnded, Invalid: as ``booking.book``.
        Forbidden: rules are to be set aside by neither an admin nor the owner of the event type nor one of its hosts.
        SlotUnavailable, SlotTaken: the slot is gone, and nothing is owed.
    """
    served = await booking.open_to(conn, wanted, by=principal, now=now)
    return await _book(conn, served, wanted, uris=uris, now=now)


async def _book(conn: Conn, served: Served, wanted: Booking, *, uris: Uris, now: datetime) -> Booked | Refused:
    hold = await holds.held_by(conn, wanted.hold_token, served.id, now=now)
    if wanted.payment is None:  # nothing can be owed, so the caller's transaction is all that is to be undone
        return await booking.book_served(conn, served, wanted, hold=hold, uris=uris, now=now)
    try:
        async with conn.transaction():  # a refusal undoes the booking, but not the record of what is owed
            return await booking.book_served(conn, served, wanted, hold=hold, uris=uris, now=now)
    except SlotUnavailable as gone:
        if not await refunds.owe(conn, served, wanted, uris=uris, now=now):
            raise
        return Refused(gone)
