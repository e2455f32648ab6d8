"""Limits: so many meetings in a day, week or month."""

from litestar import Response, delete, get, put
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import EventTypeUri, UserUri, body_of, optional_uri_id, path_id, query_of
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import no_content, resource
from openslot.db import meeting_limits
from openslot.edges import AnyRequest
from openslot.presenters import limits as present
from openslot.services import limits
from openslot.wire.limits import PutLimit

READ, WRITE = "availability:read", "availability:write"


class ListLimits(PageQuery, kw_only=True):
    """Source: GET /openslot/limits. The organization's where both are left out."""

    user: UserUri | None = None
    event_type: EventTypeUri | None = None


@put("/openslot/limits", scope=WRITE)
async def put_limit(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Set a limit, in place of one with the same owner and period."""
    body = await body_of(request, PutLimit)
    made = await limits.put(
        call.conn,
        call.principal,
        body.period,
        body.maximum,
        event_type_id=optional_uri_id(body.event_type, "event_types", "event_type"),
        user_id=optional_uri_id(body.user, "users", "user"),
        now=call.now,
    )
    return resource(present.limit(made, call.uris))


@get("/openslot/limits", scope=READ)
async def list_limits(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of an event type, of a host, or of the organization."""
    query = await query_of(request, ListLimits)
    event_type_id = optional_uri_id(query.event_type, "event_types", "event_type")
    user_id = optional_uri_id(query.user, "users", "user")
    await limits.require_own(call.conn, call.principal, event_type_id, user_id)
    page = await meeting_limits.list_page(
        call.conn,
        call.organization_id,
        event_type_id=event_type_id,
        user_id=user_id,
        page=page_request(query, by_creation("meeting_limits")),
    )
    return paged(request, call.uris, "/openslot/limits", query, page, lambda row: present.limit(row, call.uris))


@delete("/openslot/limits/{uuid:str}", status_code=204, scope=WRITE)
async def delete_limit(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Lift a limit."""
    await limits.lift(call.conn, call.principal, path_id(uuid, "limit"))
    return no_content()


HANDLERS = [put_limit, list_limits, delete_limit]
