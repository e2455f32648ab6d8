"""Invitations into an organization."""

from typing import Annotated

from msgspec import UNSET, Struct, UnsetType

from openslot.wire.bounds import EMAIL, schema
from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class OrganizationInvitation(Open, kw_only=True):
    """An invitation into an organization. Source: GET /organizations/{org_uuid}/invitations/{uuid}."""

    uri: str
    organization: str
    email: str
    status: str
    """``pending``, ``accepted`` or ``declined``. One whose link has expired, after 30 days, is pending still."""
    created_at: Timestamp
    updated_at: Timestamp
    last_sent_at: Timestamp | None
    """When the mail with the link was last sent."""
    user: str | UnsetType = UNSET
    """Who accepted; absent before."""


class CreateOrganizationInvitation(Struct):
    """Body of POST /organizations/{uuid}/invitations."""

    email: Annotated[str, EMAIL, schema(maxLength=254)]
    """Of nobody in the organization."""
