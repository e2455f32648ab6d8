"""The connector's picture, drawn: three slots, the middle one open. Same bytes on every machine."""

import math
import struct
import zlib
from collections.abc import Iterator

BRAND_COLOR = "#0f766e"
SIZE = 160
"""Pixels either way; the platform takes squares of 100 to 230, the drawing within 70 % of them."""

_SHADES = 16
_STROKE = 5.0
_RADIUS = 7.0
_HALF_WIDTH, _HALF_HEIGHT = 46.0, 11.0
_SLOTS = ((46.0, True), (80.0, False), (114.0, True))
"""The middle of each slot from above, and whether it is taken."""


def png() -> bytes:
    """The icon: 16 shades from the brand color to white."""
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 4, 3, 0, 0, 0)  # 4 bits a pixel, by palette
    chunks = ((b"IHDR", header), (b"PLTE", _palette()), (b"IDAT", _stored(b"".join(_lines()))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _palette() -> bytes:
    brand = bytes.fromhex(BRAND_COLOR[1:])
    return bytes(part + (255 - part) * shade // (_SHADES - 1) for shade in range(_SHADES) for part in brand)


def _lines() -> Iterator[bytes]:
    for y in range(SIZE):
        shades = [_shade(x + 0.5, y + 0.5) for x in range(SIZE)]
        yield b"\x00" + bytes(left << 4 | right for left, right in zip(shades[::2], shades[1::2], strict=True))


def _shade(x: float, y: float) -> int:
    covered = max(_coverage(x, y - middle, taken=taken) for middle, taken in _SLOTS)
    return round(covered * (_SHADES - 1))


def _coverage(x: float, y: float, *, taken: bool) -> float:
    """How much of a pixel a slot around ``y`` 0 covers, from its distance to a box with round corners."""
    across = abs(x - SIZE / 2) - _HALF_WIDTH + _RADIUS
    down = abs(y) - _HALF_HEIGHT + _RADIUS
    beyond = math.sqrt(max(across, 0.0) ** 2 + max(down, 0.0) ** 2)
    distance = beyond + min(max(across, down), 0.0) - _RADIUS
    if not taken:
        distance = abs(distance + _STROKE / 2) - _STROKE / 2
    return min(max(0.5 - distance, 0.0), 1.0)


def _stored(content: bytes) -> bytes:
    """``content`` for a decompressor, not compressed: what zlib makes of it depends on its version. RFC 1950, 1951."""
    size = len(content)
    block = b"\x01" + struct.pack("<HH", size, size ^ 0xFFFF) + content
    return b"\x78\x01" + block + struct.pack(">I", zlib.adler32(content))


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
