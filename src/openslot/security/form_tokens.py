"""The token of a form that is shown: which form was sent, and that somebody who was shown it sends it (ADR 0022).

It is made without a trace on the server, in no cookie, and stored only as a digest once the form has done something.
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
_MARK = 18
"""Bytes of the signature; the whole fills its letters to the last bit, so each token is written in one way only."""
_LETTERS = (_SIGNED + _MARK) // 3 * 4


@dataclass(frozen=True)
class ShownForm:
    """What a token says."""

    secret: bytes = field(repr=False)
    """The random part."""
    shown_at: datetime
    """When the form was shown, in whole seconds."""


@dataclass(frozen=True)
class FormTokens:
    """Makes tokens, and knows its own by their signature. ``key`` is the service's secret."""

    key: str = field(repr=False)

    def new(self, now: datetime) -> str:
        """A token for a form that is shown now: 128 random bits, the time, and a signature."""
        body = secrets.token_bytes(_RANDOM) + floor_seconds(now).to_bytes(_SHOWN, "big", signed=True)
        return urlsafe_b64encode(body + self._mark(body)).decode("ascii")

    def read(self, token: str) -> ShownForm | None:
        """What a token of ours says; None where it is none."""
        if len(token) != _LETTERS or not token.isascii():
            return None
        try:
            raw = urlsafe_b64decode(token)
        except ValueError:
            return None
        if urlsafe_b64encode(raw) != token.encode():  # decoding takes other spellings too
            return None
        body, mark = raw[:_SIGNED], raw[_SIGNED:]
        if not hmac.compare_digest(mark, self._mark(body)):
            return None
        return ShownForm(body[:_RANDOM], instant(int.from_bytes(body[_RANDOM:], "big", signed=True)))

    def _mark(self, body: bytes) -> bytes:
        key = hashlib.sha256(f"form:{self.key}".encode()).digest()
        return hmac.digest(key, body, "sha256")[:_MARK]
