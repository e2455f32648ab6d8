"""Making teams and setting their members; Calendly's API only shows them."""

from collections.abc import Sequence
from uuid import UUID

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath
from msgspec import UNSET

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, path_id
from openslot.api.organizations import READ
from openslot.api.replies import CREATED, no_content, resource
from openslot.core.errors import FieldError, Invalid
from openslot.core.ids import parse_uri
from openslot.edges import AnyRequest
from openslot.presenters import teams as present
from openslot.services import teaming
from openslot.wire.teams import ChangeTeam, CreateTeam

WRITE = "organizations:write"


@post("/openslot/teams", scope=WRITE)
async def create_team(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """For admins and owners."""
    body = await body_of(request, CreateTeam)
    made = await teaming.create(call.conn, call.principal, body.name, body.slug, _ids(body.members), now=call.now)
    return resource(present.with_members(made, call.uris), status=CREATED)


@get("/openslot/teams/{uuid:str}", scope=READ)
async def get_team_with_members(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """For everybody in the organization."""
    found = await teaming.get(call.conn, call.principal, path_id(uuid, "team"))
    return resource(present.with_members(found, call.uris))


@patch("/openslot/teams/{uuid:str}", scope=WRITE)
async def update_team(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """For admins and owners; what is left out stays."""
    body = await body_of(request, ChangeTeam)
    changed = await teaming.change(
        call.conn,
        call.principal,
        path_id(uuid, "team"),
        name=body.name,
        members=UNSET if body.members is UNSET else _ids(body.members),
        now=call.now,
    )
    return resource(present.with_members(changed, call.uris))


@delete("/openslot/teams/{uuid:str}", status_code=204, scope=WRITE)
async def delete_team(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """For admins and owners; its page goes with it."""
    await teaming.delete(call.conn, call.principal, path_id(uuid, "team"))
    return no_content()


def _ids(uris: Sequence[str]) -> list[UUID]:
    """The users that are named.

    Raises:
        Invalid: some are no URIs of users; each is named.
    """
    ids = [parse_uri(uri, "users") for uri in uris]
    errors = [FieldError(f"members[{index}]", "invalid") for index, one in enumerate(ids) if one is None]
    if errors:
        raise Invalid(*errors)
    return [one for one in ids if one is not None]


HANDLERS = [create_team, get_team_with_members, update_team, delete_team]
