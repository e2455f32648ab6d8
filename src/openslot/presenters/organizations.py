"""Organizations and memberships as the API shows them."""

from openslot.db import memberships, organizations
from openslot.presenters import users
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.organizations import Organization
from openslot.wire.users import OrganizationMembership


def organization(row: organizations.Organization, uris: Uris) -> Organization:
    """The shape of GET /organizations/{uuid}."""
    return Organization(
        uri=uris.organization(row.id),
        name=row.name,
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )


def membership(row: memberships.Membership, uris: Uris) -> OrganizationMembership:
    """The shape of GET /organization_memberships/{uuid}."""
    return OrganizationMembership(
        uri=uris.organization_membership(row.id),
        role=row.role,
        user=users.membership_user(row.user, uris),
        organization=uris.organization(row.organization_id),
        updated_at=Timestamp.of(row.updated_at),
        created_at=Timestamp.of(row.created_at),
    )
