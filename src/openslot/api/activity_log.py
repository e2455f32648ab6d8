"""The activity log. Source: GET /activity_log_entries; behaviours, sections 3 and 7."""

from typing import Annotated
from uuid import UUID

from litestar import Response, get
from msgspec import Meta

from openslot.api.calls import ThisCall
from openslot.api.decoding import OrganizationUri, query_of, uri_id
from openslot.api.pagination import DEFAULT_COUNT, PageQuery, SortField, Sorting, page_request, pagination_of
from openslot.api.replies import reply
from openslot.core.errors import NO_ACCESS, invalid
from openslot.core.roles import Action
from openslot.core.search_terms import pattern
from openslot.db import activity_log
from openslot.db.activity_log import Filters
from openslot.edges import AnyRequest
from openslot.presenters import activity_log as present
from openslot.services import access
from openslot.services.plans import Plan
from openslot.wire.codec import Timestamp

PATH = "/activity_log_entries"
SORTING = Sorting(
    {
        "action": SortField("entry.action", str),
        "actor.display_name": SortField("entry.actor_name", str),
        "actor.uri": SortField("entry.actor_key", str),
        "namespace": SortField("entry.namespace", str),
        "occurred_at": SortField("entry.id", UUID),
    },
    default="occurred_at:desc",
    tiebreak="entry.id",
)


class ListActivityLogEntries(PageQuery, kw_only=True):
    """Source: GET /activity_log_entries. Lists are separated by commas."""

    organization: OrganizationUri
    count: Annotated[int, Meta(ge=1, le=1000)] = DEFAULT_COUNT
    search_term: Annotated[str, Meta(max_length=300)] | None = None
    actor: str | None = None
    namespace: str | None = None
    action: str | None = None
    min_occurred_at: Timestamp | None = None
    max_occurred_at: Timestamp | None = None


@get(PATH, scope="activity_log:read", plan=Plan.ENTERPRISE)
async def list_activity_log_entries(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """What is in the event log, for admins and owners, with the users whose calls it came from."""
    query = await query_of(request, ListActivityLogEntries)
    organization_id = uri_id(query.organization, "organizations", "organization")
    await access.own_organization(call.conn, call.principal, organization_id)
    call.principal.require(Action.READ_EVENT_LOG, NO_ACCESS)
    filters, wanted = _filters(query), page_request(query, SORTING)
    await call.take_time()
    page = await activity_log.list_page(call.conn, organization_id, filters, wanted)
    counted = await activity_log.count(call.conn, organization_id, filters)
    pagination = pagination_of(request, call.uris, PATH, query, page)
    return reply(present.activity_log(page.rows, pagination, counted, call.uris))


def _filters(query: ListActivityLogEntries) -> Filters:
    """The filters that a query names.

    Raises:
        Invalid: an actor that is no user's URI, or a search term that is nested too deeply.
    """
    try:
        found = None if query.search_term is None else pattern(query.search_term)
    except ValueError as exc:
        raise invalid("search_term", str(exc)) from exc
    actors = _parts(query.actor)
    return Filters(
        actor_ids=None if actors is None else [uri_id(one, "users", "actor") for one in actors],
        namespaces=_parts(query.namespace),
        actions=_parts(query.action),
        since=query.min_occurred_at,
        until=query.max_occurred_at,
        pattern=found,
    )


def _parts(text: str | None) -> list[str] | None:
    """The parts of a list, without blanks around them."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


HANDLERS = [list_activity_log_entries]
