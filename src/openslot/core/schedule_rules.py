"""The rules of an availability schedule as the API writes them, read into the core's terms."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from openslot.core.availability import MIDNIGHT, AvailabilitySchedule, WallInterval, zone_named

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""As the API spells them, in the order of ``date.weekday()``."""


def schedule_from_rules(timezone: str, rules: object) -> AvailabilitySchedule:
    """Read the ``rules`` of an availability schedule as the API writes them, decoded from JSON.

    Raises:
        ValueError: an unknown zone, or anything in ``rules`` that is not such a rule; the message says which.
    Source: Calendly API, AvailabilityRule.
    """
    zone_named(timezone)
    weekly: dict[int, tuple[WallInterval, ...]] = {}
    dates: dict[date, tuple[WallInterval, ...]] = {}
    for rule in _objects(rules, "rules"):
        intervals = tuple(_wall_interval(interval) for interval in _objects(rule.get("intervals"), "intervals"))
        kind = rule.get("type")
        if kind == "wday":
            weekday = _weekday(rule.get("wday"))
            if weekday in weekly:
                raise ValueError(f"{WEEKDAYS[weekday]} has two rules")
            weekly[weekday] = intervals
        elif kind == "date":
            day = _day(rule.get("date"))
            if day in dates:
                raise ValueError(f"{day} has two rules")
            dates[day] = intervals
        else:
            raise ValueError(f"type must be wday or date, not {kind!r}")
    return AvailabilitySchedule(timezone, {day: weekly[day] for day in sorted(weekly) if weekly[day]}, dates)


def tidy_rules(rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rules that ``schedule_from_rules`` can read, as the API answers with them.

    Keys that are not of such a rule are left out, and dates have two digits for month and day.
    """
    return [
        {
            "type": rule["type"],
            rule["type"]: rule["wday"] if rule["type"] == "wday" else _day(rule["date"]).isoformat(),
            "intervals": [{"from": one["from"], "to": one["to"]} for one in rule["intervals"]],
        }
        for rule in rules
    ]


def _objects(value: object, name: str) -> Iterator[Mapping[object, object]]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{name} must be a list")  # noqa: TRY004 -- bad input, not a bad call
    for item in value:
        if not isinstance(item, Mapping):
            raise ValueError(f"{name} must hold objects")  # noqa: TRY004 -- same
        yield item


def _wall_interval(interval: Mapping[object, object]) -> WallInterval:
    return WallInterval(_minute(interval.get("from")), _minute(interval.get("to")))


def _minute(text: object) -> int:
    match = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00", text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"a time must be HH:MM, not {text!r}")
    return int(match[1]) * 60 + int(match[2]) if match[1] else MIDNIGHT


def _weekday(name: object) -> int:
    if not isinstance(name, str) or name not in WEEKDAYS:
        raise ValueError(f"wday must be one of {', '.join(WEEKDAYS)}, not {name!r}")
    return WEEKDAYS.index(name)


def _day(text: object) -> date:
    # The API takes months and days of one digit too.
    match = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text) if isinstance(text, str) else None
    try:
        if match is not None:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise ValueError(f"a date must be YYYY-MM-DD, not {text!r}")
