"""Holds: a start, or a seat of it, that is kept for a while."""

from datetime import timedelta

from litestar import Response, delete, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, path_id, query_of, uri_id
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import CREATED, no_content, resource
from openslot.core.roles import Action
from openslot.db import holds as rows
from openslot.edges import AnyRequest
from openslot.presenters import booking_requests as present
from openslot.services import quotas
from openslot.services.booking import approvals, holds
from openslot.services.booking.holds import Reason
from openslot.wire.bookings import CreateHold, EndHold


@post("/openslot/holds", scope="scheduled_events:write")
async def create_hold(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Keep a start, or a seat of it, for a limited time."""
    body = await body_of(request, CreateHold)
    made = await holds.place(
        call.conn,
        call.organization_id,
        uri_id(body.event_type, "event_types", "event_type"),
        body.start_time,
        reason=Reason(body.reason),
        lasts=None if body.minutes is None else timedelta(minutes=body.minutes),
        duration_minutes=body.duration,
        holder_id=call.user_id,
        share=quotas.share_of_member(call.principal, call.settings),
        now=call.now,
    )
    call.rates.count_taking(call.principal, made.hold.user_ids, now=call.real_now)
    return resource(present.new_hold(made.hold, made.token, call.uris), status=CREATED)


@get("/openslot/holds", scope="scheduled_events:read")
async def list_holds(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Those that have not ended and that the caller may end."""
    query = await query_of(request, PageQuery)
    page = await rows.list_page(
        call.conn,
        call.organization_id,
        page_request(query, by_creation("holds")),
        for_user=None if call.principal.reaches_all(Action.MANAGE_HOLD) else call.user_id,
        now=call.now,
    )
    return paged(request, call.uris, "/openslot/holds", query, page, lambda row: present.hold(row, call.uris))


@delete("/openslot/holds/{uuid:str}", status_code=204, scope="scheduled_events:write")
async def delete_hold(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """End a hold: for its maker, its hosts, and admins. A booking request is refused thereby."""
    found = await holds.find(call.conn, call.principal, path_id(uuid, "hold"), now=call.now)
    if found.reason == Reason.APPROVAL:
        await approvals.refuse(call.conn, call.principal, found.id, uris=call.uris, now=call.now)
    else:
        await holds.end(call.conn, found, now=call.now)
    return no_content()


@delete("/openslot/holds", status_code=204, scope="scheduled_events:write")
async def end_hold(call: ThisCall, request: AnyRequest) -> Response[None]:
    """End a hold by its token; one that has ended by itself is no error."""
    body = await body_of(request, EndHold)
    await holds.give_up(call.conn, body.token, now=call.now)
    return no_content()


HANDLERS = [create_hold, end_hold, list_holds, delete_hold]
