"""What bounds availability besides busy time: limits, days off, trips, and how days and weeks are reckoned."""

from datetime import date
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.params import FromPath
from msgspec import Struct, UnsetType

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import AnyRequest, EventTypeUri, UserUri, body_of, optional_uri_id, path_id, query_of, uri_id
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import CREATED, no_content, reply, resource
from openslot.core.errors import invalid
from openslot.core.holidays import holidays_of, is_region
from openslot.core.ids import parse_uri
from openslot.db import availability_schedules as schedules
from openslot.db import days_off, meeting_limits, trips
from openslot.presenters import availability as present
from openslot.services import availability_schedules, limits, preferences, time_off
from openslot.wire.availability import (
    ChangeHostPreferences,
    ChangeOrganizationPreferences,
    ChangeSchedule,
    CreateDaysOff,
    CreateSchedule,
    CreateTrip,
    Holiday,
    PutLimit,
)
from openslot.wire.common import Collection

READ, WRITE = "availability:read", "availability:write"


class OfUser(PageQuery, kw_only=True):
    """Whose; everybody's where it is left out."""

    user: UserUri | None = None


class OfOwner(OfUser, kw_only=True):
    """Whose; the organization's where both are left out."""

    event_type: EventTypeUri | None = None


class OfRegion(Struct):
    """Source: GET /openslot/holidays."""

    region: str
    year: int


@put("/openslot/limits")
async def put_limit(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Set a limit, in place of one with the same owner and period."""
    call.principal.require_scope(WRITE)
    body = await body_of(request, PutLimit)
    made = await limits.put(
        call.conn,
        call.principal,
        body.period,
        body.maximum,
        event_type_id=optional_uri_id(body.event_type, "event_types", "event_type"),
        user_id=_user(body.user),
        now=call.now,
    )
    return resource(present.limit(made, call.uris))


@get("/openslot/limits")
async def list_limits(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of an event type, of a host, or of the organization."""
    call.principal.require_scope(READ)
    query = await query_of(request, OfOwner)
    event_type_id, user_id = optional_uri_id(query.event_type, "event_types", "event_type"), _user(query.user)
    await limits.require_own(call.conn, call.principal, event_type_id, user_id)
    page = await meeting_limits.list_page(
        call.conn,
        call.organization_id,
        event_type_id=event_type_id,
        user_id=user_id,
        page=page_request(query, by_creation("meeting_limits")),
    )
    return paged(request, call.uris, "/openslot/limits", query, page, lambda row: present.limit(row, call.uris))


@delete("/openslot/limits/{uuid:str}", status_code=204)
async def delete_limit(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Lift a limit."""
    call.principal.require_scope(WRITE)
    await limits.lift(call.conn, call.principal, path_id(uuid, "limit"))
    return no_content()


@post("/openslot/days_off")
async def create_days_off(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Close days for a host, or for everybody."""
    call.principal.require_scope(WRITE)
    body = await body_of(request, CreateDaysOff)
    made = await time_off.close_days(
        call.conn, call.principal, _user(body.user), body.name, body.first_day, body.last_day, now=call.now
    )
    return resource(present.off(made, call.uris), status=CREATED)


@get("/openslot/days_off")
async def list_days_off(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of a host, or everybody's, which every member may see."""
    call.principal.require_scope(READ)
    query = await query_of(request, OfUser)
    user_id = _user(query.user)
    if user_id is not None:
        await time_off.require_own(call.conn, call.principal, user_id)
    page = await days_off.list_page(
        call.conn, call.organization_id, user_id, page_request(query, by_creation("days_off"))
    )
    return paged(request, call.uris, "/openslot/days_off", query, page, lambda row: present.off(row, call.uris))


@delete("/openslot/days_off/{uuid:str}", status_code=204)
async def delete_days_off(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Open the days again."""
    call.principal.require_scope(WRITE)
    await time_off.open_days(call.conn, call.principal, path_id(uuid, "days off"))
    return no_content()


@post("/openslot/trips")
async def create_trip(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Read a host's hours in another zone for some days."""
    call.principal.require_scope(WRITE)
    body = await body_of(request, CreateTrip)
    made = await time_off.travel(
        call.conn,
        call.principal,
        _user(body.user) or call.user_id,
        body.first_day,
        body.last_day,
        body.timezone,
        now=call.now,
    )
    return resource(present.trip(made, call.uris), status=CREATED)


@get("/openslot/trips")
async def list_trips(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of a host; the caller's where none is named."""
    call.principal.require_scope(READ)
    query = await query_of(request, OfUser)
    user_id = _user(query.user) or call.user_id
    await time_off.require_own(call.conn, call.principal, user_id)
    page = await trips.list_page(call.conn, call.organization_id, user_id, page_request(query, by_creation("trips")))
    return paged(request, call.uris, "/openslot/trips", query, page, lambda row: present.trip(row, call.uris))


@delete("/openslot/trips/{uuid:str}", status_code=204)
async def delete_trip(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Take a trip back."""
    call.principal.require_scope(WRITE)
    await time_off.call_off(call.conn, call.principal, path_id(uuid, "trip"))
    return no_content()


@post("/openslot/availability_schedules")
async def create_schedule(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Named hours of a host, which event types can have instead of the default ones."""
    call.principal.require_scope(WRITE)
    body = await body_of(request, CreateSchedule)
    user_id = _user(body.user) or call.user_id
    made = await availability_schedules.create(call.conn, call.principal, user_id, body, now=call.now)
    return resource(present.schedule(made, call.uris), status=CREATED)


@get("/openslot/availability_schedules")
async def list_schedules(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of a host; the caller's where none is named."""
    call.principal.require_scope(READ)
    query = await query_of(request, OfUser)
    user_id = _user(query.user) or call.user_id
    await time_off.require_own(call.conn, call.principal, user_id)
    page = await schedules.list_page(
        call.conn, call.organization_id, user_id, page_request(query, by_creation("availability_schedules"))
    )
    path = "/openslot/availability_schedules"
    return paged(request, call.uris, path, query, page, lambda row: present.schedule(row, call.uris))


@get("/openslot/availability_schedules/{uuid:str}")
async def get_schedule(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Members see their own."""
    call.principal.require_scope(READ)
    schedule_id = path_id(uuid, "availability schedule")
    found = await availability_schedules.own(call.conn, call.principal, schedule_id)
    return resource(present.schedule(found, call.uris))


@patch("/openslot/availability_schedules/{uuid:str}")
async def update_schedule(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """What is left out stays."""
    call.principal.require_scope(WRITE)
    body = await body_of(request, ChangeSchedule)
    schedule_id = path_id(uuid, "availability schedule")
    changed = await availability_schedules.change(call.conn, call.principal, schedule_id, body, now=call.now)
    return resource(present.schedule(changed, call.uris))


@delete("/openslot/availability_schedules/{uuid:str}", status_code=204)
async def delete_schedule(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Not the default, nor one that an event type has."""
    call.principal.require_scope(WRITE)
    await availability_schedules.delete(call.conn, call.principal, path_id(uuid, "availability schedule"))
    return no_content()


@get("/openslot/users/{uuid:str}")
async def get_host_preferences(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Hours, holidays and week of a host."""
    call.principal.require_scope(READ)
    user_id = path_id(uuid, "user")
    found = await preferences.of_user(call.conn, call.principal, user_id)
    return resource(present.host_preferences(user_id, call.organization_id, found, call.uris))


@patch("/openslot/users/{uuid:str}")
async def update_host_preferences(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """What is left out stays."""
    call.principal.require_scope(WRITE)
    body = await body_of(request, ChangeHostPreferences)
    user_id = path_id(uuid, "user")
    named = body.hosts_for
    hosts_for = named if isinstance(named, UnsetType) else [_agreed(uri, at) for at, uri in enumerate(named)]
    changed = await preferences.change_user(call.conn, call.principal, user_id, body, hosts_for=hosts_for, now=call.now)
    return resource(present.host_preferences(user_id, call.organization_id, changed, call.uris))


@get("/openslot/organization")
async def get_organization_preferences(call: ThisCall) -> Response[bytes]:
    """Zone and week of the caller's organization."""
    call.principal.require_scope(READ)
    return await _organization(call)


@patch("/openslot/organization")
async def update_organization_preferences(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """For admins and owners; what is left out stays."""
    call.principal.require_scope(WRITE)
    body = await body_of(request, ChangeOrganizationPreferences)
    await preferences.change_organization(call.conn, call.principal, body, now=call.now)
    return await _organization(call)


@get("/openslot/holidays")
async def list_holidays(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The public holidays of a region in a year, by the names that ``worked_holidays`` takes."""
    call.principal.require_scope(READ)
    query = await query_of(request, OfRegion)
    if not is_region(query.region):
        raise invalid("region", "is not a known country or region, such as IT or US-CA")
    if not call.now.year - 1 <= query.year <= call.now.year + 10:
        raise invalid("year", "must be from last year to ten years ahead")
    found = holidays_of(query.region, date(query.year, 1, 1), date(query.year, 12, 31))
    return reply(Collection([Holiday(day, name) for day, name in found.items()]))


async def _organization(call: Call) -> Response[bytes]:
    found = await preferences.of_organization(call.conn, call.organization_id)
    return resource(present.organization_preferences(call.organization_id, found, call.uris))


def _agreed(uri: str, index: int) -> UUID:
    """A colleague, or the organization for all of them."""
    kind = "organizations" if parse_uri(uri, "users") is None else "users"
    return uri_id(uri, kind, f"hosts_for[{index}]")


def _user(uri: str | None) -> UUID | None:
    return optional_uri_id(uri, "users", "user")


HANDLERS = [
    put_limit,
    list_limits,
    delete_limit,
    create_days_off,
    list_days_off,
    delete_days_off,
    create_trip,
    list_trips,
    delete_trip,
    create_schedule,
    list_schedules,
    get_schedule,
    update_schedule,
    delete_schedule,
    get_host_preferences,
    update_host_preferences,
    get_organization_preferences,
    update_organization_preferences,
    list_holidays,
]
