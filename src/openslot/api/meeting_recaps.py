"""Recaps of a user's meetings; ``extensions`` has the call that puts one in. Source: contract, meeting recaps."""

from typing import Literal

from litestar import Response, delete, get, patch
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import ScheduledEventUri, body_of, optional_uri_id, path_id, query_of
from openslot.api.pagination import UnsortedPageQuery, by_creation, page_request, paged
from openslot.api.replies import no_content, resource
from openslot.core.contacts import known_address, spellings
from openslot.core.errors import invalid
from openslot.db import meeting_recaps
from openslot.db.meeting_recaps import Filters
from openslot.edges import AnyRequest
from openslot.presenters import meeting_recaps as present
from openslot.services import recapping
from openslot.wire.codec import Timestamp
from openslot.wire.meeting_recaps import UpdateMeetingRecap

READ = "meeting_recaps:read"
WRITE = "meeting_recaps:write"
WHAT = "meeting recap"


class ListMeetingRecaps(UnsortedPageQuery, kw_only=True):
    """Source: GET /meeting_recaps."""

    event: ScheduledEventUri | None = None
    start_time: Timestamp | None = None
    end_time: Timestamp | None = None
    status: Literal["available", "processing", "unavailable"] = "available"
    attendee: str | None = None


@get("/meeting_recaps", scope=READ)
async def list_meeting_recaps(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The caller's own; an event narrows them down, for those who may see it."""
    query = await query_of(request, ListMeetingRecaps)
    wanted = page_request(query, by_creation("meeting_recaps"))
    event_id = optional_uri_id(query.event, "scheduled_events", "event")
    filters = Filters(
        status=query.status,
        event_id=event_id,
        ends_from=query.start_time,
        starts_until=query.end_time,
        attendee=None if query.attendee is None else _spellings(query.attendee),
    )
    if event_id is not None:
        await recapping.require_visible(call.conn, call.principal, event_id)
    page = await meeting_recaps.list_page(call.conn, call.organization_id, call.user_id, filters, wanted)
    return paged(request, call.uris, "/meeting_recaps", query, page, lambda row: present.list_item(row, call.uris))


@get("/meeting_recaps/{uuid:str}", scope=READ)
async def get_meeting_recap(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """One of the caller's own."""
    return resource(present.recap(await recapping.own(call.conn, call.principal, path_id(uuid, WHAT)), call.uris))


@get("/meeting_recaps/{uuid:str}/transcript", scope=READ)
async def get_transcript(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Of one of the caller's own."""
    recap_id = path_id(uuid, WHAT)
    text = await recapping.transcript(call.conn, call.principal, recap_id)
    return resource(present.transcript(recap_id, text, call.uris))


@patch("/meeting_recaps/{uuid:str}", scope=WRITE)
async def update_meeting_recap(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """The highlights of one of the caller's own; what is left out stays."""
    body = await body_of(request, UpdateMeetingRecap)
    recap_id = path_id(uuid, WHAT)
    changed = await recapping.update(call.conn, call.principal, recap_id, body, uris=call.uris, now=call.now)
    return resource(present.recap(changed, call.uris))


@delete("/meeting_recaps/{uuid:str}", status_code=204, scope=WRITE)
async def delete_meeting_recap(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """One of the caller's own, with its transcript."""
    await recapping.delete(call.conn, call.principal, path_id(uuid, WHAT), uris=call.uris, now=call.now)
    return no_content()


def _spellings(address: str) -> list[str]:
    if known_address(address) is None:
        raise invalid("attendee")
    return spellings(address)


HANDLERS = [list_meeting_recaps, get_meeting_recap, get_transcript, update_meeting_recap, delete_meeting_recap]
