"""The event log as the activity log shows it: what happened, with who made it happen.

Test events are left out, and what happens to contacts and recaps of meetings: those are their user's own, whom admins
do not look over.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from msgspec import Struct

from openslot.core.ids import first_id_after, first_id_at
from openslot.db.events import OF_USERS
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_one, fetch_page

MAX_COUNTED = 10_000
"""So many entries are counted; a log may have millions."""


class Entry(Struct, frozen=True, kw_only=True):
    id: UUID
    """Ordered by time, to the millisecond."""
    organization_id: UUID
    namespace: str
    """The name of the event up to the dot."""
    action: str
    occurred_at: datetime
    correlation_id: UUID
    event_type_id: UUID | None
    user_ids: list[UUID]
    payload: str
    """JSON text."""
    actor_id: UUID | None
    """The user whose token made the call; None: an invitee, or the service by itself."""
    actor_key: str
    """The same as text; empty where there is none."""
    actor_name: str
    """The user's name as it is now; empty where there is no user."""
    actor_email: str | None
    actor_role: str | None


class Counted(Struct, frozen=True):
    """How many entries there are, ``MAX_COUNTED`` + 1 at most, and when the newest of them occurred."""

    total: int
    newest: datetime | None


class Filters(Struct, frozen=True, kw_only=True):
    """Filters of the log; None: no restriction."""

    actor_ids: Sequence[UUID] | None = None
    namespaces: Sequence[str] | None = None
    actions: Sequence[str] | None = None
    since: datetime | None = None
    """Included."""
    until: datetime | None = None
    """Included."""
    pattern: str | None = None
    """A regular expression (``core.search_terms``) for the name, the actor and all values of the payload."""


_SELECT: LiteralString = f"""
    SELECT * FROM (
        SELECT event.id, event.organization_id, split_part(event.name, '.', 1) AS namespace,
            substr(event.name, strpos(event.name, '.') + 1) AS action, event.occurred_at, event.correlation_id,
            event.event_type_id, event.user_ids, event.payload, event.actor_id,
            coalesce(event.actor_id::text, '') AS actor_key, coalesce(actor.name, '') AS actor_name,
            actor.email AS actor_email, membership.role AS actor_role
        FROM events AS event
        LEFT JOIN users AS actor ON actor.id = event.actor_id
        LEFT JOIN organization_memberships AS membership
          ON membership.organization_id = event.organization_id AND membership.user_id = event.actor_id
        WHERE event.test_of IS NULL AND NOT {OF_USERS.format("event.name")}
    ) AS entry
"""
# Values are separated by a character that no phrase spans.
_DOCUMENT: LiteralString = """
    concat_ws(chr(31), entry.namespace, entry.action, entry.actor_name, entry.actor_email, (
        SELECT string_agg(value #>> '{}', chr(31))
        FROM jsonb_path_query(entry.payload::jsonb, 'strict $.** ? (@.type() == "string" || @.type() == "number")')
            AS value))
"""


async def list_page(conn: Conn, organization_id: UUID, filters: Filters, page: PageRequest) -> PageOf[Entry]:
    """One page of an organization's activity log."""
    return await fetch_page(conn, Entry, _SELECT, _conditions(filters), _params(organization_id, filters), page)


async def count(conn: Conn, organization_id: UUID, filters: Filters) -> Counted:
    """Count the entries that the filters leave, up to a bound."""
    statement: LiteralString = f"""
        SELECT count(*) AS total, max(occurred_at) AS newest FROM (
            {_SELECT} WHERE {" AND ".join(_conditions(filters))} ORDER BY entry.id DESC LIMIT %(_most)s
        ) AS counted
    """
    params = _params(organization_id, filters) | {"_most": MAX_COUNTED + 1}
    return await fetch_one(conn, Counted, statement, params) or Counted(0, None)


def _conditions(filters: Filters) -> list[LiteralString]:
    conditions: list[LiteralString] = ["entry.organization_id = %(organization_id)s"]
    if filters.actor_ids is not None:
        conditions.append("entry.actor_id = ANY (%(actor_ids)s)")
    if filters.namespaces is not None:
        conditions.append("entry.namespace = ANY (%(namespaces)s)")
    if filters.actions is not None:
        conditions.append("entry.action = ANY (%(actions)s)")
    if filters.since is not None:
        conditions.append("entry.occurred_at >= %(since)s AND entry.id >= %(first_id)s")
    if filters.until is not None:
        conditions.append("entry.occurred_at <= %(until)s AND entry.id < %(end_id)s")
    if filters.pattern is not None:
        conditions.append(f"{_DOCUMENT} ~* %(pattern)s")
    return conditions


def _params(organization_id: UUID, filters: Filters) -> dict[str, Any]:
    return {
        "organization_id": organization_id, "since": filters.since, "until": filters.until, "pattern": filters.pattern,
        "actor_ids": None if filters.actor_ids is None else list(filters.actor_ids),
        "namespaces": None if filters.namespaces is None else list(filters.namespaces),
        "actions": None if filters.actions is None else list(filters.actions),
        "first_id": None if filters.since is None else first_id_at(filters.since),
        "end_id": None if filters.until is None else first_id_after(filters.until),
    }  # fmt: skip
