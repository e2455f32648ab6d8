"""Scheduled events and their cancellation."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import OrganizationUri, UserUri, body_of, optional_uri_id, path_id, query_of, uri_id
from openslot.api.pagination import PageQuery, SortField, Sorting, page_request, paged
from openslot.api.replies import CREATED, resource
from openslot.core.errors import FieldError, Forbidden, Invalid, NotFound
from openslot.core.roles import Action
from openslot.db import scheduled_event_lists, scheduled_events, users
from openslot.db.scheduled_events import ScheduledEvent
from openslot.edges import AnyRequest
from openslot.presenters import scheduled_events as present
from openslot.services import access
from openslot.services.booking import cancellation
from openslot.wire.codec import Timestamp
from openslot.wire.scheduled_events import CancelEvent

SORTING = Sorting(
    {"start_time": SortField("scheduled_events.start_time", datetime)},
    default="start_time:asc",
    tiebreak="scheduled_events.id",
)
NAME_THE_ORGANIZATION = "Please also specify organization when requesting events for a {} within your organization."


class ListScheduledEvents(PageQuery, kw_only=True):
    """Source: GET /scheduled_events."""

    user: UserUri | None = None
    organization: OrganizationUri | None = None
    group: str | None = None
    invitee_email: str | None = None
    status: Literal["active", "canceled"] | None = None
    min_start_time: Timestamp | None = None
    max_start_time: Timestamp | None = None


@get("/scheduled_events", scope="scheduled_events:read")
async def list_scheduled_events(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """One's own with ``user`` (over all organizations); all of the organization for admins and owners.

    Those of the members of a ``group`` for its admins too.
    """
    query = await query_of(request, ListScheduledEvents)
    organization_id, host_id, group_id = await _whose(call, query)
    filters = scheduled_event_lists.Filters(
        organization_id=organization_id,
        host_id=host_id,
        group_id=group_id,
        invitee_email=query.invitee_email,
        status=query.status,
        min_start_time=query.min_start_time,
        max_start_time=query.max_start_time,
    )
    page = await scheduled_event_lists.list_page(call.conn, filters, page_request(query, SORTING))
    return paged(
        request, call.uris, "/scheduled_events", query, page, lambda row: present.scheduled_event(row, call.uris)
    )


@get("/scheduled_events/{uuid:str}", scope="scheduled_events:read")
async def get_scheduled_event(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """For hosts, the admins of a group that a host is in, admins and owners."""
    return resource(present.scheduled_event(await visible_event(call, uuid), call.uris))


@post("/scheduled_events/{uuid:str}/cancellation", scope="scheduled_events:write")
async def cancel_event(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """Cancels the whole event."""
    body = await body_of(request, CancelEvent)
    made = await cancellation.cancel_event(
        call.conn,
        call.principal,
        path_id(uuid, "scheduled event"),
        reason=body.reason,
        uris=call.uris,
        now=call.now,
    )
    return resource(made, status=CREATED)


async def visible_event(
    call: Call, uuid: str, message: str = "You are not allowed to view this event"
) -> ScheduledEvent:
    """The event of a path, if the caller may see it.

    Raises:
        NotFound: no such event in the organization.
        Forbidden: neither a host nor an admin, of the organization or of a host's group.
    """
    event = await scheduled_events.get(call.conn, call.organization_id, path_id(uuid, "scheduled event"))
    if event is None:
        raise NotFound("scheduled event")
    if not await access.may_manage_event(call.conn, call.principal, event):
        raise Forbidden(message)
    return event


async def _whose(call: Call, query: ListScheduledEvents) -> tuple[UUID | None, UUID | None, UUID | None]:
    """Organization, host and group to filter by. Source: behaviours, section 7."""
    if query.organization is None:
        if query.group is not None:
            raise Forbidden(NAME_THE_ORGANIZATION.format("group"))
        if query.user is None:
            raise Invalid(*[FieldError(name, "must be filled") for name in ("user", "organization", "group")])
        return None, await _oneself(call, uri_id(query.user, "users", "user")), None
    organization_id = await access.own_organization(
        call.conn, call.principal, uri_id(query.organization, "organizations", "organization")
    )
    group_id = optional_uri_id(query.group, "groups", "group")
    host_id = optional_uri_id(query.user, "users", "user")
    if group_id is not None:
        await access.group(call.conn, call.principal, group_id, Action.LIST_EVENTS_OF_GROUP)
    if host_id is not None:
        await access.supervised(call.conn, call.principal, host_id, Action.LIST_EVENTS_OF_USER)
    if group_id is None and host_id is None:
        call.principal.require(Action.LIST_EVENTS)
    return organization_id, host_id, group_id


async def _oneself(call: Call, user_id: UUID) -> UUID:
    if user_id == call.user_id:
        return user_id
    user = await users.get(call.conn, user_id)
    if user is None or user.organization_id != call.organization_id:
        raise Forbidden(access.NOT_IN_ORGANIZATION)
    raise Forbidden(NAME_THE_ORGANIZATION.format("user"))


HANDLERS = [list_scheduled_events, get_scheduled_event, cancel_event]
