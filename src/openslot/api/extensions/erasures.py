"""Erasing the data of persons, with a receipt, and the list of receipts."""

from litestar import Response, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, path_id, query_of
from openslot.api.pagination import PageQuery, by_creation, page_request, paged
from openslot.api.replies import CREATED, resource
from openslot.core.roles import Action
from openslot.db import erasures
from openslot.edges import AnyRequest
from openslot.presenters import erasures as present
from openslot.services import erasure
from openslot.wire.erasures import EraseInvitees

SCOPE = "data_compliance:write"
"""For reading too: there is no other of this family."""
SORTING = by_creation("erasures")


@post("/openslot/erasures", scope=SCOPE)
async def create_erasure(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Erase persons by their addresses; for admins and owners."""
    body = await body_of(request, EraseInvitees)
    await call.take_time()
    made = await erasure.erase_as_admin(call.conn, call.principal, body.emails, uris=call.uris, now=call.now)
    return resource(present.erasure(made, call.uris), status=CREATED)


@get("/openslot/erasures", scope=SCOPE)
async def list_erasures(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The organization's receipts, those of Calendly's call and of the command line included."""
    call.principal.require(Action.ERASE, erasure.NOT_ALLOWED)
    query = await query_of(request, PageQuery)
    page = await erasures.list_page(call.conn, call.organization_id, page_request(query, SORTING))
    return paged(request, call.uris, "/openslot/erasures", query, page, lambda row: present.erasure(row, call.uris))


@get("/openslot/erasures/{uuid:str}", scope=SCOPE)
async def get_erasure(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """One receipt."""
    found = await erasure.get(call.conn, call.principal, path_id(uuid, "erasure"))
    return resource(present.erasure(found, call.uris))


HANDLERS = [create_erasure, list_erasures, get_erasure]
