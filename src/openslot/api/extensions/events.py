"""The event log: everything that happened in the organization, with the payloads that were sent."""

from litestar import Response, get

from openslot.api.calls import ThisCall
from openslot.api.decoding import query_of
from openslot.api.pagination import PageQuery, SortField, Sorting, page_request, paged
from openslot.core.roles import Action
from openslot.db import events
from openslot.edges import AnyRequest
from openslot.presenters import events as present
from openslot.wire.codec import Timestamp

SORTING = Sorting({"sequence": SortField("events.sequence", int)}, default="sequence:desc", tiebreak="events.sequence")


class ListEvents(PageQuery, kw_only=True):
    """Ours."""

    event: str | None = None
    since: Timestamp | None = None


@get("/openslot/events", scope="activity_log:read")
async def list_events(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Newest first; for admins and owners, since it is about everybody."""
    call.principal.require(Action.READ_EVENT_LOG)
    query = await query_of(request, ListEvents)
    page = await events.list_page(
        call.conn,
        call.organization_id,
        page_request(query, SORTING),
        reader_id=call.user_id,
        name=query.event,
        since=query.since,
    )
    return paged(request, call.uris, "/openslot/events", query, page, lambda row: present.logged(row, call.uris))


HANDLERS = [list_events]
