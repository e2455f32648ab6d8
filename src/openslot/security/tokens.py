"""Random tokens: shown once, stored as a SHA-256 digest."""

import hashlib
import secrets

PREFIX = "osl_"


def new_token() -> str:
    """A personal access token: 256 random bits behind a prefix that secret scanners can find."""
    return PREFIX + secrets.token_urlsafe(32)


def new_link_token() -> str:
    """What the address of a private booking page grants access with: 128 random bits."""
    return secrets.token_urlsafe(16)


def digest(token: str) -> bytes:
    """What is stored. No salt is needed: the token is random, so a table of digests can't be built."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
