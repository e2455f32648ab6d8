"""Personal access tokens. Ours."""

from typing import Annotated

from msgspec import Meta, Struct

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class CreateAccessToken(Struct):
    """Body of POST /openslot/access_tokens."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]
    """What it is for."""
    scopes: list[str] | None = None
    """What it may do; left out: all that its user may."""
    expires_at: Timestamp | None = None
    """Left out: it does not expire."""


class AccessToken(Open, kw_only=True):
    """A personal access token; its text is stored nowhere."""

    uri: str
    name: str
    user: str
    scopes: list[str] | None
    """None: all that its user may do."""
    created_at: Timestamp
    expires_at: Timestamp | None
    revoked_at: Timestamp | None


class CreatedAccessToken(AccessToken, kw_only=True):
    """A new token, with its text, which is shown now and never again."""

    token: str
