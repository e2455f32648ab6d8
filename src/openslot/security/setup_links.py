"""The link by which who has started the service sets it up. Nothing is stored for it.

It works while there is no organization, so it is used once: whoever has it becomes the owner of the first one.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode


def token(key: str) -> str:
    """The secret part of the link; ``key`` is the secret key of the service."""
    signed = hmac.digest(key.encode(), b"set up the first organization", hashlib.sha256)
    return urlsafe_b64encode(signed).decode("ascii").rstrip("=")


def is_token(key: str, text: str) -> bool:
    """Whether ``text`` is it."""
    return hmac.compare_digest(token(key).encode(), text.encode("utf-8", "replace"))
