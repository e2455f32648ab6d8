"""A member's hours: the week and single days of each schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from babel.dates import get_day_names
from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.sessions import Account, ThisAccount
from openslot.console import hours
from openslot.console.hours import NotHours
from openslot.console.page import render
from openslot.core.errors import Invalid, NotFound
from openslot.core.ids import parse_id
from openslot.core.schedule_rules import WEEKDAYS
from openslot.db import availability_schedules
from openslot.db.availability_schedules import Schedule
from openslot.html.fields import Field, Filled, filled, first
from openslot.html.page import read
from openslot.i18n import timezones
from openslot.services import availability_schedules as schedules
from openslot.wire.availability_schedules import ChangeSchedule

MAX_DAYS = 60
"""Single days that a form shows beside those that have hours of their own."""
HTTP_UNPROCESSABLE = 422


@read("/app/availability")
async def show(account: ThisAccount) -> Response[bytes]:
    """The default schedule, or the one that the address names."""
    found = await _of_member(account)
    wanted = parse_id(account.page.query.get("schedule", ""))
    chosen = next((one for one in found if one.id == wanted), None) or found[0]
    return _form(account, found, chosen, _shown(chosen), {})


@post("/app/availability/{schedule_id:str}", include_in_schema=False, status_code=303)
async def change(account: ThisAccount, schedule_id: FromPath[str]) -> Redirect | Response[bytes]:
    """Store the hours; what is booked stays."""
    found = await _of_member(account)
    known = parse_id(schedule_id)
    chosen = next((one for one in found if one.id == known), None)
    if chosen is None:
        raise NotFound("availability schedule")
    data = filled(account.page.request)
    rules, errors = _typed(account, chosen, data)
    zone = timezones.find(first(data, "timezone"))
    if not errors:
        wanted = ChangeSchedule(
            name=first(data, "name"), timezone=chosen.timezone if zone is None else zone.key, rules=rules
        )
        try:
            async with account.conn.transaction():
                await schedules.change(account.conn, account.principal, chosen.id, wanted, now=account.now)
        except Invalid as error:
            errors = {one.parameter.partition("[")[0].partition(".")[0]: one.message for one in error.details}
    if errors:
        return _form(account, found, chosen, data, errors)
    return account.page.redirect(account.page.to("/app/availability", schedule=str(chosen.id), saved="1"))


async def _of_member(account: Account) -> list[Schedule]:
    found = await availability_schedules.list_all(account.conn, account.user.organization_id, account.user.id)
    if not found:
        raise NotFound("availability schedule")
    return sorted(found, key=lambda one: (not one.is_default, one.name.casefold()))


def _shown(schedule: Schedule) -> Filled:
    """A schedule as its form holds it."""
    data: dict[str, Sequence[str]] = {"name": [schedule.name], "timezone": [schedule.timezone]}
    days = [rule for rule in schedule.rules if rule["type"] == "date"]
    for rule in schedule.rules:
        if rule["type"] == "wday":
            data[str(rule["wday"])] = [hours.write(rule["intervals"])]
    for index, rule in enumerate(sorted(days, key=lambda one: str(one["date"]))[:MAX_DAYS]):
        data[f"d{index}-day"] = [str(rule["date"])]
        data[f"d{index}-hours"] = [hours.write(rule["intervals"])]
    return data


def _typed(account: Account, schedule: Schedule, data: Filled) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The rules that were typed, and what can't be read, by field."""
    page = account.page
    rules: list[dict[str, Any]] = []
    errors: dict[str, str] = {}
    wrong = page.gettext("Enter times such as 9:00\N{EN DASH}12:00, 13:00\N{EN DASH}17:00, or leave it empty")
    for weekday in WEEKDAYS:
        try:
            rules.append({"type": "wday", "wday": weekday, "intervals": hours.read(first(data, weekday))})
        except NotHours:
            errors[weekday] = wrong
    days: dict[str, list[dict[str, str]]] = {}
    for index in range(MAX_DAYS + 1):
        day = first(data, f"d{index}-day")
        if not day:
            continue
        try:
            days[date.fromisoformat(day).isoformat()] = hours.read(first(data, f"d{index}-hours"))
        except NotHours:
            errors[f"d{index}-hours"] = wrong
        except ValueError:
            errors[f"d{index}-day"] = page.gettext("Enter a date")
    kept = [str(rule["date"]) for rule in schedule.rules if rule["type"] == "date"][MAX_DAYS:]
    rules += [rule for rule in schedule.rules if rule["type"] == "date" and str(rule["date"]) in kept]
    rules += [{"type": "date", "date": day, "intervals": intervals} for day, intervals in sorted(days.items())]
    return rules, errors


def _form(
    account: Account, found: Sequence[Schedule], chosen: Schedule, data: Filled, errors: Mapping[str, str]
) -> Response[bytes]:
    page = account.page
    names = get_day_names("wide", "stand-alone", locale=page.formats.locale)
    order = [(page.formats.first_week_day + offset) % 7 for offset in range(7)]
    week = []
    for number in order:
        weekday = _weekday(number)
        week.append(Field(weekday, str(names[number]), value=first(data, weekday), error=errors.get(weekday)))
    count = sum(1 for index in range(MAX_DAYS + 1) if first(data, f"d{index}-day") or first(data, f"d{index}-hours"))
    days = [
        (
            Field(f"d{index}-day", page.gettext("Day"), "date", value=first(data, f"d{index}-day"),
                  error=errors.get(f"d{index}-day")),
            Field(f"d{index}-hours", page.gettext("Hours"), value=first(data, f"d{index}-hours"),
                  error=errors.get(f"d{index}-hours")),
        )
        for index in range(min(count + 2, MAX_DAYS + 1))
    ]  # fmt: skip
    zone = timezones.find(first(data, "timezone")) or page.formats.zone
    name = Field("name", page.gettext("Name"), required=True, value=first(data, "name"), error=errors.get("name"))
    everything = [name, *week, *(field for pair in days for field in pair)]
    known = {field.name for field in everything}
    others = [(f"#{week[0].name}", message) for field, message in errors.items() if field not in known]
    formats = replace(page.formats, zone=zone)
    context = {
        "schedules": [
            (one.name, page.to("/app/availability", schedule=str(one.id)), one.id == chosen.id) for one in found
        ],
        "name": name,
        "week": week,
        "days": days,
        "zone": Field("timezone", page.gettext("Time zone"), "select", required=True),
        "zones": formats.zone_options(on=page.formats.day(account.now)),
        "zone_key": zone.key,
        "problems": [(f"#{one.name}", f"{one.label}: {one.error}") for one in everything if one.error] + others,
        "is_saved": page.query.get("saved") == "1" and not errors,
        "action": page.to(f"/app/availability/{chosen.id}"),
    }
    return render(account, "availability.html", "availability", context, status=HTTP_UNPROCESSABLE if errors else 200)


def _weekday(number: int) -> str:
    """The name in the API of a day of the week, 0 for Monday."""
    return ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")[number]
