"""The reasons for a refused start, code by code. Source: rules; field, what none of them has (4)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from openslot.core.availability import AvailabilitySchedule, WallInterval
from openslot.core.date_ranges import Rolling
from openslot.core.intervals import Span
from openslot.core.offers import Offer, OfferedHost, starts
from openslot.core.refusals import Code, Number, Refusal, refusals
from openslot.core.slots import BusyTime, ClosedSpan, Rules

ADA, BOB, EVENT = UUID(int=1), UUID(int=2), UUID(int=9)
NOW = datetime(2027, 1, 4, 9, tzinfo=UTC)
DAY = datetime(2027, 1, 5, tzinfo=UTC)
NINE_TO_FIVE = dict.fromkeys(range(5), (WallInterval(540, 720), WallInterval(720, 1020)))


def at(text: str) -> int:
    return int(datetime.fromisoformat(f"2027-01-05T{text}+00:00").timestamp())


def rules(**changes: Any) -> Rules:
    values = {"duration": timedelta(minutes=30), "increment": timedelta(minutes=30)} | changes
    return Rules(**values)


def host(number: UUID = ADA, **changes: Any) -> OfferedHost:
    values: dict[str, Any] = {"schedule": AvailabilitySchedule("UTC", NINE_TO_FIVE)} | changes
    return OfferedHost(number, **values)


def why(offer: Offer, time: str = "10:00") -> list[Refusal]:
    return refusals(offer, datetime.fromtimestamp(at(time), UTC), now=NOW)


def meeting(start: str, end: str, **changes: Any) -> BusyTime:
    values: dict[str, Any] = {"id": EVENT, "meeting_start": at(start), "meeting_end": at(end)} | changes
    return BusyTime(at(start), at(end), **values)


def full(code: str, scope: str) -> ClosedSpan:
    return ClosedSpan(at("00:00"), at("00:00") + 86_400, code, scope, 3, 4)


THE_DAY: dict[str, Number] = {"from": "2027-01-05T00:00:00Z", "until": "2027-01-06T00:00:00Z"}
TEN: dict[str, Number] = {"from": "2027-01-05T10:00:00Z", "until": "2027-01-05T10:30:00Z"}


@pytest.mark.parametrize(
    ("offer", "time", "expected"),
    [
        (Offer(rules(), []), "10:00", Refusal(Code.NO_HOST, source="event_type")),
        (Offer(rules(), [host(schedule=None)]), "10:00", Refusal(Code.NO_SCHEDULE, ADA, "schedule")),
        (
            Offer(rules(notice=timedelta(hours=26)), [host()]),
            "10:00",
            Refusal(
                Code.NOTICE,
                source="event_type",
                numbers={"notice_minutes": 1560, "earliest": "2027-01-05T11:00:00Z"},
            ),
        ),
        (
            Offer(rules(date_range=Rolling(0)), [host()]),
            "10:00",
            Refusal(Code.DATE_RANGE, ADA, "event_type", numbers={"from": None, "until": "2027-01-05T00:00:00Z"}),
        ),
        (
            Offer(rules(), [host()]),
            "08:00",
            Refusal(Code.OUTSIDE_HOURS, ADA, "schedule", numbers={"day": "2027-01-05", "name": None}),
        ),
        (
            Offer(rules(duration=timedelta(hours=2)), [host()]),
            "16:00",
            Refusal(
                Code.ENDS_OUTSIDE_HOURS,
                ADA,
                "schedule",
                numbers={"duration_minutes": 120, "closes": "2027-01-05T17:00:00Z"},
            ),
        ),
        (
            Offer(rules(), [host(schedule=AvailabilitySchedule("UTC", NINE_TO_FIVE, {date(2027, 1, 5): ()}))]),
            "10:00",
            Refusal(Code.DATE_OVERRIDE, ADA, "schedule", numbers={"day": "2027-01-05", "name": None}),
        ),
        (
            Offer(
                rules(),
                [host(schedule=AvailabilitySchedule("UTC", NINE_TO_FIVE, closed={date(2027, 1, 5): "Feast"}))],
            ),
            "10:00",
            Refusal(Code.HOLIDAY, ADA, "holiday", numbers={"day": "2027-01-05", "name": "Feast"}),
        ),
        (
            Offer(rules(), [host()]),
            "10:10",
            Refusal(
                Code.OFF_GRID,
                ADA,
                "event_type",
                numbers={
                    "increment_minutes": 30,
                    "before": "2027-01-05T10:00:00Z",
                    "after": "2027-01-05T10:30:00Z",
                },
            ),
        ),
        (
            Offer(rules(), [host(busy=[meeting("10:00", "10:30")])]),
            "10:00",
            Refusal(Code.BUSY, ADA, "scheduled_event", EVENT, TEN),
        ),
        (
            Offer(rules(), [host(busy=[BusyTime(at("10:00"), at("10:30"))])]),
            "10:00",
            Refusal(Code.BUSY, ADA, "calendar", None, TEN),
        ),
        (
            Offer(rules(buffer_after=timedelta(minutes=15)), [host(busy=[meeting("10:00", "10:30")])]),
            "09:30",
            Refusal(
                Code.BUFFER,
                ADA,
                "scheduled_event",
                EVENT,
                TEN | {"buffer_before_minutes": 0, "buffer_after_minutes": 15},
            ),
        ),
        (
            Offer(rules(), [host(busy=[meeting("10:00", "10:30", is_hold=True)])]),
            "10:00",
            Refusal(Code.HOLD, ADA, "hold", EVENT, TEN),
        ),
        (
            Offer(rules(), [host(busy=[meeting("10:00", "10:30", seats_left=0)])]),
            "10:00",
            Refusal(Code.SEATS_TAKEN, ADA, "scheduled_event", EVENT, TEN),
        ),
        *(
            (
                Offer(rules(), [host()], full=[full(code, scope)]),
                "10:00",
                Refusal(Code(code), None, f"limit of the {scope}", None, {"maximum": 3, "taken": 4} | THE_DAY),
            )
            for code, scope in (("DAILY_MAX", "event_type"), ("WEEKLY_MAX", "organization"))
        ),
        (
            Offer(rules(), [host(full=[full("MONTHLY_MAX", "host")])]),
            "10:00",
            Refusal(Code.MONTHLY_MAX, ADA, "limit of the host", None, {"maximum": 3, "taken": 4} | THE_DAY),
        ),
        (
            Offer(rules(), [host(lead=3.0)], threshold=3),
            "10:00",
            Refusal(Code.FAIRNESS, ADA, "pool", numbers={"lead": 3.0, "threshold": 3}),
        ),
    ],
    ids=lambda value: value.code.value if isinstance(value, Refusal) else "",
)
def test_a_refusal_names_host_source_and_numbers(offer: Offer, time: str, expected: Refusal) -> None:
    assert why(offer, time) == [expected]


def test_every_reason_is_given_at_once() -> None:
    offer = Offer(
        rules(notice=timedelta(hours=26), date_range=Rolling(0)),
        [host(busy=[meeting("10:00", "10:30"), meeting("10:15", "11:00", is_hold=True)], lead=3.0)],
        full=[full("DAILY_MAX", "organization")],
    )
    assert [one.code for one in why(offer, "10:10")] == [
        Code.NOTICE, Code.DAILY_MAX, Code.DATE_RANGE, Code.OFF_GRID, Code.BUSY, Code.HOLD, Code.FAIRNESS,
    ]  # fmt: skip


def test_where_one_host_is_free_the_others_reasons_do_not_count() -> None:
    busy = host(busy=[meeting("10:00", "10:30")])
    assert why(Offer(rules(), [busy, host(BOB)])) == []
    assert [one.host for one in why(Offer(rules(), [busy, host(BOB, lead=4.0)]))] == [ADA, BOB]


def test_where_too_few_can_meet_the_pool_shows_how_many() -> None:
    offer = Offer(rules(), [host(), host(BOB, busy=[meeting("10:00", "10:30")])], (2,))
    assert why(offer) == [
        Refusal(Code.BUSY, BOB, "scheduled_event", EVENT, TEN),
        Refusal(Code.NOT_ENOUGH_HOSTS, source="pool", numbers={"pool": 0, "needed": 2, "able": 1, "hosts": 2}),
    ]


def test_a_meeting_over_touching_windows_ends_within_them() -> None:
    offer = Offer(rules(increment=timedelta(minutes=15)), [host(busy=[meeting("12:00", "12:10")])])
    assert [one.code for one in why(offer, "11:45")] == [Code.BUSY]


def test_who_joins_an_event_meets_no_limit() -> None:
    joinable = host(busy=[meeting("10:00", "10:30", seats_left=1)], full=[full("DAILY_MAX", "host")])
    offer = Offer(rules(), [joinable], full=[full("DAILY_MAX", "event_type")])
    assert why(offer) == []
    assert [one.code for one in why(offer, "11:00")] == [Code.DAILY_MAX, Code.DAILY_MAX]


@pytest.mark.parametrize(
    ("taken", "codes"), [("10:25", ["BUSY"]), ("10:35", ["BUSY"]), ("09:57", ["BUFFER"]), ("10:45", [])]
)
def test_an_event_is_not_joined_that_meets_another_with_any_part_of_it(taken: str, codes: list[str]) -> None:
    longer = BusyTime(at("09:55"), at("10:40"), at("10:00"), at("10:40"), EVENT, seats_left=1)
    other = meeting(taken, taken[:-1] + "9", id=UUID(int=10))
    offer = Offer(rules(duration=timedelta(minutes=15)), [host(busy=[longer, other])])

    assert [(one.code, one.source_id) for one in why(offer)] == [(code, UUID(int=10)) for code in codes]
    assert (at("10:00") in starts(offer, Span(at("09:00"), at("12:00")), now=NOW)) is (codes == [])


def test_parts_of_a_second_are_off_the_grid() -> None:
    moment = DAY.replace(hour=10, microsecond=1)
    assert [one.code for one in refusals(Offer(rules(), [host()]), moment, now=NOW)] == [Code.OFF_GRID]
