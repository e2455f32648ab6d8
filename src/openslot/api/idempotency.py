"""The header ``Idempotency-Key`` of writes.

Source: ADR 0037; the IETF draft "The Idempotency-Key HTTP Header Field".
"""

import msgspec
from msgspec import MsgspecError

from openslot.core.errors import invalid
from openslot.edges import SAFE_METHODS, AnyRequest
from openslot.services.idempotency import KeyedWrite

HEADER = "Idempotency-Key"
MAX_LENGTH = 255
"""Characters of a key."""


def keyed_write(request: AnyRequest, body: bytes) -> KeyedWrite | None:
    """The key of a write with what was sent; None without the header, and where nothing is written.

    Raises:
        Invalid: the key is empty or too long.
    """
    key = request.headers.get("idempotency-key")
    if key is None or request.method in SAFE_METHODS:
        return None
    if not 1 <= len(key) <= MAX_LENGTH:
        raise invalid(HEADER, f"must have from 1 to {MAX_LENGTH} characters")
    scope = request.scope
    return KeyedWrite.of(
        key.encode(), scope["method"].encode(), scope["path"].encode(), scope["query_string"], _normal(body)
    )


def _normal(body: bytes) -> bytes:
    """The same for bodies that mean the same: a client that repeats a write may order its keys anew."""
    try:
        return msgspec.json.encode(msgspec.json.decode(body), order="sorted")
    except (MsgspecError, UnicodeError, RecursionError):
        return body
