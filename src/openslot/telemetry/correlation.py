"""Correlation ids: one id from a request to the last delivery it causes, in logs, event log and deliveries.

And the user whose token made the request, for the event log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from openslot.core.ids import new_id


class _Operation:
    """One request or job. The caller is found out later than the id, perhaps in a task of its own."""

    __slots__ = ("id", "user_id")

    def __init__(self, operation_id: UUID) -> None:
        self.id = operation_id
        self.user_id: UUID | None = None


_current: ContextVar[_Operation | None] = ContextVar("correlation", default=None)


def current() -> UUID:
    """The id of the current operation; a new one where there is none."""
    return known() or new_id()


def known() -> UUID | None:
    """The id of the current operation, or None."""
    operation = _current.get()
    return None if operation is None else operation.id


def caller() -> UUID | None:
    """The user for whom the current operation is; None: an invitee, or the service by itself."""
    operation = _current.get()
    return None if operation is None else operation.user_id


def called_by(user_id: UUID) -> None:
    """Say for whom the current operation is, once that is known."""
    operation = _current.get()
    if operation is not None:
        operation.user_id = user_id


@contextmanager
def within(correlation_id: UUID) -> Iterator[UUID]:
    """Use this id for everything in the block."""
    token = _current.set(_Operation(correlation_id))
    try:
        yield correlation_id
    finally:
        _current.reset(token)
