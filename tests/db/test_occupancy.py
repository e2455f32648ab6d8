"""The database refuses a double booking. Source: design, section 5; ADR 0003."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors
from psycopg.types.numeric import Int8

from openslot.core.intervals import Interval
from openslot.db import migrate
from openslot.db.occupancy import REACH, SECONDS_BITS, span

MAX_HOSTS = (1 << 29) - 1
EARLIEST, LATEST = (moment.replace(tzinfo=None) for moment in REACH)


@st.composite
def intervals(draw: st.DrawFn, *, seconds: bool = False) -> Interval:
    """Intervals within reach, some of them close to each other; whole seconds where asked for."""
    near = datetime(2027, 1, 5, 10, tzinfo=UTC) + timedelta(seconds=draw(st.integers(-7200, 7200)))
    start = draw(st.just(near) | st.datetimes(EARLIEST, LATEST - timedelta(days=2), timezones=st.just(UTC)))
    length = timedelta(seconds=draw(st.integers(1, 86_400)), microseconds=draw(st.integers(0, 999_999)))
    if seconds:
        start, length = start.replace(microsecond=0), timedelta(seconds=length.seconds or 1)
    return Interval(start, start + length)


@given(intervals(seconds=True), intervals(seconds=True), st.integers(0, MAX_HOSTS))
def test_spans_of_one_host_overlap_exactly_when_the_intervals_do(one: Interval, other: Interval, host: int) -> None:
    (lower, upper), (other_lower, other_upper) = span(host, one), span(host, other)

    assert (lower < other_upper and other_lower < upper) == one.overlaps(other)


@given(intervals(), intervals(), st.integers(0, MAX_HOSTS))
def test_parts_of_a_second_only_widen(one: Interval, other: Interval, host: int) -> None:
    (lower, upper), (other_lower, other_upper) = span(host, one), span(host, other)

    assert not one.overlaps(other) or (lower < other_upper and other_lower < upper)
    assert timedelta(seconds=upper - lower) - one.duration < timedelta(seconds=2)


@given(intervals(), intervals(), st.integers(0, MAX_HOSTS - 1))
def test_spans_of_two_hosts_never_overlap(one: Interval, other: Interval, host: int) -> None:
    assert span(host, one)[1] <= span(host + 1, other)[0]


def test_the_last_second_of_the_last_host_is_the_last_bigint() -> None:
    lower, _ = span(MAX_HOSTS, Interval(REACH.end - timedelta(seconds=1), REACH.end))

    assert lower == (1 << 63) - 1
    assert datetime(2514, 5, 30, tzinfo=UTC) < REACH.end < datetime(2514, 5, 31, tzinfo=UTC)
    assert SECONDS_BITS == 34


@pytest.fixture(scope="module")
def table(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection on which occupancy refers to nothing else; whatever is done is taken back."""
    migrate.check(database_url)
    with psycopg.connect(database_url) as conn:
        conn.execute("CREATE TEMPORARY TABLE taken (LIKE occupancy INCLUDING ALL)")
        for column in ("event_type_id", "start_second", "end_second"):
            conn.execute(f"ALTER TABLE taken ALTER COLUMN {column} DROP NOT NULL")
        conn.execute("ALTER TABLE taken ADD CONSTRAINT taken_no_overlap EXCLUDE USING gist (span WITH &&)")
        definition = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s"
        ours, theirs = (
            conn.execute(definition, (name,)).fetchone() for name in ("occupancy_no_overlap", "taken_no_overlap")
        )
        assert ours == theirs
        yield conn
        conn.rollback()


def take(conn: psycopg.Connection, host: int, interval: Interval) -> bool:
    """Whether the time could be taken."""
    lower, upper = span(host, interval)
    try:
        with conn.transaction():
            conn.execute(
                "INSERT INTO taken VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), int8range(%s, %s))",
                (Int8(lower), Int8(upper)),
            )
    except errors.ExclusionViolation:
        return False
    return True


@given(
    st.lists(st.tuples(st.integers(1, 2), intervals(seconds=True)), max_size=12),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_takes_exactly_what_overlaps_nothing_taken(
    table: psycopg.Connection, requests: list[tuple[int, Interval]]
) -> None:
    held: list[tuple[int, Interval]] = []
    with table.transaction(force_rollback=True):
        for host, interval in requests:
            free = not any(host == other and interval.overlaps(taken) for other, taken in held)
            assert take(table, host, interval) == free
            if free:
                held.append((host, interval))


def test_touching_meetings_do_not_overlap(table: psycopg.Connection) -> None:
    ten = datetime(2027, 1, 5, 10, tzinfo=UTC)
    hour = timedelta(hours=1)
    with table.transaction(force_rollback=True):
        assert take(table, 1, Interval(ten, ten + hour))
        assert take(table, 1, Interval(ten - hour, ten))
        assert take(table, 1, Interval(ten + hour, ten + 2 * hour))
        assert not take(table, 1, Interval(ten, ten + timedelta(seconds=1)))
        assert not take(table, 1, Interval(ten - hour, ten + 2 * hour))
        assert take(table, 2, Interval(ten, ten + hour))


def test_nothing_is_no_time(table: psycopg.Connection) -> None:
    ten = datetime(2027, 1, 5, 10, tzinfo=UTC)
    with table.transaction(force_rollback=True), pytest.raises(errors.CheckViolation):
        take(table, 1, Interval(ten, ten))
