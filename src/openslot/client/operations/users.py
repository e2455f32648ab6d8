"""Users."""

from typing import ClassVar

from openslot.client.operation import One
from openslot.client.parameters import (
    Id,
)
from openslot.wire.users import User


class GetCurrentUser(One[User]):
    """The user to whom the token belongs."""

    path = "/users/me"
    scopes: ClassVar = ("users:read",)


class GetUser(One[User]):
    """A member of the caller's organization."""

    path = "/users/{uuid}"
    scopes: ClassVar = ("users:read",)
    uuid: Id
