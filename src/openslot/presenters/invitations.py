"""Invitations into an organization as the API shows them."""

from msgspec import UNSET

from openslot.db.invitations import Invitation
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.invitations import OrganizationInvitation


def invitation(row: Invitation, uris: Uris) -> OrganizationInvitation:
    """The shape of GET /organizations/{org_uuid}/invitations/{uuid}."""
    return OrganizationInvitation(
        uri=uris.organization_invitation(row.organization_id, row.id),
        organization=uris.organization(row.organization_id),
        email=row.email,
        status=row.status,
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
        last_sent_at=Timestamp.of(row.last_sent_at),
        user=UNSET if row.user_id is None else uris.user(row.user_id),
    )
