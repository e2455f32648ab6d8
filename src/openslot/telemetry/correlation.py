"""Correlation ids: one id from a request to the last delivery it causes, in logs, event log and deliveries."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from openslot.core.ids import new_id

_current: ContextVar[UUID | None] = ContextVar("correlation", default=None)


def current() -> UUID:
    """The id of the current operation; a new one where there is none."""
    return _current.get() or new_id()


def known() -> UUID | None:
    """The id of the current operation, or None."""
    return _current.get()


@contextmanager
def within(correlation_id: UUID) -> Iterator[UUID]:
    """Use this id for everything in the block."""
    token = _current.set(correlation_id)
    try:
        yield correlation_id
    finally:
        _current.reset(token)
