"""Availability schedules: named hours of a host."""

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import UserUri, body_of, optional_uri_id, path_id, query_of
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import CREATED, no_content, resource
from openslot.db import availability_schedules as schedules
from openslot.edges import AnyRequest
from openslot.presenters import availability_schedules as present
from openslot.services import availability_schedules, time_off
from openslot.wire.availability_schedules import ChangeSchedule, CreateSchedule

READ, WRITE = "availability:read", "availability:write"


class ListSchedules(PageQuery, kw_only=True):
    """Source: GET /openslot/availability_schedules. The caller's where the user is left out."""

    user: UserUri | None = None


@post("/openslot/availability_schedules", scope=WRITE)
async def create_schedule(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Named hours of a host, which event types can have instead of the default ones."""
    body = await body_of(request, CreateSchedule)
    user_id = optional_uri_id(body.user, "users", "user") or call.user_id
    made = await availability_schedules.create(call.conn, call.principal, user_id, body, now=call.now)
    return resource(present.schedule(made, call.uris), status=CREATED)


@get("/openslot/availability_schedules", scope=READ)
async def list_schedules(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of a host; the caller's where none is named."""
    query = await query_of(request, ListSchedules)
    user_id = optional_uri_id(query.user, "users", "user") or call.user_id
    await time_off.require_own(call.conn, call.principal, user_id)
    page = await schedules.list_page(
        call.conn, call.organization_id, user_id, page_request(query, by_creation("availability_schedules"))
    )
    path = "/openslot/availability_schedules"
    return paged(request, call.uris, path, query, page, lambda row: present.schedule(row, call.uris))


@get("/openslot/availability_schedules/{uuid:str}", scope=READ)
async def get_schedule(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Members see their own."""
    schedule_id = path_id(uuid, "availability schedule")
    found = await availability_schedules.own(call.conn, call.principal, schedule_id)
    return resource(present.schedule(found, call.uris))


@patch("/openslot/availability_schedules/{uuid:str}", scope=WRITE)
async def update_schedule(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """What is left out stays."""
    body = await body_of(request, ChangeSchedule)
    schedule_id = path_id(uuid, "availability schedule")
    changed = await availability_schedules.change(call.conn, call.principal, schedule_id, body, now=call.now)
    return resource(present.schedule(changed, call.uris))


@delete("/openslot/availability_schedules/{uuid:str}", status_code=204, scope=WRITE)
async def delete_schedule(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Not the default, nor one that an event type has."""
    await availability_schedules.delete(call.conn, call.principal, path_id(uuid, "availability schedule"))
    return no_content()


HANDLERS = [create_schedule, list_schedules, get_schedule, update_schedule, delete_schedule]
