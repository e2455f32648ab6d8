"""Pictures of users, and the organization's logo."""

from typing import ClassVar

from openslot.client.operation import Nothing, One
from openslot.client.parameters import Id
from openslot.wire.pictures import Picture


class PutUserPicture(One[Picture]):
    """Set the picture of a user, which the user's pages show, in place of the one before.

    The body is a PNG, JPEG, WebP or GIF file of up to 5 MB and 25 million pixels; its `Content-Type` is not read. The
    square in its middle is written anew, with at most 256 pixels a side and without metadata.
    """

    method: ClassVar = "PUT"
    path = "/openslot/users/{uuid}/picture"
    scopes: ClassVar = ("organizations:write",)
    uuid: Id
    body: bytes


class DeleteUserPicture(Nothing):
    """Delete the picture of a user; pages show initials again."""

    method: ClassVar = "DELETE"
    path = "/openslot/users/{uuid}/picture"
    scopes: ClassVar = ("organizations:write",)
    uuid: Id


class PutLogo(One[Picture]):
    """Set the logo of the organization, which its members' pages show, in place of the one before.

    The body is a file as for the picture of a user. It is written anew within 480 by 160 pixels; what is transparent
    stays so.
    """

    method: ClassVar = "PUT"
    path = "/openslot/organization/logo"
    scopes: ClassVar = ("organizations:write",)
    body: bytes


class DeleteLogo(Nothing):
    """Delete the logo of the organization."""

    method: ClassVar = "DELETE"
    path = "/openslot/organization/logo"
    scopes: ClassVar = ("organizations:write",)
    absent: ClassVar = "The organization has no logo."
