"""Links by which a host answers a booking request from a mail, without signing in. Nothing is stored for them.

Who has the link may answer this one request as that host, while it waits; an answer ends it.
"""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple
from uuid import UUID

_IDS, _SIGNATURE = 32, 16
"""Bytes. The total is a multiple of 3, so each token has one spelling."""
_CHARACTERS = (_IDS + _SIGNATURE) // 3 * 4


class Answerable(NamedTuple):
    """What a token is for."""

    hold_id: UUID
    user_id: UUID


def token(key: str, answerable: Answerable) -> str:
    """The token in the link; ``key`` is the secret key of the service."""
    body = answerable.hold_id.bytes + answerable.user_id.bytes
    return urlsafe_b64encode(body + _signature(key, body)).decode("ascii")


def read(key: str, text: str) -> Answerable | None:
    """What ``token`` was given; None where it is none of ours."""
    if len(text) != _CHARACTERS or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text)
    except ValueError:
        return None
    body, signature = raw[:_IDS], raw[_IDS:]
    if not hmac.compare_digest(signature, _signature(key, body)):
        return None
    return Answerable(UUID(bytes=body[:16]), UUID(bytes=body[16:]))


def _signature(key: str, body: bytes) -> bytes:
    signing = hashlib.sha256(f"answer links:{key}".encode()).digest()
    return hmac.digest(signing, body, "sha256")[:_SIGNATURE]
