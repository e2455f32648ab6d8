"""Tokens of pages: letters and digits that hold the direction and the key values of one row.

Source: behaviours, section 3.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import msgspec

from openslot.core.errors import invalid


def write(cursor: tuple[Any, ...], *, backward: bool) -> str:
    """The token of a page that begins after the row with these key values, or ends before it."""
    packed = msgspec.msgpack.encode([backward, *cursor])
    return base64.b32encode(packed).decode().rstrip("=")


def read(token: str, kinds: Sequence[type]) -> tuple[bool, tuple[Any, ...]]:
    """Direction and key values, which are of these types.

    Raises:
        Invalid: it is no token of such a list.
    """
    try:
        packed = base64.b32decode(token + "=" * (-len(token) % 8))
        backward, *values = msgspec.msgpack.decode(packed, type=list[Any])
        cursor: tuple[Any, ...] = tuple(msgspec.convert(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (binascii.Error, ValueError, msgspec.DecodeError, TypeError, RecursionError) as exc:
        raise invalid("page_token") from exc
    if not isinstance(backward, bool):
        raise invalid("page_token")
    return backward, cursor
