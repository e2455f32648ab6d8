"""Messages that were sent about scheduled events. Source: GET /outgoing_communications.

There are none: invitees and hosts get no mail about events yet, and what owners get about a failing webhook is about no
event, and is not kept once it is sent.
"""

from litestar import Response, get

from openslot.api.calls import ThisCall
from openslot.api.decoding import OrganizationUri, query_of, uri_id
from openslot.api.pagination import UnsortedPageQuery, by_creation, page_request, pagination_of
from openslot.api.replies import reply
from openslot.core.errors import NO_ACCESS
from openslot.core.roles import Action
from openslot.db.rows import PageOf
from openslot.edges import AnyRequest
from openslot.services import access
from openslot.services.plans import Plan
from openslot.wire.codec import Timestamp
from openslot.wire.outgoing_communications import OutgoingCommunication, OutgoingCommunications

PATH = "/outgoing_communications"


class ListOutgoingCommunications(UnsortedPageQuery, kw_only=True):
    """Source: GET /outgoing_communications."""

    organization: OrganizationUri
    min_created_at: Timestamp | None = None
    max_created_at: Timestamp | None = None


@get(PATH, scope="outgoing_communications:read", plan=Plan.ENTERPRISE)
async def list_outgoing_communications(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """An empty list, for admins and owners."""
    query = await query_of(request, ListOutgoingCommunications)
    organization_id = uri_id(query.organization, "organizations", "organization")
    await access.own_organization(call.conn, call.principal, organization_id)
    call.principal.require(Action.READ_EVENT_LOG, NO_ACCESS)
    page_request(query, by_creation("outgoing_communications"))  # a wrong token is refused all the same
    page: PageOf[OutgoingCommunication] = PageOf([], None, None)
    pagination = pagination_of(request, call.uris, PATH, query, page)
    return reply(OutgoingCommunications(page.rows, pagination, total_count=0))


HANDLERS = [list_outgoing_communications]
