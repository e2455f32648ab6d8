"""Event types and their available times."""

from datetime import datetime
from uuid import UUID

from litestar import Response, get, patch, post
from litestar.params import FromPath
from msgspec import Struct

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import (
    EventTypeUri,
    OrganizationUri,
    ScheduleUri,
    UserUri,
    body_of,
    optional_uri_id,
    path_id,
    query_of,
    uri_id,
)
from openslot.api.pagination import PageQuery, SortField, Sorting, UnsortedPageQuery, page_request, paged
from openslot.api.replies import CREATED, reply, resource
from openslot.api.windows import query_and_window
from openslot.core.errors import FieldError, Forbidden, Invalid, NotFound, invalid
from openslot.core.roles import Action
from openslot.db import event_type_hosts, event_types
from openslot.db.event_types import EventType
from openslot.edges import AnyRequest
from openslot.presenters import event_types as present
from openslot.presenters.event_type_memberships import event_type_membership
from openslot.services import access, serving, slots, solo_event_types
from openslot.wire.codec import Timestamp
from openslot.wire.event_types import ChangeSoloEventType, CreateSoloEventType

SORTING = Sorting(
    {
        "name": SortField("event_types.name", str),
        "position": SortField("event_types.position", int),
        "created_at": SortField("event_types.created_at", datetime),
        "updated_at": SortField("event_types.updated_at", datetime),
    },
    default="name:asc",
    tiebreak="event_types.id",
)


class ListEventTypes(PageQuery, kw_only=True):
    """Source: GET /event_types."""

    user: UserUri | None = None
    organization: OrganizationUri | None = None
    active: bool | None = None
    admin_managed: bool | None = None
    user_availability_schedule: ScheduleUri | None = None


@get("/event_types", scope="event_types:read")
async def list_event_types(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """One's own with ``user``; all of the organization for admins and owners."""
    query = await query_of(request, ListEventTypes)
    filters = event_types.Filters(
        owner_id=await _whose(call, query),
        active=query.active,
        admin_managed=query.admin_managed,
        availability_schedule_id=_schedule(query),
    )
    page = await event_types.list_page(call.conn, call.organization_id, filters, page_request(query, SORTING))
    return paged(request, call.uris, "/event_types", query, page, lambda row: present.event_type(row, call.uris))


@get("/event_types/{uuid:str}", scope="event_types:read")
async def get_event_type(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Answers for deleted event types as well.

    Raises:
        NotFound: no such event type in the organization.
        Forbidden: somebody else's, and the caller is no admin.
    """
    return resource(present.event_type(await _manageable(call, path_id(uuid, "event type")), call.uris))


class ListEventTypeMemberships(UnsortedPageQuery, kw_only=True):
    """Source: GET /event_type_memberships."""

    event_type: EventTypeUri


HOST_SORTING = Sorting({"position": SortField("host.position", int)}, "position:asc", "host.user_id")


@get("/event_type_memberships", scope="event_types:read")
async def list_event_type_memberships(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The hosts of an event type, for its owner, admins and owners.

    Raises:
        NotFound, Forbidden: as ``get_event_type``.
    """
    query = await query_of(request, ListEventTypeMemberships)
    found = await _manageable(call, uri_id(query.event_type, "event_types", "event_type"))
    page = await event_type_hosts.list_page(
        call.conn, call.organization_id, found.id, page_request(query, HOST_SORTING)
    )
    path = "/event_type_memberships"
    return paged(request, call.uris, path, query, page, lambda row: event_type_membership(found, row, call.uris))


@post("/event_types", scope="event_types:write")
async def create_event_type(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """A one-on-one event type: one's own; admins and owners make anybody's."""
    body = await body_of(request, CreateSoloEventType)
    owner_id = uri_id(body.owner, "users", "owner")
    made = await solo_event_types.create(call.conn, call.principal, owner_id, body, uris=call.uris, now=call.now)
    return resource(present.event_type(made, call.uris), status=CREATED)


@patch("/event_types/{uuid:str}", scope="event_types:write")
async def update_event_type(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """One-on-one event types only; what is left out stays."""
    body = await body_of(request, ChangeSoloEventType)
    event_type_id = path_id(uuid, "event type")
    changed = await solo_event_types.change(
        call.conn, call.principal, event_type_id, body, uris=call.uris, now=call.now
    )
    return resource(present.event_type(changed, call.uris))


class ListAvailableTimes(Struct):
    """Source: GET /event_type_available_times."""

    event_type: EventTypeUri
    start_time: Timestamp
    end_time: Timestamp


@get("/event_type_available_times", scope=("availability:read", "event_types:read"))
async def list_available_times(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Free starts from ``start_time`` up to, not including, ``end_time``.

    Raises:
        Invalid: a parameter is missing or wrong; each is named.
    """
    days = call.settings.available_times_days
    query, window = await query_and_window(request, ListAvailableTimes, days=days, now=call.now)
    event_type_id = uri_id(query.event_type, "event_types", "event_type")
    served = await serving.serve(call.conn, call.organization_id, event_type_id)
    found = await slots.list_seconds(call.conn, served, window, now=call.now)
    return reply(present.available_times(served.row, found, call.uris))


async def _manageable(call: Call, event_type_id: UUID) -> EventType:
    found = await event_types.get(call.conn, call.organization_id, event_type_id)
    if found is None:
        raise NotFound("event type")
    if not call.principal.may_manage(found):
        raise Forbidden
    return found


async def _whose(call: Call, query: ListEventTypes) -> UUID | None:
    """The owner to filter by, or None for the whole organization. Source: behaviours, section 7."""
    if query.user is None and query.organization is None:
        raise Invalid(FieldError("user", "must be filled"), FieldError("organization", "must be filled"))
    if query.organization is not None:
        await access.own_organization(
            call.conn, call.principal, uri_id(query.organization, "organizations", "organization")
        )
    if query.user is not None:
        return await access.colleague(
            call.conn, call.principal, uri_id(query.user, "users", "user"), Action.LIST_EVENT_TYPES_OF_USER
        )
    call.principal.require(Action.LIST_EVENT_TYPES)
    return None


def _schedule(query: ListEventTypes) -> UUID | None:
    if query.user_availability_schedule is not None and query.user is None:
        raise invalid("user", "must be filled")
    return optional_uri_id(
        query.user_availability_schedule, "user_availability_schedules", "user_availability_schedule"
    )


HANDLERS = [
    list_event_types,
    get_event_type,
    create_event_type,
    update_event_type,
    list_event_type_memberships,
    list_available_times,
]
