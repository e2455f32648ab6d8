"""One id from a request to the last delivery it causes: in the logs, in the event log, on the deliveries."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from openslot.core.ids import new_id

_current: ContextVar[UUID | None] = ContextVar("correlation", default=None)


def current() -> UUID:
    """The id of the act under way; a new one where none has begun."""
    return _current.get() or new_id()


def known() -> UUID | None:
    """The id of the act under way, or None."""
    return _current.get()


@contextmanager
def within(correlation_id: UUID) -> Iterator[UUID]:
    """Let everything in the block belong to one act."""
    token = _current.set(correlation_id)
    try:
        yield correlation_id
    finally:
        _current.reset(token)
