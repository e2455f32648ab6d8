"""Organizations and who belongs to them."""

from typing import ClassVar

from openslot.client.operation import Many, Nothing, One
from openslot.client.parameters import (
    Id,
    OrganizationUri,
    Role,
    UserUri,
)
from openslot.wire.organizations import Organization
from openslot.wire.users import OrganizationMembership


class GetOrganization(One[Organization]):
    """The caller's organization."""

    path = "/organizations/{uuid}"
    scopes: ClassVar = ("organizations:read",)
    uuid: Id


class ListOrganizationMemberships(Many[OrganizationMembership], kw_only=True):
    """The members of an organization. Name ``user``, ``organization`` or both."""

    path = "/organization_memberships"
    scopes: ClassVar = ("organizations:read",)
    user: UserUri | None = None
    organization: OrganizationUri | None = None
    email: str | None = None
    """E-mail address of the member."""
    role: Role | None = None


class GetOrganizationMembership(One[OrganizationMembership]):
    """One member, with the role."""

    path = "/organization_memberships/{uuid}"
    scopes: ClassVar = ("organizations:read",)
    uuid: Id


class DeleteOrganizationMembership(Nothing):
    """Remove somebody from the organization. What is booked stays."""

    method: ClassVar = "DELETE"
    path = "/organization_memberships/{uuid}"
    scopes: ClassVar = ("organizations:write",)
    uuid: Id
