"""The hours of an event type's hosts. Source: GET, PATCH /event_type_availability_schedules."""

from uuid import UUID

from litestar import Response, get, patch
from msgspec import Struct

from openslot.api.calls import ThisCall
from openslot.api.decoding import EventTypeUri, draft_of, draft_query_of, query_of, uri_id
from openslot.api.replies import reply, resource
from openslot.core.booking_form import INVALID
from openslot.core.errors import FieldError, Invalid
from openslot.core.ids import parse_uri
from openslot.edges import AnyRequest
from openslot.presenters import event_type_availability_schedules as present
from openslot.services import event_type_availability_schedules as schedules
from openslot.services import serving
from openslot.wire.common import Page, Pagination
from openslot.wire.event_type_availability_schedules import ChangeEventTypeAvailabilitySchedule


class OfEventType(Struct):
    """The parameters of both calls."""

    event_type: EventTypeUri


@get("/event_type_availability_schedules", scope="availability:read")
async def list_event_type_availability_schedules(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The hours of each host, all on one page, for admins and owners; hosts see their own."""
    served = await serving.find(call.conn, call.organization_id, _id(await query_of(request, OfEventType)))
    hosts = schedules.visible(call.principal, served)
    rows = [present.host_hours(served, host, call.uris) for host in hosts]
    return reply(Page(rows, Pagination(len(rows), None, None)))


@patch("/event_type_availability_schedules", scope="availability:write")
async def update_event_type_availability_schedules(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Hours of one host for this event type alone; rules that are given replace all.

    Raises:
        Invalid: wrong parameters or fields; all are named.
    """
    query = await draft_query_of(request, OfEventType)
    body = await draft_of(request, ChangeEventTypeAvailabilitySchedule)
    wrong = [*query.wrong, *body.wrong]
    if query.value is None or body.value is None:
        raise Invalid(*wrong)
    hours = body.value.availability_rule
    user_id = None if hours.user is None else parse_uri(hours.user, "users")
    if hours.user is not None and user_id is None:
        wrong.append(FieldError(schedules.USER, INVALID))
    if wrong:
        raise Invalid(*wrong)
    served, host = await schedules.change(
        call.conn,
        call.principal,
        _id(query.value),
        user_id,
        timezone=hours.timezone,
        rules=hours.rules,
        uris=call.uris,
        now=call.now,
    )
    return resource(present.host_hours(served, host, call.uris))


def _id(query: OfEventType) -> UUID:
    return uri_id(query.event_type, "event_types", "event_type")


HANDLERS = [list_event_type_availability_schedules, update_event_type_availability_schedules]
