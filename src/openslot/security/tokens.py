"""Random tokens: shown once, stored as a SHA-256 digest."""

import hashlib
import secrets

PREFIX = "osl_"


def new_token() -> str:
    """A personal access token: 256 random bits behind a prefix that secret scanners can find."""
    return PREFIX + secrets.token_urlsafe(32)


def new_link_token() -> str:
    """The secret part of a private booking page's address: 128 random bits."""
    return secrets.token_urlsafe(16)


def new_picture_name() -> str:
    """What a picture is called in its address: 128 random bits, so that pictures can't be listed by trying."""
    return secrets.token_hex(16)


def digest(token: str) -> bytes:
    """The digest to store. It needs no salt: tokens are random, so nobody can precompute digests."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def new_session_secret() -> str:
    """The secret of a session, for its cookie: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_client_secret() -> str:
    """The secret of an OAuth application: 256 random bits behind a prefix that secret scanners can find."""
    return "osc_" + secrets.token_urlsafe(32)


def new_grant_secret() -> str:
    """A code or a refresh token of OAuth: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_signing_key() -> str:
    """The key that signs the webhooks of an OAuth application: 256 random bits."""
    return secrets.token_urlsafe(32)


def new_invitation_secret() -> str:
    """The secret part of an invitation's link: 256 random bits."""
    return secrets.token_urlsafe(32)
