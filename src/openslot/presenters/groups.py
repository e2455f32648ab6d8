"""Groups as the API shows them, and who belongs to which."""

from openslot.db import group_members, groups
from openslot.presenters import users
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.groups import Group, GroupRelationship, RelationshipOwner


def group(row: groups.Group, uris: Uris) -> Group:
    """The shape of GET /groups/{uuid}."""
    return Group(
        uri=uris.group(row.id),
        name=row.name,
        organization=uris.organization(row.organization_id),
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
        member_count=row.member_count,
    )


def relationship(row: group_members.Relationship, uris: Uris) -> GroupRelationship:
    """The shape of GET /group_relationships/{uuid}."""
    return GroupRelationship(
        uri=uris.group_relationship(row.id),
        role=row.role,
        owner=RelationshipOwner(
            uri=uris.organization_membership(row.membership.id),
            role=row.membership.role,
            user=users.membership_user(row.user, uris),
            organization=uris.organization(row.organization_id),
            updated_at=Timestamp.of(row.membership.updated_at),
            created_at=Timestamp.of(row.membership.created_at),
        ),
        organization=uris.organization(row.organization_id),
        group=uris.group(row.group_id),
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )
