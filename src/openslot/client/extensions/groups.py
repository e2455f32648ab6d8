"""Groups and their members."""

from typing import ClassVar

from openslot.client.operation import Nothing, One
from openslot.client.parameters import Id
from openslot.wire import groups
from openslot.wire.groups import Group


class CreateGroup(One[Group]):
    """Create a group."""

    method: ClassVar = "POST"
    path = "/openslot/groups"
    scopes: ClassVar = ("groups:write",)
    conflicts: ClassVar = "A group of the organization has the name."
    body: groups.CreateGroup


class UpdateGroup(One[Group]):
    """Change a group; what is left out stays as it is."""

    method: ClassVar = "PATCH"
    path = "/openslot/groups/{uuid}"
    scopes: ClassVar = ("groups:write",)
    conflicts: ClassVar = "Another group of the organization has the name."
    uuid: Id
    body: groups.ChangeGroup


class PutGroupMembers(One[Group]):
    """Replace the list of a group's members."""

    method: ClassVar = "PUT"
    path = "/openslot/groups/{uuid}/members"
    scopes: ClassVar = ("groups:write",)
    uuid: Id
    body: groups.PutMembers


class DeleteGroup(Nothing):
    """Delete a group; its members stay in the organization, and webhook subscriptions of its scope end."""

    method: ClassVar = "DELETE"
    path = "/openslot/groups/{uuid}"
    scopes: ClassVar = ("groups:write",)
    uuid: Id
