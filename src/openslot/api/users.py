"""Users. Source: GET /users/me, GET /users/{uuid}."""

from litestar import Response, get
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import path_id
from openslot.api.replies import resource
from openslot.core.errors import NotFound
from openslot.core.roles import Action
from openslot.db import users
from openslot.presenters import users as present


@get("/users/me", scope="users:read")
async def get_current_user(call: ThisCall) -> Response[bytes]:
    """Whom the token speaks for; every client calls this first."""
    return resource(present.user(call.principal.user, call.uris))


@get("/users/{uuid:str}", scope="users:read")
async def get_user(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Oneself or a member of the same organization.

    Raises:
        NotFound: no such user in the organization.
    """
    found = await users.get(call.conn, path_id(uuid, "user"))
    if found is None or found.organization_id != call.organization_id:
        raise NotFound("user")
    call.principal.require(Action.READ_USER)
    return resource(present.user(found, call.uris))


HANDLERS = [get_current_user, get_user]
