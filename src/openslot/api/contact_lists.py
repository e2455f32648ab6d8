"""Lists of a user's contacts. Source: since-september, section 1."""

from litestar import Response, get, patch, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.contacts import READ, WRITE
from openslot.api.decoding import body_of, path_id
from openslot.api.replies import CREATED, reply, resource
from openslot.db import contact_lists
from openslot.edges import AnyRequest
from openslot.presenters import contact_lists as present
from openslot.services.contacts import listing
from openslot.services.contacts.listing import Named
from openslot.wire.common import Page, Pagination
from openslot.wire.contact_lists import ChangeMemberships, CreateContactList, MembershipResult, RenameContactList


@get("/contact_lists", scope=READ)
async def list_contact_lists(call: ThisCall) -> Response[bytes]:
    """All of the caller's, in one page."""
    rows = await contact_lists.list_for_user(call.conn, call.organization_id, call.user_id)
    pagination = Pagination(len(rows), next_page=None, previous_page=None)
    return reply(Page([present.contact_list(row, call.uris) for row in rows], pagination))


@get("/contact_lists/{uuid:str}", scope=READ)
async def get_contact_list(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """One of the caller's."""
    found = await listing.own(call.conn, call.principal, path_id(uuid, "contact list"))
    return resource(present.contact_list(found, call.uris))


@post("/contact_lists", scope=WRITE)
async def create_contact_list(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """A list of the caller's, with as many of the named contacts as there are."""
    body = await body_of(request, CreateContactList)
    made, named = await listing.create(call.conn, call.principal, body.name, body.contacts, now=call.now)
    return resource(present.created(made, _result(named), call.uris), status=CREATED)


@patch("/contact_lists/{uuid:str}", scope=WRITE)
async def rename_contact_list(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """Another name for one of the caller's."""
    list_id = path_id(uuid, "contact list")
    body = await body_of(request, RenameContactList)
    changed = await listing.rename(call.conn, call.principal, list_id, body.name, now=call.now)
    return resource(present.contact_list(changed, call.uris))


@post("/contact_lists/{uuid:str}/memberships", scope=WRITE, status_code=200)
async def add_memberships(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """Contacts into one of the caller's lists."""
    list_id = path_id(uuid, "contact list")
    body = await body_of(request, ChangeMemberships)
    return resource(_result(await listing.add(call.conn, call.principal, list_id, body.contacts, now=call.now)))


@post("/contact_lists/{uuid:str}/memberships/removal", scope=WRITE, status_code=200)
async def remove_memberships(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """Contacts out of one of the caller's lists."""
    list_id = path_id(uuid, "contact list")
    body = await body_of(request, ChangeMemberships)
    return resource(_result(await listing.remove(call.conn, call.principal, list_id, body.contacts, now=call.now)))


def _result(named: Named) -> MembershipResult:
    return present.membership_result(len(named.known), named.failed)


HANDLERS = [
    list_contact_lists,
    get_contact_list,
    create_contact_list,
    rename_contact_list,
    add_memberships,
    remove_memberships,
]
