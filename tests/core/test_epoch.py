from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from openslot.core.epoch import ceil_seconds, floor_seconds, instant, whole_seconds

BERLIN_WINTER = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("moment", "floor", "ceil"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0, 0),
        (datetime(1970, 1, 2, 1, 0, 1, tzinfo=BERLIN_WINTER), 86_401, 86_401),
        (datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC), 0, 1),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1, 0),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), 253_402_300_799, 253_402_300_800),
    ],
)
def test_an_instant_falls_between_two_whole_seconds(moment: datetime, floor: int, ceil: int) -> None:
    assert (floor_seconds(moment), ceil_seconds(moment)) == (floor, ceil)


def test_seconds_become_an_instant_in_utc() -> None:
    moment = instant(1_796_000_000)
    assert (moment, moment.tzinfo) == (datetime(2026, 11, 30, 0, 53, 20, tzinfo=UTC), UTC)


def test_spans_count_their_days() -> None:
    assert whole_seconds(timedelta(days=2, minutes=1)) == 172_860


@pytest.mark.parametrize("convert", [floor_seconds, ceil_seconds])
def test_a_naive_time_is_no_instant(convert: Callable[[datetime], int]) -> None:
    with pytest.raises(TypeError, match="naive"):
        convert(datetime(2026, 12, 7))  # noqa: DTZ001 -- what is refused
