"""Organizations and their members. Source: GET /organizations, GET /organization_memberships."""

from typing import Literal

from litestar import Response, delete, get
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import OrganizationUri, UserUri, optional_uri_id, path_id, query_of
from openslot.api.pagination import UnsortedPageQuery, by_creation, page_request, paged
from openslot.api.replies import no_content, resource
from openslot.core.errors import FieldError, Invalid, NotFound
from openslot.core.roles import Action
from openslot.db import memberships, organizations
from openslot.edges import AnyRequest
from openslot.presenters import organizations as present
from openslot.services import access, membership

READ = "organizations:read"


@get("/organizations/{uuid:str}", scope=READ)
async def get_organization(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """The caller's own.

    Raises:
        NotFound: it is not.
    """
    found = await organizations.get(call.conn, path_id(uuid, "organization"))
    if found is None or found.id != call.organization_id:
        raise NotFound("organization")
    return resource(present.organization(found, call.uris))


class ListMemberships(UnsortedPageQuery, kw_only=True):
    """Source: GET /organization_memberships."""

    user: UserUri | None = None
    organization: OrganizationUri | None = None
    email: str | None = None
    role: Literal["owner", "admin", "user"] | None = None


@get("/organization_memberships", scope=READ)
async def list_memberships(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """All of the organization for admins and owners; members see themselves, a group's admin its members too.

    Raises:
        Invalid: neither user nor organization is named.
        Forbidden: another organization or its user, or somebody else whom the caller is not in charge of.
    """
    query = await query_of(request, ListMemberships)
    if query.user is None and query.organization is None:
        raise Invalid(*[FieldError(name, "must be filled") for name in ("user", "organization")])
    organization_id = optional_uri_id(query.organization, "organizations", "organization")
    if organization_id is not None:
        await access.own_organization(call.conn, call.principal, organization_id)
    user_id = optional_uri_id(query.user, "users", "user")
    if user_id is not None:
        await access.supervised(call.conn, call.principal, user_id, Action.READ_MEMBERSHIP)
    page = await memberships.list_page(
        call.conn,
        call.organization_id,
        page_request(query, by_creation("membership")),
        user_id=user_id,
        email=query.email,
        role=query.role,
        seen_by=None if call.principal.reaches_all(Action.READ_MEMBERSHIP) else call.user_id,
    )
    path = "/organization_memberships"
    return paged(request, call.uris, path, query, page, lambda row: present.membership(row, call.uris))


@get("/organization_memberships/{uuid:str}", scope=READ)
async def get_membership(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """As in the list."""
    found = await membership.get(call.conn, call.principal, path_id(uuid, "organization membership"))
    return resource(present.membership(found, call.uris))


@delete("/organization_memberships/{uuid:str}", status_code=204, scope="organizations:write")
async def delete_membership(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """Remove somebody from the organization, as an admin or owner."""
    membership_id = path_id(uuid, "organization membership")
    await membership.remove(call.conn, call.principal, membership_id, uris=call.uris, now=call.now)
    return no_content()


HANDLERS = [get_organization, list_memberships, get_membership, delete_membership]
