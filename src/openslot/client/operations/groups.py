"""Groups of users."""

from typing import ClassVar

from openslot.client.operation import Many, One
from openslot.client.parameters import (
    GroupUri,
    Id,
    MemberUri,
    OrganizationUri,
)
from openslot.wire.groups import Group, GroupRelationship


class ListGroups(Many[Group], kw_only=True):
    """The groups of an organization."""

    path = "/groups"
    scopes: ClassVar = ("groups:read",)
    organization: OrganizationUri


class GetGroup(One[Group]):
    """One group."""

    path = "/groups/{uuid}"
    scopes: ClassVar = ("groups:read",)
    uuid: Id


class ListGroupRelationships(Many[GroupRelationship], kw_only=True):
    """The members of groups: of an organization, of one ``group``, or of one ``owner``."""

    path = "/group_relationships"
    scopes: ClassVar = ("groups:read",)
    organization: OrganizationUri | None = None
    owner: MemberUri | None = None
    group: GroupUri | None = None


class GetGroupRelationship(One[GroupRelationship]):
    """The role of a member in a group."""

    path = "/group_relationships/{uuid}"
    scopes: ClassVar = ("groups:read",)
    uuid: Id
