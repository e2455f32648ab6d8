"""Personal access tokens in their shape."""

from openslot.db.access_tokens import AccessToken
from openslot.presenters.uris import Uris
from openslot.wire import access_tokens as wire
from openslot.wire.codec import Timestamp


def access_token(row: AccessToken, uris: Uris) -> wire.AccessToken:
    return wire.AccessToken(
        uri=uris.access_token(row.id),
        name=row.name,
        user=uris.user(row.user_id),
        scopes=row.scopes,
        created_at=Timestamp.of(row.created_at),
        expires_at=None if row.expires_at is None else Timestamp.of(row.expires_at),
        revoked_at=None if row.revoked_at is None else Timestamp.of(row.revoked_at),
    )


def created_access_token(row: AccessToken, text: str, uris: Uris) -> wire.CreatedAccessToken:
    """With the text of the token."""
    shown = access_token(row, uris)
    return wire.CreatedAccessToken(
        uri=shown.uri, name=shown.name, user=shown.user, scopes=shown.scopes, created_at=shown.created_at,
        expires_at=shown.expires_at, revoked_at=shown.revoked_at, token=text,
    )  # fmt: skip
