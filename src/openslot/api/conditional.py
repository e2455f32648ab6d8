"""Entity tags of reads: a caller who has the answer already is told so in a few bytes.

Source: since-september, section 6; RFC 9110, sections 8.8.3 and 13.1.2. The work of a read is done all the same: the
tag is a digest of the answer, so it is never wrong, and needs no version of a row (ADR 0038).
"""

from collections.abc import Iterable
from hashlib import sha256

NOT_MODIFIED = 304
REVALIDATED = b"max-age=0, private, must-revalidate"
"""The ``Cache-Control`` of reads: only the caller may keep them, and asks each time."""

Headers = Iterable[tuple[bytes, bytes]]


def tag_of(content: bytes) -> bytes:
    """The weak tag of an answer: compressed, its bytes are others."""
    return b'W/"%s"' % sha256(content).hexdigest()[:32].encode()


def is_known(headers: Headers, tag: bytes) -> bool:
    """Whether ``If-None-Match`` among the headers of a request names the tag; compared weakly."""
    opaque = tag.removeprefix(b"W/")
    return any(
        part.rpartition(b"W/")[2].strip() in {opaque, b"*"}
        for name, value in headers
        if name == b"if-none-match"
        for part in value.split(b",")
    )
