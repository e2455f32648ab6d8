"""Lists of scheduled events, with their filters."""

from datetime import datetime
from typing import LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.db import invitees
from openslot.db.pool import Conn
from openslot.db.rows import Key, PageOf, PageRequest, fetch_page
from openslot.db.scheduled_events import COLUMNS, ScheduledEvent


class Filters(Struct, frozen=True, kw_only=True):
    """Filters of a list of scheduled events; None: no restriction."""

    organization_id: UUID | None
    host_id: UUID | None = None
    group_id: UUID | None = None
    """Events with a host who is in this group now; needs ``organization_id``."""
    invitee_email: str | None = None
    status: str | None = None
    min_start_time: datetime | None = None
    """Included."""
    max_start_time: datetime | None = None
    """Included."""


async def list_page(conn: Conn, filters: Filters, page: PageRequest) -> PageOf[ScheduledEvent]:
    """One page of scheduled events of an organization, or of one host over all organizations."""
    conditions: list[LiteralString] = ["true"]
    if filters.organization_id is not None:
        conditions.append("scheduled_events.organization_id = %(organization_id)s")
    tables = "scheduled_events"
    if filters.host_id is not None:
        # The host's rows contain the start as well, so that an index gives one host's events in order.
        tables = """scheduled_event_hosts AS serving
            JOIN scheduled_events ON scheduled_events.organization_id = serving.organization_id
             AND scheduled_events.id = serving.scheduled_event_id"""
        conditions.append("serving.user_id = %(host_id)s")
        page = page._replace(keys=tuple(_of_host(key) for key in page.keys))
    if filters.group_id is not None:
        conditions.append("""EXISTS (
            SELECT 1
            FROM scheduled_event_hosts AS hosting JOIN group_members
              ON group_members.organization_id = hosting.organization_id AND group_members.user_id = hosting.user_id
            WHERE hosting.organization_id = scheduled_events.organization_id
              AND hosting.scheduled_event_id = scheduled_events.id AND group_members.group_id = %(group_id)s)""")
    emails = None
    if filters.invitee_email is not None:
        emails = await invitees.list_spellings(conn, filters.organization_id, filters.invitee_email)
        conditions.append(f"""EXISTS (
            SELECT 1 FROM invitees
            WHERE invitees.organization_id = scheduled_events.organization_id
              AND invitees.scheduled_event_id = scheduled_events.id AND {invitees.WITH_ADDRESS})""")
    if filters.status is not None:
        conditions.append("scheduled_events.status = %(status)s")
    if filters.min_start_time is not None:
        conditions.append("scheduled_events.start_time >= %(min_start_time)s")
    if filters.max_start_time is not None:
        conditions.append("scheduled_events.start_time <= %(max_start_time)s")
    params = {name: getattr(filters, name) for name in Filters.__struct_fields__} | {"emails": emails}
    return await fetch_page(conn, ScheduledEvent, f"SELECT {COLUMNS} FROM {tables}", conditions, params, page)


def _of_host(key: Key) -> Key:
    """The same key in the host's rows: the cursor's row is found in their index only if it holds all of them."""
    return _HOST_COLUMNS.get(key.column, key)._replace(descending=key.descending)


_HOST_COLUMNS = {
    "scheduled_events.start_time": Key("serving.start_time"),
    "scheduled_events.id": Key("serving.scheduled_event_id", attribute="id"),
}
