"""OAuth applications of the organization, for admins and owners."""

from typing import ClassVar

from openslot.client.operation import All, Nothing, One
from openslot.client.parameters import Id
from openslot.wire import oauth_applications
from openslot.wire.oauth_applications import (
    ChangeOAuthApplication,
    CreatedOAuthApplication,
    OAuthApplication,
    OAuthApplicationSecret,
)

NATIVE = "The application is a native one, which has no secret."


class ListOAuthApplications(All[OAuthApplication]):
    """The applications of the organization, the oldest first."""

    path = "/openslot/oauth_applications"
    scopes: ClassVar = ("organizations:read",)


class CreateOAuthApplication(One[CreatedOAuthApplication]):
    """Add an application. Its secrets are in the answer, and nowhere else."""

    method: ClassVar = "POST"
    path = "/openslot/oauth_applications"
    scopes: ClassVar = ("organizations:write",)
    body: oauth_applications.CreateOAuthApplication


class GetOAuthApplication(One[OAuthApplication]):
    """An application."""

    path = "/openslot/oauth_applications/{uuid}"
    scopes: ClassVar = ("organizations:read",)
    uuid: Id


class UpdateOAuthApplication(One[OAuthApplication]):
    """Rename an application, or set where it may be answered."""

    method: ClassVar = "PATCH"
    path = "/openslot/oauth_applications/{uuid}"
    scopes: ClassVar = ("organizations:write",)
    uuid: Id
    body: ChangeOAuthApplication


class RenewOAuthApplicationSecret(One[OAuthApplicationSecret]):
    """Make another secret; the one before works no more."""

    method: ClassVar = "POST"
    path = "/openslot/oauth_applications/{uuid}/secret"
    scopes: ClassVar = ("organizations:write",)
    conflicts: ClassVar = NATIVE
    uuid: Id


class DeleteOAuthApplication(Nothing):
    """Delete an application; whatever members allowed it ends."""

    method: ClassVar = "DELETE"
    path = "/openslot/oauth_applications/{uuid}"
    scopes: ClassVar = ("organizations:write",)
    uuid: Id
