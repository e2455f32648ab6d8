"""Links that end with their use: single-use ones, shares, one-off event types."""

from litestar import Response, post

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, body_or_query_of, uri_id
from openslot.api.replies import CREATED, resource
from openslot.edges import AnyRequest
from openslot.presenters import event_types as present_event_types
from openslot.presenters import scheduling_links as present
from openslot.services import one_offs, sharing
from openslot.services.one_offs import OneOff
from openslot.wire.one_off_event_types import CreateOneOffEventType
from openslot.wire.scheduling_links import CreateSchedulingLink
from openslot.wire.shares import CreateShare


@post("/scheduling_links", scope="scheduling_links:write")
async def create_scheduling_link(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """A link for one booking. Its keys may come as a query (behaviours, section 2)."""
    body = await body_or_query_of(request, CreateSchedulingLink)
    event_type = await sharing.own_event_type(call.conn, call.principal, uri_id(body.owner, "event_types", "owner"))
    made = await sharing.create_link(call.conn, call.principal, event_type, now=call.now)
    return resource(present.scheduling_link(event_type, made.token, call.uris), status=CREATED)


@post("/shares", scope="shares:write")
async def create_share(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """A link for one booking that changes some of the event type."""
    body = await body_of(request, CreateShare)
    event_type_id = uri_id(body.event_type, "event_types", "event_type")
    event_type = await sharing.own_event_type(call.conn, call.principal, event_type_id)
    made = await sharing.create_share(call.conn, call.principal, event_type, body, now=call.now)
    assert made.link.overrides is not None  # what makes it a share
    return resource(present.share(event_type, made.token, made.link.overrides, call.uris), status=CREATED)


@post("/one_off_event_types", scope="event_types:write")
async def create_one_off_event_type(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """An event type for one meeting. Members make their own, with colleagues who agreed to host; admins anybody's."""
    body = await body_of(request, CreateOneOffEventType)
    hosts = [uri_id(body.host, "users", "host")]
    hosts += [uri_id(uri, "users", f"co_hosts[{index}]") for index, uri in enumerate(body.co_hosts)]
    wanted = OneOff(
        name=body.name,
        host_ids=hosts,
        duration=body.duration,
        date_setting=body.date_setting,
        timezone=body.timezone,
        location=body.location,
    )
    made = await one_offs.create(call.conn, call.principal, wanted, uris=call.uris, now=call.now)
    return resource(present_event_types.event_type(made, call.uris), status=CREATED)


HANDLERS = [create_scheduling_link, create_share, create_one_off_event_type]
