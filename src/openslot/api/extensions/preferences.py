"""Preferences of hosts and of the organization: time zone, week, holidays, address, agreement to host."""

from uuid import UUID

from litestar import Response, get, patch
from litestar.params import FromPath
from msgspec import UnsetType

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import body_of, path_id, uri_id
from openslot.api.replies import resource
from openslot.core.ids import parse_uri
from openslot.edges import AnyRequest
from openslot.presenters import preferences as present
from openslot.services import preferences
from openslot.wire.preferences import ChangeHostPreferences, ChangeOrganizationPreferences

READ, WRITE = "availability:read", "availability:write"


@get("/openslot/users/{uuid:str}", scope=READ)
async def get_host_preferences(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Hours, holidays and week of a host."""
    user_id = path_id(uuid, "user")
    found = await preferences.of_user(call.conn, call.principal, user_id)
    return resource(present.host_preferences(user_id, call.organization_id, found, call.uris))


@patch("/openslot/users/{uuid:str}", scope=WRITE)
async def update_host_preferences(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """What is left out stays."""
    body = await body_of(request, ChangeHostPreferences)
    user_id = path_id(uuid, "user")
    named = body.hosts_for
    hosts_for = named if isinstance(named, UnsetType) else [_agreed(uri, at) for at, uri in enumerate(named)]
    changed = await preferences.change_user(call.conn, call.principal, user_id, body, hosts_for=hosts_for, now=call.now)
    return resource(present.host_preferences(user_id, call.organization_id, changed, call.uris))


@get("/openslot/organization", scope=READ)
async def get_organization_preferences(call: ThisCall) -> Response[bytes]:
    """Zone and week of the caller's organization."""
    return await _organization(call)


@patch("/openslot/organization", scope=WRITE)
async def update_organization_preferences(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """For admins and owners; what is left out stays."""
    body = await body_of(request, ChangeOrganizationPreferences)
    await preferences.change_organization(call.conn, call.principal, body, now=call.now)
    return await _organization(call)


async def _organization(call: Call) -> Response[bytes]:
    found = await preferences.of_organization(call.conn, call.organization_id)
    return resource(present.organization_preferences(call.organization_id, found, call.uris))


def _agreed(uri: str, index: int) -> UUID:
    """The id of a colleague, or of the organization, which stands for all of them."""
    kind = "organizations" if parse_uri(uri, "users") is None else "users"
    return uri_id(uri, kind, f"hosts_for[{index}]")


HANDLERS = [
    get_host_preferences,
    update_host_preferences,
    get_organization_preferences,
    update_organization_preferences,
]
