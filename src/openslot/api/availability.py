"""Availability of users: their schedules, busy times and meeting limits.

Source: GET /user_availability_schedules, GET /user_busy_times, GET /user_meeting_limits.
"""

from litestar import Response, get, patch, post
from litestar.params import FromPath
from msgspec import UNSET, Struct

from openslot.api.calls import ThisCall
from openslot.api.decoding import UserUri, body_of, path_id, query_of, uri_id
from openslot.api.replies import CREATED, collection, resource
from openslot.api.windows import query_and_window
from openslot.core.errors import Forbidden
from openslot.core.roles import Action
from openslot.db import availability_schedules as schedules
from openslot.edges import AnyRequest
from openslot.presenters import availability_schedules as present
from openslot.presenters import busy_times as present_busy
from openslot.presenters import limits as present_limits
from openslot.services import access, availability_schedules, busy_times, user_limits
from openslot.wire.availability_schedules import (
    ChangeAvailabilitySchedule,
    ChangeSchedule,
    CreateAvailabilitySchedule,
    CreateSchedule,
)
from openslot.wire.codec import Timestamp
from openslot.wire.limits import ChangeUserMeetingLimits

READ, WRITE = "availability:read", "availability:write"
MAX_BUSY_DAYS = 7
"""Source: behaviours, section 9."""


class OfUser(Struct, kw_only=True):
    """Source: GET /user_availability_schedules."""

    user: UserUri


@get("/user_availability_schedules", scope=READ)
async def list_availability_schedules(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """All of a user of the organization; there are no pages."""
    query = await query_of(request, OfUser)
    user_id = uri_id(query.user, "users", "user")
    await access.colleague(call.conn, call.principal, user_id, Action.READ_SCHEDULE)
    found = await schedules.list_all(call.conn, call.organization_id, user_id)
    return collection([present.availability_schedule(one, call.uris) for one in found])


@get("/user_availability_schedules/{uuid:str}", scope=READ)
async def get_availability_schedule(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Of anybody in the organization."""
    schedule_id = path_id(uuid, "availability schedule")
    found = await availability_schedules.shown(call.conn, call.principal, schedule_id)
    return resource(present.availability_schedule(found, call.uris))


@post("/user_availability_schedules", scope=WRITE)
async def create_availability_schedule(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of the caller. No event type has it until one is set to."""
    body = await body_of(request, CreateAvailabilitySchedule)
    wanted = CreateSchedule(name=body.name, timezone=body.timezone, rules=body.rules)
    made = await availability_schedules.create(
        call.conn, call.principal, call.user_id, wanted, max_age_days=0, now=call.now
    )
    return resource(present.availability_schedule(made, call.uris), status=CREATED)


@patch("/user_availability_schedules/{uuid:str}", scope=WRITE)
async def update_availability_schedule(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """What is left out stays. Every event type that has the schedule follows."""
    body = await body_of(request, ChangeAvailabilitySchedule)
    wanted = ChangeSchedule(name=body.name, timezone=body.timezone, rules=body.rules, default=body.default)
    schedule_id = path_id(uuid, "availability schedule")
    changed = await availability_schedules.change(
        call.conn, call.principal, schedule_id, wanted, max_age_days=1, now=call.now
    )
    return resource(present.availability_schedule(changed, call.uris))


class ListBusyTimes(Struct, kw_only=True):
    """Source: GET /user_busy_times."""

    user: UserUri
    start_time: Timestamp
    end_time: Timestamp


@get("/user_busy_times", scope=READ)
async def list_user_busy_times(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """When a user of the organization can't meet, ascending; there are no pages."""
    query, window = await query_and_window(request, ListBusyTimes, days=MAX_BUSY_DAYS, now=call.now)
    user_id = uri_id(query.user, "users", "user")
    found = await busy_times.of_user(call.conn, call.principal, user_id, window, now=call.now)
    return collection([present_busy.busy_time(one, call.uris) for one in found])


class GetMeetingLimits(Struct, kw_only=True):
    """Source: GET /user_meeting_limits."""

    user: UserUri | None = None


@get("/user_meeting_limits", scope=READ)
async def list_user_meeting_limits(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """How many meetings the caller has at most in a day, week and month, over all event types."""
    query = await query_of(request, GetMeetingLimits)
    user_id = call.user_id if query.user is None else uri_id(query.user, "users", "user")
    await access.colleague(call.conn, call.principal, user_id, Action.READ_USER_LIMITS)
    found = await user_limits.get(call.conn, call.organization_id, user_id)
    return collection([present_limits.user_limits(user_id, found, call.uris)])


@patch("/user_meeting_limits", scope=WRITE)
async def update_user_meeting_limits(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Set the caller's own; what is left out stays, null lifts.

    Raises:
        Forbidden: somebody else's, even by an admin.
    """
    body = await body_of(request, ChangeUserMeetingLimits)
    named = (await query_of(request, GetMeetingLimits)).user if body.user is UNSET else body.user
    if named is not None and not call.principal.reaches(Action.CHANGE_USER_LIMITS, uri_id(named, "users", "user")):
        raise Forbidden
    changed = await user_limits.change(call.conn, call.principal, body, now=call.now)
    return resource(present_limits.user_limits(call.user_id, changed, call.uris))


HANDLERS = [
    list_availability_schedules,
    get_availability_schedule,
    create_availability_schedule,
    update_availability_schedule,
    list_user_busy_times,
    list_user_meeting_limits,
    update_user_meeting_limits,
]
