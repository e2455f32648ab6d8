"""Tokens of page forms: they identify a submitted form, and prove that the sender was shown that form (ADR 0022).

The server stores nothing when it makes a token, and no cookie is needed. Only a digest is stored, once the form has
been processed.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime

from openslot.core.epoch import floor_seconds, instant

_RANDOM = 16
_SHOWN = 8
_SIGNED = _RANDOM + _SHOWN
_SIGNATURE = 18
"""Bytes of the signature. The total is a multiple of 3, so base64 has no spare bits and each token has one spelling."""
_CHARACTERS = (_SIGNED + _SIGNATURE) // 3 * 4


@dataclass(frozen=True)
class ShownForm:
    """The contents of a token."""

    secret: bytes = field(repr=False)
    """The random part."""
    shown_at: datetime
    """When the form was shown, in whole seconds."""


@dataclass(frozen=True)
class FormTokens:
    """Makes tokens and verifies their signatures. ``key`` is the secret key of the service."""

    key: str = field(repr=False)

    def new(self, now: datetime) -> str:
        """A token for a form that is being shown: 128 random bits, the time, and a signature."""
        body = secrets.token_bytes(_RANDOM) + floor_seconds(now).to_bytes(_SHOWN, "big", signed=True)
        return urlsafe_b64encode(body + self._signature(body)).decode("ascii")

    def read(self, token: str) -> ShownForm | None:
        """The contents of a token; None where it is not one of ours."""
        if len(token) != _CHARACTERS or not token.isascii():
            return None
        try:
            raw = urlsafe_b64decode(token)
        except ValueError:
            return None
        if urlsafe_b64encode(raw) != token.encode():  # decoding accepts other spellings as well
            return None
        body, signature = raw[:_SIGNED], raw[_SIGNED:]
        if not hmac.compare_digest(signature, self._signature(body)):
            return None
        return ShownForm(body[:_RANDOM], instant(int.from_bytes(body[_RANDOM:], "big", signed=True)))

    def _signature(self, body: bytes) -> bytes:
        key = hashlib.sha256(f"form:{self.key}".encode()).digest()
        return hmac.digest(key, body, "sha256")[:_SIGNATURE]


def session_form_token(key: str, session_secret: str) -> str:
    """The token of every form that is shown in a session: another site can't know it, nor another session."""
    signed = hmac.digest(hashlib.sha256(f"session forms:{key}".encode()).digest(), session_secret.encode(), "sha256")
    return urlsafe_b64encode(signed).rstrip(b"=").decode("ascii")
