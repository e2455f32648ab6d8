"""A month as large as they come, against starts on which two independent programs agree."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.listing import free_slots
from openslot.core.availability import AvailabilitySchedule, WallInterval
from openslot.core.intervals import Interval
from openslot.core.slots import Rules

MONTH: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "month.json").read_text(encoding="utf-8"))


def instants(texts: list[str]) -> list[datetime]:
    return [datetime.fromisoformat(text) for text in texts]


def starts(host: dict[str, Any], *, minutes: int, step: int) -> list[datetime]:
    hours = (WallInterval(9 * 60, 17 * 60),)
    schedule = AvailabilitySchedule(host["zone"], {weekday - 1: hours for weekday in MONTH["windows"]["weekdays"]})
    busy = [Interval(*instants(ends)) for ends in host["busy"]]
    first = datetime.fromisoformat(MONTH["first_day"]).replace(tzinfo=ZoneInfo(MONTH["invitee_zone"]))
    window = Interval(first.astimezone(UTC), (first + timedelta(days=MONTH["days"])).astimezone(UTC))
    rules = Rules(timedelta(minutes=minutes), timedelta(minutes=step))
    return free_slots(rules, schedule, busy, window, now=window.start)


@pytest.mark.parametrize(
    ("minutes", "step", "expected"),
    [(30, 15, "first_host"), (30, 30, "first_host_step_30"), (15, 15, "first_host_15_minutes")],
)
def test_a_month_of_one_host_has_the_starts_others_found(minutes: int, step: int, expected: str) -> None:
    assert starts(MONTH["hosts"][0], minutes=minutes, step=step) == instants(MONTH["expected"][expected])


def test_a_month_of_five_hosts_in_five_zones_shares_the_starts_others_found() -> None:
    each = [set(starts(host, minutes=30, step=15)) for host in MONTH["hosts"]]
    assert sorted(set.intersection(*each)) == instants(MONTH["expected"]["collective_of_all"])
