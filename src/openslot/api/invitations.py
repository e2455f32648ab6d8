"""Invitations into an organization. Source: GET and POST /organizations/{uuid}/invitations; behaviours, section 7."""

from datetime import datetime
from typing import Literal

from litestar import Response, delete, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, path_id, query_of
from openslot.api.pagination import PageQuery, SortField, Sorting, page_request, paged
from openslot.api.replies import CREATED, no_content, resource
from openslot.db import invitations
from openslot.edges import AnyRequest
from openslot.presenters import invitations as present
from openslot.services import inviting
from openslot.wire.invitations import CreateOrganizationInvitation

READ, WRITE = "organizations:read", "organizations:write"
OF_ORGANIZATION = "/organizations/{uuid:str}/invitations"
ONE = "/organizations/{org_uuid:str}/invitations/{uuid:str}"
SORTING = Sorting(
    {
        "created_at": SortField("invitations.created_at", datetime),
        "email": SortField("invitations.email", str),
    },
    "created_at:asc",
    "invitations.id",
)


class ListInvitations(PageQuery, kw_only=True):
    """Source: GET /organizations/{uuid}/invitations."""

    email: str | None = None
    status: Literal["pending", "accepted", "declined"] | None = None


@get(OF_ORGANIZATION, scope=READ)
async def list_invitations(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """For admins and owners."""
    query = await query_of(request, ListInvitations)
    organization_id = inviting.into(call.principal, path_id(uuid, "organization"))
    wanted = page_request(query, SORTING)
    page = await invitations.list_page(call.conn, organization_id, wanted, email=query.email, status=query.status)
    path = f"/organizations/{organization_id}/invitations"
    return paged(request, call.uris, path, query, page, lambda row: present.invitation(row, call.uris))


@post(OF_ORGANIZATION, scope=WRITE)
async def create_invitation(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """By mail, as an admin or owner."""
    body = await body_of(request, CreateOrganizationInvitation)
    inviting.into(call.principal, path_id(uuid, "organization"))
    sent = await inviting.invite(call.conn, call.principal, body.email, uris=call.uris, now=call.now)
    return resource(present.invitation(sent.invitation, call.uris), status=CREATED)


@get(ONE, scope=READ)
async def get_invitation(call: ThisCall, org_uuid: FromPath[str], uuid: FromPath[str]) -> Response[bytes]:
    """For admins and owners."""
    inviting.into(call.principal, path_id(org_uuid, "organization"))
    found = await inviting.get(call.conn, call.principal, path_id(uuid, "invitation"))
    return resource(present.invitation(found, call.uris))


@delete(ONE, status_code=204, scope=WRITE)
async def delete_invitation(call: ThisCall, org_uuid: FromPath[str], uuid: FromPath[str]) -> Response[None]:
    """Revoke it, as an admin or owner."""
    inviting.into(call.principal, path_id(org_uuid, "organization"))
    await inviting.revoke(call.conn, call.principal, path_id(uuid, "invitation"), uris=call.uris, now=call.now)
    return no_content()


HANDLERS = [list_invitations, create_invitation, get_invitation, delete_invitation]
