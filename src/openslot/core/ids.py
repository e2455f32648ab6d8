"""Identifiers: UUIDs in our code and database, the last path segment of a URI in the API."""

import secrets
import uuid
from datetime import UTC, datetime


def new_id() -> uuid.UUID:
    """A random id (version 4). Its 122 random bits make it safe in links that grant access, such as an invitee's."""
    return uuid.uuid4()


def ordered_id(now: datetime) -> uuid.UUID:
    """An id that sorts by time (version 7, RFC 9562), for rows to which no link alone grants access.

    Rows of the same time are neighbours in the index, so inserts touch few pages.
    """
    milliseconds = int(now.astimezone(UTC).timestamp() * 1000)
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return uuid.UUID(int=value)


def first_id_at(moment: datetime) -> uuid.UUID:
    """The smallest ``ordered_id`` of a moment; times before 1970 count as 1970."""
    milliseconds = max(0, int(moment.astimezone(UTC).timestamp() * 1000))
    return uuid.UUID(int=milliseconds << 80)


def first_id_after(moment: datetime) -> uuid.UUID:
    """The smallest ``ordered_id`` of the millisecond after a moment."""
    return uuid.UUID(int=first_id_at(moment).int + (1 << 80))


def parse_id(text: str) -> uuid.UUID | None:
    """The id in a path; None where it is not written as we write ids (so the resource does not exist)."""
    try:
        parsed = uuid.UUID(text)
    except ValueError:
        return None
    return parsed if str(parsed) == text.lower() else None


def parse_uri(uri: str, resource: str) -> uuid.UUID | None:
    """The id in a resource URI such as ``.../users/{uuid}``, with any host and prefix; None: not such a URI."""
    *_, kind, text = ["", *uri.rstrip("/").split("/")]
    return parse_id(text) if kind == resource else None
