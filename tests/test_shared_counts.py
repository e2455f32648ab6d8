"""Counts that several processes keep together. Source: ADR 0036."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from openslot import shared_counts
from openslot.core.rates import NOTHING, Refill, Rule, Use, Window, take
from openslot.shared_counts import PLACES, SharedCounts

NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
Open = Callable[..., SharedCounts]

CALLER = """
import os, sys
from datetime import datetime
from openslot.core.rates import Refill, Use, Window, take
from openslot.shared_counts import SharedCounts

path, rule, tries = sys.argv[1], sys.argv[2], int(sys.argv[3])
counts = SharedCounts(os.open(path, os.O_RDWR), "secret")
rules = {"window": [Window(1000, 60)], "refill": [Refill(1000, 10**9)], "both": [Window(1000, 60), Window(700, 3600)]}
uses = [Use(one, counts.key(str(number), "ada")) for number, one in enumerate(rules[rule])]
print("ready", flush=True)
sys.stdin.readline()
now = datetime.fromisoformat("2027-01-04T08:00:00+00:00")
print(sum(take(counts, uses, now).wait_seconds == 0 for _ in range(tries)))
"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """Openings of one file, each as a process of its own would have it."""
    files: list[int] = []

    def open_one(**options: int) -> SharedCounts:
        files.append(os.open(tmp_path / "counts", os.O_RDWR | os.O_CREAT))
        return SharedCounts(files[-1], "secret", **options)

    yield open_one
    for one in files:
        os.close(one)


def took(counts: SharedCounts, rule: Rule, key: str = "ada", *, now: datetime = NOW) -> bool:
    return take(counts, [Use(rule, counts.key("calls", key))], now).wait_seconds == 0


def test_what_one_process_counts_the_other_sees_and_it_outlives_both(opened: Open) -> None:
    first, second = opened(), opened()
    rule = Window(3, 60)

    assert [took(one, rule) for one in (first, second, first, second)] == [True, True, True, False]
    assert took(opened(), rule) is False
    assert took(opened(), rule, now=NOW + timedelta(seconds=60)) is True
    assert took(first, rule, "bob") is True


@pytest.mark.parametrize(("rule", "passes"), [("window", 1000), ("refill", 1000), ("both", 700)])
def test_processes_at_once_pass_exactly_as_many_as_may(opened: Open, tmp_path: Path, rule: str, passes: int) -> None:
    opened()
    callers = [
        subprocess.Popen(
            [sys.executable, "-c", CALLER, str(tmp_path / "counts"), rule, "600"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for one in callers:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in callers:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    counted = [int(one.communicate(timeout=60)[0]) for one in callers]

    assert sum(counted) == passes


def test_a_full_bucket_gives_up_what_ends_first(opened: Open) -> None:
    counts = opened(buckets=1)
    keys = [counts.key("calls", str(number)) for number in range(PLACES + 1)]
    with counts:
        for number, key in enumerate(keys):
            counts.put(key, (100 + number, number))

        assert [counts.get(one) for one in keys] == [NOTHING, *((100 + n, n) for n in range(1, PLACES + 1))]


def test_a_table_keeps_its_size_however_many_come(opened: Open, tmp_path: Path) -> None:
    counts = opened(buckets=4)
    size = (tmp_path / "counts").stat().st_size
    for number in range(500):
        took(counts, Refill(1, 60), str(number))

    assert (tmp_path / "counts").stat().st_size == size == 4 * PLACES * 32
    assert took(counts, Refill(1, 60), "499") is False


def test_a_file_of_another_shape_begins_anew(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "counts").write_bytes(b"what some other version wrote")
    counts = opened()

    assert [took(counts, Window(1, 60)), took(counts, Window(1, 60))] == [True, False]


def test_a_file_that_is_cut_off_forgets_and_counts_on(opened: Open, tmp_path: Path) -> None:
    counts = opened()
    took(counts, Window(1, 60))
    os.truncate(tmp_path / "counts", 0)

    assert [took(counts, Window(1, 60)), took(counts, Window(1, 60))] == [True, False]


def test_nobody_finds_an_address_in_the_file(opened: Open, tmp_path: Path) -> None:
    took(opened(), Window(1, 60), "203.0.113.7")

    assert b"203.0.113" not in (tmp_path / "counts").read_bytes()


def test_a_process_that_stopped_with_the_lock_stops_no_other(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared_counts, "PATIENCE_SECONDS", 0.0)
    counts = opened()
    file = os.open(tmp_path / "counts", os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert [took(counts, Window(1, 60)), took(counts, Window(1, 60))] == [True, False]
    finally:
        os.close(file)
    assert [one.message for one in caplog.records] == [
        "rate limits are not exact: a process of the service holds their lock and does not go on"
    ]
    assert took(counts, Window(1, 60)) is False


def test_a_disk_that_takes_nothing_refuses_nobody(
    opened: Open, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    counts = opened()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)

    assert [took(counts, Window(1, 60)) for _ in range(3)] == [True, True, True]
    assert [one.message for one in caplog.records] == ["rate limits are not exact: [Errno 28] No space left on device"]
