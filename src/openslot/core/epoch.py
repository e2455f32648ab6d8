"""Instants as whole seconds since 1970-01-01T00:00Z: the rules compute with them, exactly and faster than datetimes."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = 60
DAY = 86_400


def floor_seconds(instant: datetime) -> int:
    """The second in which ``instant`` (aware) lies.

    Raises:
        TypeError: ``instant`` is naive.
    """
    elapsed = instant - EPOCH
    return elapsed.days * DAY + elapsed.seconds


def ceil_seconds(instant: datetime) -> int:
    """The first whole second at or after ``instant`` (aware).

    Raises:
        TypeError: ``instant`` is naive.
    """
    elapsed = instant - EPOCH
    return elapsed.days * DAY + elapsed.seconds + (elapsed.microseconds > 0)


def whole_seconds(span: timedelta) -> int:
    """``span`` in seconds; it must not have a fraction of a second."""
    return span.days * DAY + span.seconds


def instant(seconds: int) -> datetime:
    """The instant so many ``seconds`` after the epoch, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
