"""Invitations into an organization."""

from typing import ClassVar

from openslot.client.operation import Nothing, One, Sortable
from openslot.client.parameters import Id, InvitationStatus
from openslot.wire import invitations
from openslot.wire.invitations import OrganizationInvitation


class ListOrganizationInvitations(Sortable[OrganizationInvitation], kw_only=True):
    """Who was invited into an organization, and what became of it. For admins and owners."""

    path = "/organizations/{uuid}/invitations"
    scopes: ClassVar = ("organizations:read",)
    sort_fields: ClassVar = ("created_at", "email")
    uuid: Id
    email: str | None = None
    """E-mail address that was invited, in any spelling."""
    status: InvitationStatus | None = None


class CreateOrganizationInvitation(One[OrganizationInvitation]):
    """Invite somebody by e-mail.

    The mail has a link on which the person accepts or declines within 30 days. An address that has a pending invitation
    is refused; once that has expired, it gets a new link.
    """

    method: ClassVar = "POST"
    path = "/organizations/{uuid}/invitations"
    scopes: ClassVar = ("organizations:write",)
    refuses: ClassVar = (
        "The address is none, or a member has it, or it has a pending invitation, or somebody else invites it at this "
        "moment; `title` says which."
    )
    uuid: Id
    body: invitations.CreateOrganizationInvitation


class GetOrganizationInvitation(One[OrganizationInvitation]):
    """One invitation. For admins and owners."""

    path = "/organizations/{org_uuid}/invitations/{uuid}"
    scopes: ClassVar = ("organizations:read",)
    org_uuid: Id
    uuid: Id


class DeleteOrganizationInvitation(Nothing):
    """Revoke an invitation: its link leads nowhere any more. One that was accepted is refused."""

    method: ClassVar = "DELETE"
    path = "/organizations/{org_uuid}/invitations/{uuid}"
    scopes: ClassVar = ("organizations:write",)
    refuses: ClassVar = "The invitation was accepted."
    org_uuid: Id
    uuid: Id
