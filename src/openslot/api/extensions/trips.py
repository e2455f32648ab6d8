"""Trips: days on which a host's hours are in another time zone."""

from litestar import Response, delete, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import UserUri, body_of, optional_uri_id, path_id, query_of
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import CREATED, no_content, resource
from openslot.db import trips
from openslot.edges import AnyRequest
from openslot.presenters import trips as present
from openslot.services import time_off
from openslot.wire.trips import CreateTrip

READ, WRITE = "availability:read", "availability:write"


class ListTrips(PageQuery, kw_only=True):
    """Source: GET /openslot/trips. The caller's where the user is left out."""

    user: UserUri | None = None


@post("/openslot/trips", scope=WRITE)
async def create_trip(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Read a host's hours in another zone for some days."""
    body = await body_of(request, CreateTrip)
    made = await time_off.travel(
        call.conn,
        call.principal,
        optional_uri_id(body.user, "users", "user") or call.user_id,
        body.first_day,
        body.last_day,
        body.timezone,
        now=call.now,
    )
    return resource(present.trip(made, call.uris), status=CREATED)


@get("/openslot/trips", scope=READ)
async def list_trips(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of a host; the caller's where none is named."""
    query = await query_of(request, ListTrips)
    user_id = optional_uri_id(query.user, "users", "user") or call.user_id
    await time_off.require_own(call.conn, call.principal, user_id)
    page = await trips.list_page(call.conn, call.organization_id, user_id, page_request(query, by_creation("trips")))
    return paged(request, call.uris, "/openslot/trips", query, page, lambda row: present.trip(row, call.uris))


@delete("/openslot/trips/{uuid:str}", status_code=204, scope=WRITE)
async def delete_trip(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Take a trip back."""
    await time_off.call_off(call.conn, call.principal, path_id(uuid, "trip"))
    return no_content()


HANDLERS = [create_trip, list_trips, delete_trip]
