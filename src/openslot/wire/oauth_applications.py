"""OAuth applications of an organization. Ours."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open

Name = Annotated[str, Meta(min_length=1, max_length=100)]
RedirectUris = Annotated[list[str], Meta(min_length=1, max_length=20)]


class CreateOAuthApplication(Struct, kw_only=True):
    """Body of POST /openslot/oauth_applications."""

    name: Name
    """What members are shown."""
    redirect_uris: RedirectUris
    """Where members are sent back to: https, or http with localhost."""
    native: bool = False
    """An app on a device or in a browser: it has no secret, and must use PKCE."""
    scopes: list[str] | None = None
    """What it may ask for; left out: every scope."""


class ChangeOAuthApplication(Struct, kw_only=True):
    """Body of PATCH /openslot/oauth_applications/{uuid}; what is left out stays."""

    name: Name | UnsetType = UNSET
    redirect_uris: RedirectUris | UnsetType = UNSET


class OAuthApplication(Open, kw_only=True):
    """An application that members may let act for them."""

    uri: str
    client_id: str
    name: str
    redirect_uris: list[str]
    native: bool
    scopes: list[str] | None
    """None: every scope."""
    created_at: Timestamp


class CreatedOAuthApplication(OAuthApplication, kw_only=True):
    """A new application with its secrets, which are shown now and never again."""

    client_secret: str | None
    """None: it has none."""
    webhook_signing_key: str
    """Signs what is delivered to webhook subscriptions that are made through the application."""


class OAuthApplicationSecret(Open, kw_only=True):
    """Another secret of an application; the one before works no more."""

    client_id: str
    client_secret: str
    webhook_signing_key: str | None
    """None: it stays as it was."""
