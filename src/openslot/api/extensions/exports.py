"""Everything of one kind, as JSON lines: for backups, warehouses and moves to another service (ADR 0039).

Rows are read page by page, in the order of their ids, each page on a connection of its own: an export of any size takes
the memory of one page, and holds neither a connection nor a transaction while its caller reads slowly.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

from litestar import get
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Struct

from openslot.api.calls import ThisCall, bearer_token
from openslot.api.decoding import query_of
from openslot.core.errors import Busy, NotFound, invalid
from openslot.core.ids import parse_id
from openslot.core.roles import Action
from openslot.db import contacts, event_types, invitees, memberships, routing_forms, scheduled_event_lists
from openslot.db.connection_shares import Address, Shares
from openslot.db.pool import Conn
from openslot.db.rows import Key, PageOf, PageRequest
from openslot.edges import AnyRequest
from openslot.presenters import contacts as present_contacts
from openslot.presenters import event_types as present_event_types
from openslot.presenters import invitees as present_invitees
from openslot.presenters import organizations as present_organizations
from openslot.presenters import routing_forms as present_routing_forms
from openslot.presenters import scheduled_events as present_events
from openslot.presenters.uris import Uris
from openslot.security.tokens import digest
from openslot.services import access
from openslot.services.access import Principal
from openslot.wire import codec
from openslot.wire.exports import ExportedScheduledEvent

MEDIA_TYPE = "application/x-ndjson"
ROWS = 200
"""Per page. An event of a class brings all its invitees along."""


class Source(NamedTuple):
    """Where a page comes from."""

    conn: Conn
    principal: Principal
    uris: Uris
    now: datetime

    @property
    def organization_id(self) -> UUID:
        return self.principal.organization_id


class Batch(NamedTuple):
    """A page as lines, and where the next one begins; None: this was the last."""

    lines: bytes
    next: tuple[Any, ...] | None


Read = Callable[[Source, PageRequest], Awaitable[Batch]]


class Kind(NamedTuple):
    """What can be exported."""

    scope: str
    id: LiteralString
    """The column to sort by."""
    read: Read
    for_admins: bool = True
    """Else anybody exports what is their own."""


async def _event_types(source: Source, page: PageRequest) -> Batch:
    found = await event_types.list_page(source.conn, source.organization_id, event_types.Filters(), page)
    return _batch(found, (present_event_types.event_type(row, source.uris) for row in found.rows))


async def _scheduled_events(source: Source, page: PageRequest) -> Batch:
    filters = scheduled_event_lists.Filters(organization_id=source.organization_id)
    found = await scheduled_event_lists.list_page(source.conn, filters, page)
    of_event: dict[UUID, list[invitees.Invitee]] = {row.id: [] for row in found.rows}
    for one in await invitees.list_of_events(source.conn, source.organization_id, list(of_event)):
        of_event[one.scheduled_event_id].append(one)

    def lines() -> Iterable[ExportedScheduledEvent]:
        for row in found.rows:
            event = present_events.scheduled_event(row, source.uris)
            fields = {name: getattr(event, name) for name in event.__struct_fields__}
            who = [present_invitees.invitee(one, source.uris) for one in of_event[row.id]]
            yield ExportedScheduledEvent(**fields, invitees=who)

    return _batch(found, lines())


async def _contacts(source: Source, page: PageRequest) -> Batch:
    user_id = source.principal.user.id
    filters = contacts.Filters()
    found = await contacts.list_page(source.conn, source.organization_id, user_id, page, filters, now=source.now)
    return _batch(found, (present_contacts.contact(row, source.uris) for row in found.rows))


async def _memberships(source: Source, page: PageRequest) -> Batch:
    found = await memberships.list_page(source.conn, source.organization_id, page)
    return _batch(found, (present_organizations.membership(row, source.uris) for row in found.rows))


async def _routing_forms(source: Source, page: PageRequest) -> Batch:
    found = await routing_forms.list_page(source.conn, source.organization_id, page)
    return _batch(found, (present_routing_forms.routing_form(row, source.uris) for row in found.rows))


async def _submissions(source: Source, page: PageRequest) -> Batch:
    found = await routing_forms.list_submissions_page(source.conn, source.organization_id, None, page)
    return _batch(found, (present_routing_forms.submission(row, source.uris) for row in found.rows))


KINDS = {
    "event_types": Kind("event_types:read", "event_types.id", _event_types),
    "scheduled_events": Kind("scheduled_events:read", "scheduled_events.id", _scheduled_events),
    "contacts": Kind("contacts:read", "contacts.id", _contacts, for_admins=False),
    "organization_memberships": Kind("organizations:read", "membership.id", _memberships),
    "routing_forms": Kind("routing_forms:read", "routing_forms.id", _routing_forms),
    "routing_form_submissions": Kind("routing_forms:read", "routing_form_submissions.id", _submissions),
}
"""By the last part of the path."""


class GetExport(Struct, kw_only=True):
    """Ours."""

    after: str | None = None


@get("/openslot/exports/{kind:str}", scope=tuple(sorted({one.scope for one in KINDS.values()})))
async def export(call: ThisCall, request: AnyRequest, kind: FromPath[str]) -> Stream:
    """All of a kind that the caller may read.

    Raises:
        NotFound: no such kind. Forbidden: it is for admins and owners. MissingScope: it needs another scope.
        Invalid: ``after`` names no resource.
    """
    query = await query_of(request, GetExport)
    wanted = KINDS.get(kind)
    if wanted is None:
        raise NotFound("kind of export")
    call.principal.require_scope(wanted.scope)
    if wanted.for_admins:
        call.principal.require(Action.EXPORT)
    page = PageRequest((Key(wanted.id),), ROWS, _cursor(query.after))
    first = await wanted.read(Source(call.conn, call.principal, call.uris, call.now), page)
    token = bearer_token(request.headers.get("authorization"))
    return Stream(_lines(request.app.state, token, wanted, page, first), media_type=MEDIA_TYPE)


async def _lines(state: State, token: str, kind: Kind, page: PageRequest, batch: Batch) -> AsyncIterator[bytes]:
    """The first batch and all that follow; breaks off if the caller may not read on, or no connection is to be had.

    Then the answer has no end, as HTTP sees it, and the caller goes on after the last whole line.
    """
    yield batch.lines
    while batch.next is not None:
        batch = await _next_batch(state, token, kind, page._replace(cursor=batch.next))
        yield batch.lines


async def _next_batch(state: State, token: str, kind: Kind, page: PageRequest) -> Batch:
    shares: Shares = state.shares
    now = state.clock()
    async with shares.connection(Address("token", digest(token))) as lease:
        principal = await access.authenticate(lease.conn, token, now=now)
        if not lease.belongs_to(principal.organization_id):
            raise Busy("the organization's connections are taken")
        principal.require_scope(kind.scope)
        if kind.for_admins:
            principal.require(Action.EXPORT)
        return await kind.read(Source(lease.conn, principal, state.uris, principal.clock(now)), page)


def _cursor(after: str | None) -> tuple[UUID] | None:
    if after is None:
        return None
    found = parse_id(after.rstrip("/").rpartition("/")[2])
    if found is None:
        raise invalid("after")
    return (found,)


def _batch(found: PageOf[Any], resources: Iterable[Struct]) -> Batch:
    return Batch(b"".join(codec.encode(one) + b"\n" for one in resources), found.next)


HANDLERS = [export]
