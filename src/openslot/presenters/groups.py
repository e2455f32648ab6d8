"""Groups as the API shows them, and who belongs to which."""

from openslot.db import groups as rows
from openslot.presenters import users
from openslot.presenters.links import Links
from openslot.wire.codec import Timestamp
from openslot.wire.groups import Group, GroupRelationship, RelationshipOwner


def group(row: rows.Group, links: Links) -> Group:
    """The shape of GET /groups/{uuid}."""
    return Group(
        uri=links.group(row.id),
        name=row.name,
        organization=links.organization(row.organization_id),
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
        member_count=row.member_count,
    )


def relationship(row: rows.Relationship, links: Links) -> GroupRelationship:
    """The shape of GET /group_relationships/{uuid}."""
    return GroupRelationship(
        uri=links.group_relationship(row.id),
        role=row.role,
        owner=RelationshipOwner(
            uri=links.organization_membership(row.membership.id),
            role=row.membership.role,
            user=users.membership_user(row.user, links),
            organization=links.organization(row.organization_id),
            updated_at=Timestamp.of(row.membership.updated_at),
            created_at=Timestamp.of(row.membership.created_at),
        ),
        organization=links.organization(row.organization_id),
        group=links.group(row.group_id),
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )
