"""Days off: of a host, or of everybody."""

from litestar import Response, delete, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import UserUri, body_of, optional_uri_id, path_id, query_of
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import CREATED, no_content, resource
from openslot.db import days_off
from openslot.edges import AnyRequest
from openslot.presenters import days_off as present
from openslot.services import time_off
from openslot.wire.days_off import CreateDaysOff

READ, WRITE = "availability:read", "availability:write"


class ListDaysOff(PageQuery, kw_only=True):
    """Source: GET /openslot/days_off. Everybody's where the user is left out."""

    user: UserUri | None = None


@post("/openslot/days_off", scope=WRITE)
async def create_days_off(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Close days for a host, or for everybody."""
    body = await body_of(request, CreateDaysOff)
    made = await time_off.close_days(
        call.conn,
        call.principal,
        optional_uri_id(body.user, "users", "user"),
        body.name,
        body.first_day,
        body.last_day,
        now=call.now,
    )
    return resource(present.days_off(made, call.uris), status=CREATED)


@get("/openslot/days_off", scope=READ)
async def list_days_off(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of a host, or everybody's, which every member may see."""
    query = await query_of(request, ListDaysOff)
    user_id = optional_uri_id(query.user, "users", "user")
    if user_id is not None:
        await time_off.require_own(call.conn, call.principal, user_id)
    page = await days_off.list_page(
        call.conn, call.organization_id, user_id, page_request(query, by_creation("days_off"))
    )
    return paged(request, call.uris, "/openslot/days_off", query, page, lambda row: present.days_off(row, call.uris))


@delete("/openslot/days_off/{uuid:str}", status_code=204, scope=WRITE)
async def delete_days_off(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Open the days again."""
    await time_off.open_days(call.conn, call.principal, path_id(uuid, "days off"))
    return no_content()


HANDLERS = [create_days_off, list_days_off, delete_days_off]
