"""Laws of what hosts offer together, over random worlds. Source: rules, sections 1 to 10."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import oracle
from openslot.core.availability import AvailabilitySchedule, Trip, WallInterval
from openslot.core.date_ranges import DateRange, Fixed, Indefinite, Rolling
from openslot.core.intervals import Span
from openslot.core.offers import (
    Fairness,
    Offer,
    OfferedHost,
    Planned,
    able_hosts,
    choose,
    joined_at,
    leads_at,
    planned_at,
    starts,
    starts_with_seats,
    whole_days,
)
from openslot.core.pooling import Standing
from openslot.core.refusals import refusals
from openslot.core.slots import BusyTime, ClosedSpan, Rules, blocked_spans
from running import examples

ZONES = [
    "UTC", "Europe/Rome", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham",
    "America/Santiago", "Asia/Bangkok", "America/St_Johns",
]  # fmt: skip
NIGHTS = [date(2027, 3, 14), date(2027, 3, 28), date(2027, 4, 4), date(2027, 9, 5), date(2027, 10, 3),
          date(2027, 10, 31), date(2027, 11, 7), date(2027, 6, 15)]  # fmt: skip
LAWS = settings(
    max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@st.composite
def intervals(draw: st.DrawFn) -> tuple[WallInterval, ...]:
    """Windows of a day: touching, overlapping, over midnight, at odd minutes."""
    edges = st.sampled_from([0, 60, 120, 135, 150, 180, 540, 547, 720, 780, 1020, 1320, 1380, 1439])
    ends = st.sampled_from([0, 60, 120, 150, 180, 210, 600, 720, 780, 1020, 1320, 1439, 1440])
    usual = (WallInterval(0, 0), WallInterval(540, 1020), WallInterval(547, 1439), WallInterval(1320, 600))
    if draw(st.integers(0, 2)):
        return (draw(st.sampled_from(usual)),)
    return tuple(WallInterval(draw(edges), draw(ends)) for _ in range(draw(st.integers(0, 3))))


@st.composite
def schedules(draw: st.DrawFn, night: date) -> AvailabilitySchedule:
    days = [night + timedelta(days=number) for number in range(-1, 3)]
    trips: tuple[Trip, ...] = ()
    if not draw(st.integers(0, 3)):
        first = draw(st.sampled_from(days))
        trips = (
            Trip(first, draw(st.sampled_from([None, first, first + timedelta(days=1)])), draw(st.sampled_from(ZONES))),
        )
    return AvailabilitySchedule(
        draw(st.sampled_from(ZONES)),
        {weekday: draw(intervals()) for weekday in range(7)},
        draw(st.dictionaries(st.sampled_from(days), intervals(), max_size=1)),
        draw(st.dictionaries(st.sampled_from(days), st.just("Feast"), max_size=1)),
        trips,
    )


@st.composite
def spans(draw: st.DrawFn, base: int) -> tuple[int, int]:
    start = base + 60 * draw(st.integers(-300, 42 * 60))
    return start, start + 60 * draw(st.sampled_from([0, 5, 15, 30, 45, 60, 60, 240]))


@st.composite
def busy_times(draw: st.DrawFn, base: int, number: int) -> BusyTime:
    start, end = draw(spans(base))
    inner = max(start, end - 60 * draw(st.sampled_from([0, 10])))
    seats = draw(st.sampled_from([None, None, None, 0, 2, 3]))
    return BusyTime(start, end, start, inner, UUID(int=number), draw(st.booleans()), seats)


@st.composite
def full_periods(draw: st.DrawFn, base: int) -> ClosedSpan:
    start, end = draw(spans(base))
    return ClosedSpan(start, end, "DAILY_MAX", "host", 1, 1)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Offer, Span, datetime]:
    """An event type with up to four hosts around a night on which clocks may change, a window, and a now."""
    night = draw(st.sampled_from(NIGHTS))
    midnight = datetime(night.year, night.month, night.day, tzinfo=UTC)
    base = int(midnight.timestamp())
    now = midnight + timedelta(minutes=draw(st.integers(-3000, 600)))
    ranges: st.SearchStrategy[DateRange] = st.one_of(
        st.just(Indefinite()),
        st.just(Indefinite()),
        st.builds(Rolling, st.integers(0, 4), st.booleans()),
        st.builds(
            Fixed,
            st.sampled_from([night - timedelta(days=1), night]),
            st.sampled_from([night, night + timedelta(days=1)]),
        ),
    )
    minutes = st.integers(0, 3).map(lambda n: timedelta(minutes=(0, 10, 15, 25)[n]))
    rules = Rules(
        duration=timedelta(minutes=draw(st.sampled_from([15, 30, 45, 60, 180]))),
        increment=timedelta(minutes=draw(st.sampled_from([5, 5, 7, 15, 20, 40]))),
        buffer_before=draw(minutes),
        buffer_after=draw(minutes),
        notice=timedelta(minutes=draw(st.sampled_from([0, 0, 0, 90, 2000]))),
        date_range=draw(ranges),
    )
    kind = draw(st.sampled_from(["one", "all", "pools", "pools"]))
    count = draw(st.integers(3, 4)) if kind == "pools" else draw(st.integers(1, 4))
    shared = draw(schedules(night))  # hosts who keep the same hours meet more often
    hosts = [
        OfferedHost(
            UUID(int=number + 1),
            draw(st.sampled_from([shared, shared, None])) if draw(st.booleans()) else draw(schedules(night)),
            [draw(busy_times(base, 100 * number + index + 1)) for index in range(draw(st.integers(0, 6)))],
            [draw(full_periods(base)) for _ in range(draw(st.sampled_from([0, 0, 1])))],
            pool=number % 2 if kind == "pools" else 0,
            lead=draw(st.sampled_from([None, None, None, None, None, 3.0])),
        )
        for number in range(count)
    ]
    needed = {"one": (1,), "all": (count,), "pools": (draw(st.integers(1, 2)), draw(st.integers(0, 1)))}[kind]
    full = [draw(full_periods(base)) for _ in range(draw(st.sampled_from([0, 0, 1])))]
    return Offer(rules, hosts, needed, full, threshold=3), Span(base, base + 40 * 3600), now


@settings(LAWS, max_examples=examples(150))
@given(worlds())
def test_the_listing_is_what_the_slow_oracle_finds(world: tuple[Offer, Span, datetime]) -> None:
    offer, window, now = world
    expected = oracle.offered(offer, oracle.at(window.start), oracle.at(window.end), now=now)

    assert [oracle.at(start) for start in starts(offer, window, now=now)] == expected


@LAWS
@given(worlds(), st.integers(0, 40 * 3600 - 1), st.integers(0, 1))
def test_a_start_is_offered_exactly_when_nothing_refuses_it(
    world: tuple[Offer, Span, datetime], second: int, microsecond: int
) -> None:
    offer, window, now = world
    listed = set(starts(offer, window, now=now))
    tried = [*sorted(listed)[:5], window.start + second, window.start + second // 900 * 900]
    tried += [busy.start for host in offer.hosts for busy in host.busy if window.start <= busy.start < window.end]
    for start in tried:
        moment = oracle.at(start).replace(microsecond=microsecond)
        is_listed = start in listed and not microsecond
        assert (refusals(offer, moment, now=now) == []) == is_listed, moment


@LAWS
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_hosts_and_busy_times_changes_nothing(world: tuple[Offer, Span, datetime], chance: Random) -> None:
    offer, window, now = world
    hosts = [replace(host, busy=chance.sample(list(host.busy), len(host.busy))) for host in offer.hosts]
    shuffled = replace(offer, hosts=chance.sample(hosts, len(hosts)))

    assert starts(shuffled, window, now=now) == starts(offer, window, now=now)


@LAWS
@given(worlds())
def test_whoever_is_chosen_can_meet_and_nobody_is_where_nothing_is_listed(world: tuple[Offer, Span, datetime]) -> None:
    offer, window, now = world
    listed = starts(offer, window, now=now)
    for start in {*listed[:6], *range(window.start, window.end, 6300)}:
        able = able_hosts(offer, start, now=now)
        chosen = choose(offer, able, start, ranking=[host.id for host in reversed(offer.hosts)])
        assert (chosen is not None) == (start in listed)
        for host in chosen or ():
            blocked = blocked_spans(offer.rules, host.busy, [*host.full, *offer.full], Span(start, start + 1))
            assert not any(first <= start < last for first, last in blocked)
            assert host in [one.host for one in able]
        if chosen is not None:
            pools = [sum(1 for host in chosen if host.pool == pool) for pool in range(len(offer.needed))]
            assert pools == list(offer.needed)


@LAWS
@given(worlds(), st.data())
def test_a_smaller_query_finds_the_same_starts(world: tuple[Offer, Span, datetime], data: st.DataObject) -> None:
    offer, window, now = world
    first = data.draw(st.integers(window.start, window.end))
    last = data.draw(st.integers(first, window.end))

    part = starts(offer, Span(first, last), now=now)
    assert part == [start for start in starts(offer, window, now=now) if first <= start < last]


@LAWS
@given(worlds(), st.data())
def test_more_busy_time_never_adds_a_start(world: tuple[Offer, Span, datetime], data: st.DataObject) -> None:
    offer, window, now = world
    more = [
        replace(host, busy=[*host.busy, data.draw(busy_times(window.start, 999))._replace(seats_left=None)])
        for host in offer.hosts
    ]
    assert set(starts(replace(offer, hosts=more), window, now=now)) <= set(starts(offer, window, now=now))


@LAWS
@given(worlds())
def test_one_more_host_never_takes_a_start_from_a_round_robin(world: tuple[Offer, Span, datetime]) -> None:
    offer, window, now = world
    many = replace(offer, needed=(1,), hosts=[replace(host, pool=0) for host in offer.hosts])
    fewer = replace(many, hosts=many.hosts[:-1])
    assert set(starts(fewer, window, now=now)) <= set(starts(many, window, now=now))


@LAWS
@given(worlds())
def test_starts_ascend_and_seats_are_those_of_the_event_that_is_joined(world: tuple[Offer, Span, datetime]) -> None:
    offer, window, now = world
    offer = replace(offer, seats=7)
    found = starts_with_seats(offer, window, now=now)
    listed = [start for start, _ in found]
    joinable = {busy.meeting_start for host in offer.hosts for busy in host.busy if busy.seats_left}

    assert listed == starts(offer, window, now=now)
    assert all(one < other for one, other in pairwise(listed))
    assert {left for start, left in found if start not in joinable} <= {7}
    for start, left in found:
        if start in joinable:
            joined = joined_at(able_hosts(offer, start, now=now), start)
            assert (
                left == (7 if joined is None else joined.seats_left) == oracle.seats(offer, oracle.at(start), now=now)
            )


@st.composite
def planned_events(draw: st.DrawFn, base: int) -> list[Planned]:
    """Anywhere, of any length, on and off the hours and grids of today."""
    starts_ = draw(st.lists(st.integers(-2, 42 * 12).map(lambda number: base + 300 * number), max_size=6))
    return [
        Planned(
            UUID(int=5000 + number),
            start,
            start + 60 * draw(st.sampled_from([15, 30, 480])),
            draw(st.integers(-1, 3)),
            draw(st.sampled_from([None, 0, 90 * 60, 3000 * 60])),
        )
        for number, start in enumerate(starts_)
    ]


@LAWS
@given(worlds(), st.data())
def test_what_is_planned_is_offered_beside_what_is_new_and_explained_and_joined_alike(
    world: tuple[Offer, Span, datetime], data: st.DataObject
) -> None:
    today, window, now = world
    offer = replace(today, seats=7, planned=data.draw(planned_events(window.start)))
    there = oracle.joinable(offer, oracle.at(window.start), oracle.at(window.end), now=now)
    left = dict(starts_with_seats(replace(offer, planned=[]), window, now=now))
    left |= {one.start: one.seats_left for one in reversed(there)}

    assert dict(starts_with_seats(offer, window, now=now)) == left
    assert starts(offer, window, now=now) == sorted(left)
    for start in {one.start for one in offer.planned if window.start <= one.start < window.end}:
        joined = next((one for one in there if one.start == start), None)
        assert planned_at(offer, start, now=now) == joined
        assert (refusals(offer, oracle.at(start), now=now) == []) is (start in left)


@settings(LAWS, max_examples=examples(40))
@given(worlds(), st.lists(st.integers(0, 4), min_size=4, max_size=4), st.integers(1, 3), st.sampled_from(ZONES))
def test_a_host_is_hidden_on_a_day_for_being_ahead_of_those_alone_who_have_time_that_day(
    world: tuple[Offer, Span, datetime], counts: list[int], threshold: int, zone: str
) -> None:
    drawn, window, now = world
    hosts = [replace(host, pool=0, lead=None) for host in drawn.hosts]
    standings = [Standing(host.id, assigned=count) for host, count in zip(hosts, counts, strict=False)]
    offer = replace(drawn, hosts=hosts, needed=(1,), fairness=Fairness(standings, threshold, zone))
    found = starts(offer, window, now=now)
    expected = []
    for day in whole_days(zone, window):
        date_ = oracle.at(day.start).astimezone(ZoneInfo(zone)).date()
        hidden = oracle.hidden_on(offer, date_, now=now)
        assert set(leads_at(offer, day.start, now=now)) == hidden
        one_day = [replace(host, lead=9.0 if host.id in hidden else None) for host in hosts]
        first, last = max(day.start, window.start), min(day.end, window.end)
        expected += oracle.offered(
            replace(offer, hosts=one_day, fairness=None), oracle.at(first), oracle.at(last), now=now
        )
        anybody = starts(replace(offer, fairness=None), day, now=now)
        assert bool(starts(offer, day, now=now)) is bool(anybody)  # never a day without times for fairness alone

    assert [oracle.at(start) for start in found] == expected
    for start in {*found[:8], *range(window.start, window.end, 6300)}:
        assert (choose(offer, able_hosts(offer, start, now=now), start, ranking=()) is not None) is (start in found)
        assert (refusals(offer, oracle.at(start), now=now) == []) is (start in found)
