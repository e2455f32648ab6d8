"""OAuth applications in their shape."""

from openslot.db.oauth_applications import OAuthApplication
from openslot.presenters.uris import Uris
from openslot.wire import oauth_applications as wire
from openslot.wire.codec import Timestamp


def oauth_application(row: OAuthApplication, uris: Uris) -> wire.OAuthApplication:
    return wire.OAuthApplication(
        uri=uris.oauth_application(row.id),
        client_id=str(row.id),
        name=row.name,
        redirect_uris=row.redirect_uris,
        native=row.is_native,
        scopes=row.scopes,
        created_at=Timestamp.of(row.created_at),
    )


def created_oauth_application(
    row: OAuthApplication, uris: Uris, *, secret: str | None, signing_key: str
) -> wire.CreatedOAuthApplication:
    """With its secrets."""
    shown = oauth_application(row, uris)
    return wire.CreatedOAuthApplication(
        uri=shown.uri, client_id=shown.client_id, name=shown.name, redirect_uris=shown.redirect_uris,
        native=shown.native, scopes=shown.scopes, created_at=shown.created_at, client_secret=secret,
        webhook_signing_key=signing_key,
    )  # fmt: skip
