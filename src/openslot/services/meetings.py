"""Meetings as their hosts see them, and those who run the organization: lists, and one with all that belongs to it.

Whose meetings a member sees is the API's rule (behaviours, section 7): one's own, and everybody's as admin or owner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from openslot.core.errors import Forbidden, NotFound
from openslot.core.roles import Action
from openslot.db import invitees, scheduled_event_lists, scheduled_events
from openslot.db.invitees import Invitee
from openslot.db.pool import Conn
from openslot.db.rows import Key, PageOf, PageRequest
from openslot.db.scheduled_event_lists import Filters
from openslot.db.scheduled_events import ScheduledEvent
from openslot.services import access
from openslot.services.access import Principal


class When(StrEnum):
    """Which meetings a list has."""

    UPCOMING = "upcoming"
    PAST = "past"
    CANCELED = "canceled"


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a list of meetings is narrowed to."""

    when: When = When.UPCOMING
    host_id: UUID | None = None
    invitee_email: str | None = None
    since: datetime | None = None
    """Included."""
    until: datetime | None = None
    """Included."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """The order: what comes next first, or what was last."""
        is_newest_first = self.when is not When.UPCOMING
        return (
            Key("scheduled_events.start_time", descending=is_newest_first),
            Key("scheduled_events.id", descending=is_newest_first),
        )


@dataclass(frozen=True)
class Listed:
    """A page of meetings, with who takes part in each."""

    page: PageOf[ScheduledEvent]
    invitees: Mapping[UUID, Sequence[Invitee]]
    """By the id of the event, in the order in which they booked."""


async def list_page(conn: Conn, principal: Principal, search: Search, page: PageRequest, *, now: datetime) -> Listed:
    """One page of the meetings that the caller sees.

    Raises:
        Forbidden: those of somebody else are wanted, whom the caller is not in charge of.
    """
    host_id = search.host_id
    if host_id is not None:
        await access.supervised(conn, principal, host_id, Action.LIST_EVENTS_OF_USER)
    elif not principal.reaches_all(Action.LIST_EVENTS):
        host_id = principal.user.id
    since, until = search.since, search.until
    if search.when is When.UPCOMING:
        since = now if since is None else max(since, now)
    if search.when is When.PAST:
        until = now if until is None else min(until, now)
    filters = Filters(
        organization_id=principal.organization_id,
        host_id=host_id,
        invitee_email=search.invitee_email,
        status="canceled" if search.when is When.CANCELED else "active",
        min_start_time=since,
        max_start_time=until,
    )
    found = await scheduled_event_lists.list_page(conn, filters, page)
    return Listed(found, await _invitees_of(conn, principal.organization_id, [one.id for one in found.rows]))


async def get(conn: Conn, principal: Principal, event_id: UUID) -> tuple[ScheduledEvent, Sequence[Invitee]]:
    """One meeting with all its invitees, canceled ones included.

    Raises:
        NotFound: no such event in the organization. Forbidden: neither a host nor in charge of one.
    """
    event = await scheduled_events.get(conn, principal.organization_id, event_id)
    if event is None:
        raise NotFound("scheduled event")
    if not await access.may_manage_event(conn, principal, event):
        raise Forbidden
    found = await _invitees_of(conn, principal.organization_id, [event.id])
    return event, found.get(event.id, [])


async def _invitees_of(
    conn: Conn, organization_id: UUID, event_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[Invitee]]:
    by_event: dict[UUID, list[Invitee]] = {}
    for one in await invitees.list_of_events(conn, organization_id, event_ids) if event_ids else ():
        by_event.setdefault(one.scheduled_event_id, []).append(one)
    return by_event
