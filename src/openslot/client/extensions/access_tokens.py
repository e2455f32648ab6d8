"""Personal access tokens."""

from typing import ClassVar

from openslot.client.operation import All, Nothing, One
from openslot.client.parameters import Id
from openslot.wire import access_tokens
from openslot.wire.access_tokens import AccessToken, CreatedAccessToken


class ListAccessTokens(All[AccessToken]):
    """The caller's own, the oldest first; ended ones too."""

    path = "/openslot/access_tokens"
    scopes: ClassVar = ("users:read",)


class CreateAccessToken(One[CreatedAccessToken]):
    """Make a token of the caller, which is shown once.

    It takes a personal token that may do everything. The text of the new one is in the answer, and nowhere else.
    """

    method: ClassVar = "POST"
    path = "/openslot/access_tokens"
    scopes: ClassVar = ("organizations:write",)
    body: access_tokens.CreateAccessToken


class RevokeAccessToken(Nothing):
    """End a token: an own one, or as admin that of any member.

    It takes a personal token that may do everything.
    """

    method: ClassVar = "DELETE"
    path = "/openslot/access_tokens/{uuid}"
    scopes: ClassVar = ("organizations:write",)
    uuid: Id
