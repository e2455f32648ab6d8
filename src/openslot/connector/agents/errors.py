"""What agents read when a tool fails: the error, and what to do about it."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from types import UnionType

from openslot.client import errors
from openslot.connector import definition
from openslot.connector.agents.times import SOON, utc_now
from openslot.connector.agents.tool import Tool

_ADVICE: Sequence[tuple[type[errors.ClientError] | UnionType, str]] = (
    (
        errors.Unauthenticated | errors.TokenMissing,
        "OPENSLOT_TOKEN is not accepted, and only who runs this server can replace it; do not call again.",
    ),
    (
        errors.Forbidden,
        "The token may not do this, or it can't be done any more; do not call again unchanged.",
    ),
    (errors.NotFound, "Use a URI that another tool returned, of the kind that this one takes."),
    (
        errors.InvalidArgument | errors.Conflict,
        "Correct what is named; if a time is not available any more, choose another from a fresh list.",
    ),
)


def message_of(error: errors.ClientError) -> str:
    """What went wrong, without the request, with which it ends: its URL is of no use to an agent."""
    match error:
        case errors.NoAnswer() | errors.UnreadableAnswer() | errors.Refused():
            return str(error).rpartition(f" [{error.method} {error.url}")[0]
        case _:
            return str(error)


def is_of_a_past_start(error: errors.ClientError, given: object) -> bool:
    """Whether a start among the arguments was refused that does not lie in the future any more."""
    start_time = getattr(given, "start_time", None)
    return (
        isinstance(error, errors.InvalidArgument)
        and isinstance(start_time, datetime)
        and start_time <= utc_now() + SOON
    )


def advice(error: errors.ClientError, tool: Tool) -> str:
    """What to do about an error, in a sentence."""
    if isinstance(error, errors.RateLimited | errors.Throttled):
        seconds = error.retry_after_seconds or definition.THROTTLING.period_seconds
        return f"Wait {ceil(seconds)} seconds, then call again."
    again = (
        "Call again in a minute."
        if tool.read_only or tool.idempotent
        else "It may have been done all the same: look with list_scheduled_events before you call again."
    )
    return next((words for kind, words in _ADVICE if isinstance(error, kind)), again)
