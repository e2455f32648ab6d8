"""Groups and who belongs to which. Source: GET /groups, GET /group_relationships."""

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import GroupUri, OrganizationUri, optional_uri_id, path_id, query_of, uri_id
from openslot.api.pagination import UnsortedPageQuery, by_creation, page_request, paged
from openslot.api.replies import resource
from openslot.core.errors import FieldError, Forbidden, Invalid, NotFound
from openslot.core.roles import Action
from openslot.db import group_members, groups
from openslot.edges import AnyRequest
from openslot.presenters import groups as present
from openslot.services import access, grouping

READ = "groups:read"


class ListGroups(UnsortedPageQuery, kw_only=True):
    """Source: GET /groups."""

    organization: OrganizationUri


@get("/groups", scope=READ)
async def list_groups(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """All of the organization for admins and owners; a group's admin sees the own ones."""
    query = await query_of(request, ListGroups)
    organization_id = uri_id(query.organization, "organizations", "organization")
    await access.own_organization(call.conn, call.principal, organization_id)
    admin_id = await grouping.narrowed_to(call.conn, call.principal)
    page = await groups.list_page(
        call.conn, organization_id, page_request(query, by_creation("groups")), admin_id=admin_id
    )
    return paged(request, call.uris, "/groups", query, page, lambda row: present.group(row, call.uris))


@get("/groups/{uuid:str}", scope=READ)
async def get_group(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """For admins, owners and the group's admins."""
    found = await access.group(call.conn, call.principal, path_id(uuid, "group"), Action.READ_GROUP)
    return resource(present.group(found, call.uris))


class ListGroupRelationships(UnsortedPageQuery, kw_only=True):
    """Source: GET /group_relationships."""

    organization: OrganizationUri | None = None
    owner: str | None = None
    group: GroupUri | None = None


@get("/group_relationships", scope=READ)
async def list_group_relationships(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of the organization, of one group, of one membership. No 404: a group that does not exist is forbidden.

    Raises:
        Invalid: no filter is named.
        Forbidden: another organization, or a group that is not there or not the caller's.
    """
    query = await query_of(request, ListGroupRelationships)
    if query.organization is None and query.owner is None and query.group is None:
        raise Invalid(*[FieldError(name, "must be filled") for name in ("organization", "owner", "group")])
    organization_id = optional_uri_id(query.organization, "organizations", "organization")
    if organization_id not in {None, call.organization_id}:
        raise Forbidden
    membership_id = None if query.owner is None else _owner_id(query.owner)
    group_id = optional_uri_id(query.group, "groups", "group")
    admin_id = await grouping.narrowed_to(call.conn, call.principal)
    if group_id is not None:
        try:
            await access.group(call.conn, call.principal, group_id, Action.READ_GROUP)
        except NotFound:
            raise Forbidden from None
    page = await group_members.list_relationships(
        call.conn,
        call.organization_id,
        page_request(query, by_creation("group_members")),
        group_id=group_id,
        membership_id=membership_id,
        admin_id=admin_id,
    )
    path = "/group_relationships"
    return paged(request, call.uris, path, query, page, lambda row: present.relationship(row, call.uris))


@get("/group_relationships/{uuid:str}", scope=READ)
async def get_group_relationship(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """For admins, owners and the group's admins."""
    found = await grouping.get_relationship(call.conn, call.principal, path_id(uuid, "group relationship"))
    return resource(present.relationship(found, call.uris))


def _owner_id(uri: str) -> UUID:
    """The id of a membership or of an invitation. Nobody is in a group by invitation, so those match nothing."""
    return uri_id(uri, "invitations" if "/invitations/" in uri else "organization_memberships", "owner")


HANDLERS = [list_groups, get_group, list_group_relationships, get_group_relationship]
