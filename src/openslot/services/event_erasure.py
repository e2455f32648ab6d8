"""Erasure of scheduled events by their time: nothing of them stays but a receipt (ADR 0015).

Only what is past can be erased, so no meeting is canceled by it.
"""

from datetime import datetime
from uuid import UUID

from openslot.core.errors import FieldError, Invalid
from openslot.core.ids import ordered_id
from openslot.core.roles import Action
from openslot.db import erasures, idempotency_keys, personal_data, scheduled_event_erasure
from openslot.db.erasures import Erasure
from openslot.db.pool import Conn
from openslot.services.access import Principal
from openslot.services.erasure import NOT_ALLOWED

YEARS = 2
"""So many between the first and the last start at most. Source: contract, POST /data_compliance/deletion/events."""


async def erase_as_admin(conn: Conn, principal: Principal, start: datetime, end: datetime, *, now: datetime) -> Erasure:
    """Erase the scheduled events of the caller's organization that start from ``start`` to ``end``, both included.

    What invitees answered in routing forms that led them to one goes as well, and so do booking requests for that time.

    Raises:
        Forbidden: a plain member. Invalid: not in the past, in the wrong order, or too long.
    """
    principal.require(Action.ERASE, NOT_ALLOWED)
    _check(start, end, now=now)
    organization_id = principal.organization_id
    await personal_data.lock(conn, organization_id)
    event_ids = await scheduled_event_erasure.lock_events(conn, organization_id, start, end)
    invitees = await scheduled_event_erasure.lock_invitees(conn, organization_id, event_ids)
    submissions = await _empty_submissions(conn, organization_id, [one.id for one in invitees], now=now)
    log_ids = await scheduled_event_erasure.list_log_events(conn, organization_id, event_ids, invitees, start, end)
    log_ids += await personal_data.list_events_of_chains(conn, organization_id, submissions)
    counts = await scheduled_event_erasure.delete_log_events(conn, organization_id, log_ids)
    counts["routing_form_submissions"] = len(submissions)
    await scheduled_event_erasure.unlink_moves(conn, organization_id, invitees)
    counts += await scheduled_event_erasure.delete_events(conn, organization_id, event_ids)
    counts["mails"] += await scheduled_event_erasure.delete_request_mails(conn, organization_id, start, end)
    counts["idempotency_keys"] = await idempotency_keys.erase_answers(conn, organization_id)
    receipt = Erasure(
        id=ordered_id(now),
        organization_id=organization_id,
        addresses=0,
        counts={table: number for table, number in sorted(counts.items()) if number},
        canceled=0,
        requested_by_id=principal.user.id,
        created_at=now,
        start_time=start,
        end_time=end,
    )
    await erasures.insert(conn, receipt)
    return receipt


async def _empty_submissions(
    conn: Conn, organization_id: UUID, invitee_ids: list[UUID], *, now: datetime
) -> list[UUID]:
    """Empty the submissions that led to the invitees, as for erased persons, and let them name nobody."""
    emptied = await personal_data.erase_submissions(conn, organization_id, invitee_ids, [], now=now)
    await scheduled_event_erasure.unlink_submissions(conn, organization_id, emptied)
    return emptied


def _check(start: datetime, end: datetime, *, now: datetime) -> None:
    errors = []
    if end >= now:
        errors.append(FieldError("end_time", "must be in the past"))
    if start >= end:
        errors.append(FieldError("start_time", "must be before end_time"))
    elif start < _years_before(end):
        errors.append(FieldError("start_time", "must be at most 24 months before end_time"))
    if errors:
        raise Invalid(*errors)


def _years_before(moment: datetime) -> datetime:
    year = moment.year - YEARS
    try:
        return moment.replace(year=max(year, 1))
    except ValueError:  # the 29th of February
        return moment.replace(year=year, day=28)
