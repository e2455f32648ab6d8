"""Event types of every kind: creating, reading and changing them; the standings of their hosts."""

from collections.abc import Sequence
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath
from msgspec import UNSET, UnsetType

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, optional_uri_id, path_id, query_of, uri_id
from openslot.api.pagination import PageQuery, SortField, Sorting, page_request, paged
from openslot.api.replies import CREATED, no_content, reply, resource
from openslot.core.event_type_form import HostTerms
from openslot.db import assignments
from openslot.edges import AnyRequest
from openslot.presenters import event_type_settings as present
from openslot.services import event_type_availability_schedules, event_type_settings, explaining, ledger, serving
from openslot.wire.common import Collection
from openslot.wire.event_type_settings import ChangeEventType, CreateEventType, HostSetting

LEDGER = Sorting(
    {"sequence": SortField("assignments.sequence", int)}, default="sequence:asc", tiebreak="assignments.sequence"
)


@post("/openslot/event_types", scope="event_types:write")
async def create_event_type(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """One's own; admins and owners make anybody's."""
    body = await body_of(request, CreateEventType)
    owner_id = call.user_id if body.owner is UNSET else uri_id(body.owner, "users", "owner")
    hosts = _hosts(body.hosts)
    made = await event_type_settings.create(
        call.conn,
        call.principal,
        owner_id,
        body,
        hosts=hosts,
        schedule_id=_schedule(body.availability_schedule),
        uris=call.uris,
        now=call.now,
    )
    return resource(present.settings(made, call.uris), status=CREATED)


@get("/openslot/event_types/{uuid:str}", scope="event_types:read")
async def get_event_type(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """With every rule; for admins, owners and the hosts."""
    served = await serving.find(call.conn, call.organization_id, path_id(uuid, "event type"))
    explaining.require_insight(call.principal, served)
    return resource(present.settings(served, call.uris))


@patch("/openslot/event_types/{uuid:str}", scope="event_types:write")
async def update_event_type(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """What is left out stays. Admin-managed ones are for admins and owners."""
    body = await body_of(request, ChangeEventType)
    hosts = _hosts(body.hosts)
    event_type_id = path_id(uuid, "event type")
    changed = await event_type_settings.change(
        call.conn,
        call.principal,
        event_type_id,
        body,
        hosts=hosts,
        schedule_id=_schedule(body.availability_schedule),
        uris=call.uris,
        now=call.now,
    )
    return resource(present.settings(changed, call.uris))


@delete("/openslot/event_types/{uuid:str}", status_code=204, scope="event_types:write")
async def delete_event_type(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Off every list; its events stay, and it stays readable by its id."""
    await event_type_settings.delete(
        call.conn, call.principal, path_id(uuid, "event type"), uris=call.uris, now=call.now
    )
    return no_content()


@delete("/openslot/event_types/{uuid:str}/hosts/{user_uuid:str}", status_code=204, scope="event_types:write")
async def delete_host(call: ThisCall, uuid: FromPath[str], user_uuid: FromPath[str]) -> Response[None]:
    """A host leaves, or is let go by the owner of the event type or an admin; what is booked stays."""
    event_type_id, user_id = path_id(uuid, "event type"), path_id(user_uuid, "host")
    await event_type_settings.take_out(call.conn, call.principal, event_type_id, user_id, uris=call.uris, now=call.now)
    return no_content()


@delete("/openslot/event_types/{uuid:str}/hosts/{user_uuid:str}/hours", status_code=204, scope="availability:write")
async def delete_host_hours(call: ThisCall, uuid: FromPath[str], user_uuid: FromPath[str]) -> Response[None]:
    """A host's schedule counts again, in place of hours for this event type alone; for the host and admins."""
    event_type_id, user_id = path_id(uuid, "event type"), path_id(user_uuid, "host")
    await event_type_availability_schedules.delete(
        call.conn, call.principal, event_type_id, user_id, uris=call.uris, now=call.now
    )
    return no_content()


@get("/openslot/event_types/{uuid:str}/standings", scope="event_types:read")
async def list_standings(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Who is next in a round robin, and why; for admins, owners and the hosts."""
    served = await serving.serve(call.conn, call.organization_id, path_id(uuid, "event type"))
    explaining.require_insight(call.principal, served.stored)
    rows = [
        present.standing(one.standing, one.pool, one.lead, is_hidden=one.is_hidden, uris=call.uris)
        for one in ledger.standings(served)
    ]
    return reply(Collection(rows))


@get("/openslot/event_types/{uuid:str}/ledger", scope="event_types:read")
async def list_ledger(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """Every fact the standings come from, in order, to be replayed; for admins, owners and the hosts."""
    query = await query_of(request, PageQuery)
    served = await serving.find(call.conn, call.organization_id, path_id(uuid, "event type"))
    explaining.require_insight(call.principal, served)
    page = await assignments.list_page(call.conn, call.organization_id, served.id, page_request(query, LEDGER))
    path = f"/openslot/event_types/{served.id}/ledger"
    return paged(request, call.uris, path, query, page, lambda row: present.ledger_entry(row, call.uris))


def _hosts(wanted: Sequence[HostSetting] | UnsetType) -> list[HostTerms] | None:
    """The hosts that a body names."""
    if isinstance(wanted, UnsetType):
        return None
    return [
        HostTerms(uri_id(one.user, "users", f"hosts[{index}].user"), one.pool, one.priority, one.weight)
        for index, one in enumerate(wanted)
    ]


def _schedule(uri: str | UnsetType | None) -> UUID | UnsetType | None:
    if isinstance(uri, UnsetType):
        return UNSET
    return optional_uri_id(uri, "user_availability_schedules", "availability_schedule")


HANDLERS = [
    create_event_type,
    get_event_type,
    update_event_type,
    delete_event_type,
    delete_host,
    delete_host_hours,
    list_standings,
    list_ledger,
]
