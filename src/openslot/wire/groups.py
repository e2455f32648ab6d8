"""Groups of an organization's users, and their members."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.bounds import USER
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.names import Name
from openslot.wire.users import OrganizationMembership


class Group(Open, kw_only=True):
    """A group of an organization's users. Source: GET /groups/{uuid}."""

    uri: str
    name: str
    organization: str
    created_at: Timestamp
    updated_at: Timestamp
    """When its name or its list of members last changed."""
    member_count: int
    """Members, the group's admins included."""


class RelationshipOwner(OrganizationMembership, kw_only=True):
    """The membership that is in the group."""

    type: str = "OrganizationMembership"


class GroupRelationship(Open, kw_only=True):
    """The role of a member in a group. Source: GET /group_relationships/{uuid}."""

    uri: str
    role: str
    """``member`` or ``admin``."""
    owner: RelationshipOwner
    organization: str
    group: str
    created_at: Timestamp
    updated_at: Timestamp


class GroupMember(Struct):
    """A member to be added to a group."""

    user: Annotated[str, USER]
    """URI; no user is named twice, or is a member of another group."""
    role: Literal["member", "admin"] = "member"


Members = Annotated[list[GroupMember], Meta(max_length=5000)]
"""The largest body has room for so many."""


class CreateGroup(Struct):
    """Body of POST /openslot/groups."""

    name: Name
    members: Members = []


class ChangeGroup(Struct):
    """Body of PATCH /openslot/groups/{uuid}; what is left out stays."""

    name: Name | UnsetType = UNSET


class PutMembers(Struct):
    """Body of PUT /openslot/groups/{uuid}/members: the whole list of members."""

    members: Members
