"""Who gets which mail when something has happened to a meeting, and what it does in the recipient's calendar.

Each function writes its mails in one statement, in the caller's transaction. The entry in a calendar stays the same
for the life of a meeting: an invitee's is of the chain of bookings, which a reschedule goes on with, and the host of a
single meeting has that one too. The host of a group event has one entry for all. Source: faces, section 3.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from openslot.core.contacts import is_same_address
from openslot.core.ids import new_id
from openslot.core.itip import Method
from openslot.db import mails, personal_data
from openslot.db.invitees import Invitee
from openslot.db.mails import NewMail
from openslot.db.pool import Conn
from openslot.db.scheduled_events import EventHost, ScheduledEvent
from openslot.services.mails.kinds import Kind


class _Writer:
    """The mails about one invitee, which are written together."""

    def __init__(self, invitee: Invitee, event: ScheduledEvent, now: datetime) -> None:
        self.invitee, self.event, self.now = invitee, event, now
        self.mails: list[NewMail] = []

    def to_invitee(self, kind: Kind, method: Method | None = None, *, due_at: datetime | None = None) -> None:
        self._add(kind, "invitee", self.invitee.email, self.invitee.chain_id, method, due_at=due_at)

    def to_guests(self, kind: Kind, method: Method, guests: Iterable[str]) -> None:
        """Whoever takes part anyway has the entry already: a guest's cancellation would take it away."""
        others = [self.invitee.email, *(host.user_email for host in self.event.hosts)]
        for guest in guests:
            if any(is_same_address(guest, other) for other in others):
                continue
            self._add(kind, "guest", guest, self.invitee.chain_id, method)

    def to_hosts(
        self,
        kind: Kind,
        method: Method | None = None,
        *,
        hosts: Sequence[EventHost] | None = None,
        event: ScheduledEvent | None = None,
    ) -> None:
        event = event or self.event
        calendar_id = event.id if event.invitees_limit > 1 else self.invitee.chain_id
        for host in event.hosts if hosts is None else hosts:
            self._add(kind, "host", host.user_email, calendar_id, method, user_id=host.user_id, event=event)

    def remind(self, minutes: Sequence[int]) -> None:
        for before in sorted(set(minutes)):
            due_at = self.event.start_time - timedelta(minutes=before)
            if due_at > self.now:
                self.to_invitee(Kind.REMINDER, due_at=due_at)

    def _add(
        self,
        kind: Kind,
        role: str,
        recipient: str,
        calendar_id: UUID,
        method: Method | None,
        *,
        user_id: UUID | None = None,
        event: ScheduledEvent | None = None,
        due_at: datetime | None = None,
    ) -> None:
        if recipient.endswith(f"@{personal_data.DOMAIN}"):
            return  # an address that was erased, and reaches nobody
        new = NewMail(
            id=new_id(),
            organization_id=self.invitee.organization_id,
            kind=kind,
            role=role,
            recipient=recipient,
            user_id=user_id,
            scheduled_event_id=(event or self.event).id,
            invitee_id=self.invitee.id,
            calendar_id=None if method is None else calendar_id,
            method=method,
            due_at=due_at or self.now,
        )
        self.mails.append(new)

    async def write(self, conn: Conn) -> None:
        await mails.insert(conn, self.mails, now=self.now)


async def booked(
    conn: Conn,
    invitee: Invitee,
    event: ScheduledEvent,
    guests: Sequence[str],
    *,
    reminders: Sequence[int],
    was_requested: bool = False,
    now: datetime,
) -> None:
    """Somebody has booked, or a host has approved it; ``reminders`` are minutes before the start."""
    writer = _Writer(invitee, event, now)
    writer.to_hosts(Kind.BOOKED, Method.REQUEST)
    writer.to_invitee(Kind.APPROVED if was_requested else Kind.BOOKED, Method.REQUEST)
    writer.to_guests(Kind.INVITED, Method.REQUEST, guests)
    writer.remind(reminders)
    await writer.write(conn)


async def canceled(
    conn: Conn, invitee: Invitee, event: ScheduledEvent, guests: Sequence[str], *, with_hosts: bool, now: datetime
) -> None:
    """An invitee takes part no more; ``event`` is as it is after that. ``with_hosts``: once for each event."""
    writer = _Writer(invitee, event, now)
    writer.to_invitee(Kind.CANCELED, Method.CANCEL)
    writer.to_guests(Kind.CANCELED, Method.CANCEL, guests)
    if with_hosts:
        _leave_hosts(writer, event)
    await mails.delete_reminders(conn, invitee.organization_id, invitee.id, now=now)
    await writer.write(conn)


async def moved(
    conn: Conn,
    old: tuple[Invitee, ScheduledEvent],
    new: tuple[Invitee, ScheduledEvent],
    guests: Sequence[str],
    *,
    reminders: Sequence[int],
    now: datetime,
) -> None:
    """An invitee has another time; both events are as they are after that."""
    (old_invitee, old_event), (invitee, event) = old, new
    writer = _Writer(invitee, event, now)
    writer.to_invitee(Kind.MOVED, Method.REQUEST)
    writer.to_guests(Kind.MOVED, Method.REQUEST, guests)
    if event.invitees_limit > 1 or old_event.invitees_limit > 1:
        _leave_hosts(writer, old_event)
        writer.to_hosts(Kind.BOOKED, Method.REQUEST)
    else:
        before, after = ({host.user_id for host in one.hosts} for one in (old_event, event))
        stay = [host for host in event.hosts if host.user_id in before]
        come = [host for host in event.hosts if host.user_id not in before]
        leave = [host for host in old_event.hosts if host.user_id not in after and not _is_among(host, guests)]
        writer.to_hosts(Kind.MOVED, Method.REQUEST, hosts=stay)
        writer.to_hosts(Kind.BOOKED, Method.REQUEST, hosts=come)
        writer.to_hosts(Kind.HANDED_OVER, Method.CANCEL, hosts=leave, event=old_event)
    writer.remind(reminders)
    await mails.delete_reminders(conn, old_invitee.organization_id, old_invitee.id, now=now)
    await writer.write(conn)


def _is_among(host: EventHost, guests: Sequence[str]) -> bool:
    """Whether a host who leaves comes along nevertheless, and so keeps the entry."""
    return any(is_same_address(host.user_email, guest) for guest in guests)


def _leave_hosts(writer: _Writer, event: ScheduledEvent) -> None:
    """Without the invitee, the hosts' entry of ``event`` goes, or has one attendee less."""
    is_over = event.status == "canceled"
    writer.to_hosts(Kind.CANCELED if is_over else Kind.LEFT, Method.CANCEL if is_over else Method.REQUEST, event=event)


async def guests_changed(
    conn: Conn,
    invitee: Invitee,
    event: ScheduledEvent,
    *,
    added: Sequence[str] = (),
    removed: Sequence[str] = (),
    now: datetime,
) -> None:
    """An invitee brings along others than before; ``event`` is as it is after that."""
    writer = _Writer(invitee, event, now)
    others = [guest.email for guest in event.guests if guest.email not in {*added, *removed}]
    if event.invitees_limit > 1:
        others = []  # they may be those of other invitees, whose entry has not changed
    writer.to_guests(Kind.INVITED, Method.REQUEST, added)
    writer.to_guests(Kind.CANCELED, Method.CANCEL, removed)
    writer.to_guests(Kind.CHANGED, Method.REQUEST, others)
    writer.to_invitee(Kind.CHANGED, Method.REQUEST)
    writer.to_hosts(Kind.CHANGED, Method.REQUEST)
    await writer.write(conn)


async def to_reconfirm(conn: Conn, invitee: Invitee, event: ScheduledEvent, *, now: datetime) -> None:
    """An invitee is to confirm again."""
    writer = _Writer(invitee, event, now)
    writer.to_invitee(Kind.RECONFIRM)
    await writer.write(conn)
