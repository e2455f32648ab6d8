"""Messages that were sent about scheduled events. Source: GET /outgoing_communications.

Mails to hosts, invitees and guests, once they are sent; those about booking requests are about no event yet.
"""

from email.utils import parseaddr

from litestar import Response, get

from openslot.api.calls import ThisCall
from openslot.api.decoding import OrganizationUri, query_of, uri_id
from openslot.api.pagination import UnsortedPageQuery, by_creation, page_request, pagination_of
from openslot.api.replies import reply
from openslot.core.errors import NO_ACCESS
from openslot.core.roles import Action
from openslot.db import mails
from openslot.edges import AnyRequest
from openslot.presenters import outgoing_communications as present
from openslot.services import access
from openslot.services.plans import Plan
from openslot.wire.codec import Timestamp
from openslot.wire.outgoing_communications import OutgoingCommunications

PATH = "/outgoing_communications"


class ListOutgoingCommunications(UnsortedPageQuery, kw_only=True):
    """Source: GET /outgoing_communications."""

    organization: OrganizationUri
    min_created_at: Timestamp | None = None
    max_created_at: Timestamp | None = None


@get(PATH, scope="outgoing_communications:read", plan=Plan.ENTERPRISE)
async def list_outgoing_communications(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The newest last, for admins and owners."""
    query = await query_of(request, ListOutgoingCommunications)
    organization_id = uri_id(query.organization, "organizations", "organization")
    await access.own_organization(call.conn, call.principal, organization_id)
    call.principal.require(Action.READ_EVENT_LOG, NO_ACCESS)
    wanted = page_request(query, by_creation("mails"))
    since, until = query.min_created_at, query.max_created_at
    page = await mails.list_sent(call.conn, organization_id, wanted, since=since, until=until)
    total = await mails.count_sent(call.conn, organization_id, since=since, until=until)
    sender = parseaddr(call.settings.sender)[1]
    rows = [present.outgoing_communication(one, sender, call.uris) for one in page.rows]
    pagination = pagination_of(request, call.uris, PATH, query, page)
    return reply(OutgoingCommunications(rows, pagination, total_count=total))


HANDLERS = [list_outgoing_communications]
