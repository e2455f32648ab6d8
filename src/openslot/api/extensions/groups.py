"""Creating groups and setting their members; Calendly's API only shows them."""

from collections.abc import Sequence

from litestar import Response, delete, patch, post, put
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import body_of, path_id, uri_id
from openslot.api.replies import CREATED, no_content, resource
from openslot.edges import AnyRequest
from openslot.presenters import groups as present
from openslot.services import grouping
from openslot.services.grouping import Wanted
from openslot.wire.groups import ChangeGroup, CreateGroup, GroupMember, PutMembers

WRITE = "groups:write"


@post("/openslot/groups", scope=WRITE)
async def create_group(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """For admins and owners."""
    body = await body_of(request, CreateGroup)
    made = await grouping.create(call.conn, call.principal, body.name, _wanted(body.members), now=call.now)
    return resource(present.group(made, call.uris), status=CREATED)


@patch("/openslot/groups/{uuid:str}", scope=WRITE)
async def update_group(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """For admins and owners; what is left out stays."""
    body = await body_of(request, ChangeGroup)
    changed = await grouping.rename(call.conn, call.principal, path_id(uuid, "group"), body.name, now=call.now)
    return resource(present.group(changed, call.uris))


@put("/openslot/groups/{uuid:str}/members", scope=WRITE)
async def put_members(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """Replace the list of members. For admins, owners and the group's admins."""
    body = await body_of(request, PutMembers)
    changed = await grouping.set_members(
        call.conn, call.principal, path_id(uuid, "group"), _wanted(body.members), now=call.now
    )
    return resource(present.group(changed, call.uris))


@delete("/openslot/groups/{uuid:str}", status_code=204, scope=WRITE)
async def delete_group(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """For admins and owners; its members stay users, webhook subscriptions of its scope end."""
    await grouping.delete(call.conn, call.principal, path_id(uuid, "group"), now=call.now)
    return no_content()


def _wanted(members: Sequence[GroupMember]) -> list[Wanted]:
    return [Wanted(uri_id(one.user, "users", f"members[{index}].user"), one.role) for index, one in enumerate(members)]


HANDLERS = [create_group, update_group, put_members, delete_group]
