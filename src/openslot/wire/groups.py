"""Groups of an organization's users, and who belongs to which."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.bounds import USER
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open
from openslot.wire.names import Name
from openslot.wire.users import OrganizationMembership


class Group(Open, kw_only=True):
    """Some people of an organization. Source: GET /groups/{uuid}."""

    uri: str
    name: str
    organization: str
    created_at: Timestamp
    updated_at: Timestamp
    """When its name or its list of people last changed."""
    member_count: int
    """Its admins included."""


class RelationshipOwner(OrganizationMembership, kw_only=True):
    """The membership that is in the group."""

    type: str = "OrganizationMembership"


class GroupRelationship(Open, kw_only=True):
    """Somebody's place in a group. Source: GET /group_relationships/{uuid}."""

    uri: str
    role: str
    """``member`` or ``admin``."""
    owner: RelationshipOwner
    organization: str
    group: str
    created_at: Timestamp
    updated_at: Timestamp


class GroupMember(Struct):
    """Somebody who is to be in a group."""

    user: Annotated[str, USER]
    """URI; nobody is named twice, nor is in another group."""
    role: Literal["member", "admin"] = "member"


Members = Annotated[list[GroupMember], Meta(max_length=5000)]
"""As many as the largest body holds."""


class CreateGroup(Struct):
    """Body of POST /openslot/groups."""

    name: Name
    members: Members = []


class ChangeGroup(Struct):
    """Body of PATCH /openslot/groups/{uuid}; what is left out stays."""

    name: Name | UnsetType = UNSET


class PutMembers(Struct):
    """Body of PUT /openslot/groups/{uuid}/members: everybody who is in the group from now on."""

    members: Members
