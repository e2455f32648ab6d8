"""Erasure: what identifies an invitee or a guest is removed wherever it is (ADR 0015).

Counts, times and the calendar stay true: rows stay, and what is to come is canceled, so that its time is free again.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openslot.core.booking_form import INVALID
from openslot.core.contacts import known_address, unique_addresses
from openslot.core.errors import FieldError, Forbidden, Invalid, NotFound
from openslot.core.ids import ordered_id
from openslot.core.roles import Action
from openslot.db import erasures, idempotency_keys, invitees, meeting_recaps, occupancy, personal_data, redaction
from openslot.db import holds as held
from openslot.db.erasures import Erasure
from openslot.db.holds import Hold
from openslot.db.meeting_recaps import MeetingRecap
from openslot.db.personal_data import KnownContact, Trace
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services import outbox
from openslot.services.access import Principal
from openslot.services.booking import cancellation
from openslot.services.booking.cancellation import Canceler

NOT_ALLOWED = "You must be an admin/owner to use this resource."
REASON = "Personal data erased"
"""Why an event to come was canceled."""


async def erase_as_admin(
    conn: Conn, principal: Principal, emails: Sequence[str], *, uris: Uris, now: datetime
) -> Erasure:
    """Erase persons from the caller's organization, as an admin or owner.

    Raises:
        Forbidden: a plain member. Invalid: as below.
    """
    principal.require(Action.ERASE, NOT_ALLOWED)
    return await erase_invitees(conn, principal.organization_id, emails, requested_by=principal, uris=uris, now=now)


async def get(conn: Conn, principal: Principal, erasure_id: UUID) -> Erasure:
    """One receipt, as an admin or owner.

    Raises:
        Forbidden: a plain member. NotFound: no such receipt in the organization.
    """
    principal.require(Action.ERASE, NOT_ALLOWED)
    found = await erasures.get(conn, principal.organization_id, erasure_id)
    if found is None:
        raise NotFound("erasure")
    return found


async def erase_invitees(
    conn: Conn,
    organization_id: UUID,
    emails: Sequence[str],
    *,
    requested_by: Principal | None = None,
    uris: Uris,
    now: datetime,
) -> Erasure:
    """Erase the persons with these addresses from an organization, in the caller's transaction; the receipt.

    An address is compared whole, however it is written. Repeating it changes nothing but for the new receipt.

    Raises:
        Invalid: what is no e-mail address; each is named by its place.
    """
    addressed = _checked(emails)
    addresses = await personal_data.list_spellings(conn, organization_id, addressed)
    found = await _hold(conn, organization_id, addresses, now=now)
    counts = await _erase(conn, organization_id, found, addresses, now=now)
    canceled = await _cancel(conn, organization_id, found.invitees, requested_by, uris=uris, now=now)
    for contact in found.contacts:
        await outbox.record_deleted_contact(conn, organization_id, contact.user_id, contact.id, uris, now=now)
    for recap in found.recaps:
        await outbox.record_deleted_recap(conn, recap, uris, now=now)
    receipt = Erasure(
        id=ordered_id(now),
        organization_id=organization_id,
        addresses=len(addressed),
        counts={table: number for table, number in sorted(counts.items()) if number},
        canceled=canceled,
        requested_by_id=None if requested_by is None else requested_by.user.id,
        created_at=now,
    )
    await erasures.insert(conn, receipt)
    return receipt


@dataclass(frozen=True)
class _Found:
    """Where the persons are the subject, all of it locked."""

    invitees: Sequence[Trace]
    requests: Sequence[Hold]
    """Bookings that wait for the host."""
    contacts: Sequence[KnownContact]
    recaps: Sequence[MeetingRecap]
    """Of every meeting that they were in: who else said what can't be known."""
    logged_recaps: Sequence[UUID]
    """Events of the log about recaps of those meetings."""


def _checked(emails: Sequence[str]) -> list[str]:
    """The addresses, each person's once. One that would be refused today may have been stored before."""
    addresses = [known_address(email) for email in emails]
    errors = [FieldError(f"emails[{index}]", INVALID) for index, one in enumerate(addresses) if one is None]
    if errors:
        raise Invalid(*errors)
    return unique_addresses(one for one in addresses if one is not None)


async def _hold(conn: Conn, organization_id: UUID, addresses: Sequence[str], *, now: datetime) -> _Found:
    """Find and lock, in the order of all who lock: event types, hosts, scheduled events.

    Who moves a booking meanwhile makes a new one with the same address, so it is looked for until nothing is added.
    """
    await personal_data.lock(conn, organization_id)
    locked: list[UUID] = []
    while True:
        requests = await held.list_requested_by(conn, organization_id, addresses)
        events = await personal_data.list_events(conn, organization_id, addresses)
        await personal_data.lock_ledgers(conn, organization_id, events, now=now)
        await occupancy.lock_hosts(conn, list({user for hold in requests for user in hold.user_ids}), now=now)
        await personal_data.lock_events(conn, organization_id, events)
        if set(events) <= set(locked):
            return _Found(
                await personal_data.list_invitees(conn, organization_id, addresses),
                requests,
                await personal_data.list_contacts(conn, organization_id, addresses),
                await meeting_recaps.list_of_events(conn, organization_id, events),
                await personal_data.list_events_about_recaps(conn, organization_id, events) if events else [],
            )
        locked = events


async def _erase(
    conn: Conn, organization_id: UUID, found: _Found, addresses: Sequence[str], *, now: datetime
) -> Counter[str]:
    """Take everything out; how many rows of each table had something."""
    counts: Counter[str] = Counter()
    ids = [one.id for one in found.invitees]
    events = await personal_data.erase_from_scheduled_events(conn, organization_id, ids, now=now)
    submissions = await personal_data.erase_submissions(conn, organization_id, ids, addresses, now=now)
    counts["scheduled_events"] = len(events)
    counts["routing_form_submissions"] = len(submissions)
    counts["guests"] = await personal_data.delete_guests(conn, organization_id, ids, addresses)
    counts["holds"] = await personal_data.delete_held_guests(conn, organization_id, addresses) + len(found.requests)
    for request in found.requests:
        await held.delete(conn, request)
    recap_ids = [one.id for one in found.recaps]
    counts["meeting_recaps"] = await personal_data.delete_recaps(conn, organization_id, recap_ids)
    counts.update(await personal_data.delete_contacts(conn, organization_id, [one.id for one in found.contacts]))
    counts["invitations"] = await personal_data.delete_invitations(conn, organization_id, addresses)
    chains = {one.chain_id for one in found.invitees}.union(
        submissions, (one.id for one in found.requests), (one.id for one in found.contacts)
    )
    places = {one.id: one.place for one in events if one.place is not None}
    counts += await _erase_log(conn, organization_id, sorted(chains), found.logged_recaps, places, addresses, now=now)
    counts["invitees"] = await personal_data.erase_invitees(conn, organization_id, ids, now=now)
    counts.update(await redaction.redact_texts(conn, organization_id, addresses))
    counts["idempotency_keys"] = await idempotency_keys.erase_answers(conn, organization_id)
    counts["procrastinate_jobs"] = await redaction.redact_jobs(conn, organization_id, addresses)
    return counts


async def _erase_log(
    conn: Conn,
    organization_id: UUID,
    chains: Sequence[UUID],
    also: Sequence[UUID],
    places: Mapping[UUID, str],
    addresses: Sequence[str],
    *,
    now: datetime,
) -> Counter[str]:
    """Events about the persons become tombstones and are delivered no more; others only lose the mention."""
    mentioning = await redaction.list_mentioning_events(conn, organization_id, addresses)
    buried = await personal_data.erase_events(conn, organization_id, chains, mentioning, addresses, also=also, now=now)
    redacted = {
        *await redaction.redact_events(conn, organization_id, mentioning, addresses),
        *await personal_data.erase_place_from_events(conn, organization_id, places),
    }
    touched = [*buried, *redacted]
    return Counter(
        {
            "events": len(touched),
            "deliveries": await personal_data.discard_deliveries(conn, organization_id, buried, now=now),
            "delivery_attempts": await personal_data.erase_attempts(conn, organization_id, touched),
        }
    )


async def _cancel(
    conn: Conn,
    organization_id: UUID,
    found: Sequence[Trace],
    requested_by: Principal | None,
    *,
    uris: Uris,
    now: datetime,
) -> int:
    """Cancel what is to come, as a host would; how many. Comes last, so that what is recorded of it names nobody."""
    canceled = 0
    for one in found:
        row = await invitees.get(conn, organization_id, one.id)
        assert row is not None  # it is locked
        try:
            invitee, event = await cancellation.hold_for_invitee(conn, row, now=now)
        except Forbidden:  # canceled already, or past
            continue
        name = (
            requested_by.user.name if requested_by is not None else next((host.user_name for host in event.hosts), "")
        )
        by = Canceler(name, "host")
        await cancellation.leave(conn, invitee, event, by=by, reason=REASON, uris=uris, now=now)
        canceled += 1
    return canceled
