"""Times as agents give and get them: zones, windows and the pages of free times."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import UNSET, UnsetType

from openslot.client import ClientError, Forbidden
from openslot.connector.agents.answers import ToolResult
from openslot.connector.agents.arguments import ListAvailableTimes, ListTimesToMoveTo, WrongArguments
from openslot.connector.connection import Connection
from openslot.wire import codec
from openslot.wire.bookings import TimeToMoveTo
from openslot.wire.codec import Timestamp
from openslot.wire.common import Page, Pagination
from openslot.wire.event_types import AvailableTime

SOON = timedelta(minutes=1)
"""What "now" is ahead of our clock: the API refuses a start that is past by its own once the call is there."""
WINDOW = timedelta(days=7)
"""The longest window that every account may have."""


def utc_now() -> datetime:
    """What time it is."""
    return datetime.now(UTC)


def zone_named(name: str | None) -> tzinfo | None:
    """Return the time zone of an IANA name, ``None`` if it is none."""
    # some systems keep these beside the IANA names: the machine's own zone, and two sets of doubles
    if not name or name == "localtime" or name.startswith(("posix/", "right/")):
        return None
    try:
        return ZoneInfo(name)
    except (ValueError, KeyError, OSError):  # OSError: a folder such as "Europe", or a name too long for a file
        return None


async def zone_for(connection: Connection, wanted: str | UnsetType = UNSET) -> tzinfo:
    """The zone that is wanted, else that of the token's user; UTC for tokens that may not know who that is.

    Raises:
        WrongArguments: there is no such zone.
    """
    if wanted is UNSET:
        try:
            return zone_named((await connection.ame()).timezone) or UTC
        except Forbidden:
            return UTC
    zone = zone_named(wanted)
    if zone is None:
        raise WrongArguments(f"timezone {wanted!r} is no IANA time zone, as Europe/Rome is")
    return zone


def moment(instant: datetime, zone: tzinfo) -> str:
    """``2031-04-10T15:00+02:00 (Thursday, Europe/Rome)``."""
    local = instant.astimezone(zone)
    return f"{_minute(local)} ({local:%A}, {zone})"


async def now_in_words(connection: Connection) -> str:
    """What time it is for the token's user; in UTC where their zone is unknown."""
    try:
        zone = await zone_for(connection)
    except ClientError:
        zone = UTC
    return moment(utc_now(), zone)


def span(start: datetime, end: datetime, zone: tzinfo) -> str:
    """``2031-04-10T15:00+02:00 - 2031-04-10T15:30+02:00 (Thursday, Europe/Rome)``: the day is that of the start."""
    local = start.astimezone(zone)
    return f"{_minute(local)} - {_minute(end.astimezone(zone))} ({local:%A}, {zone})"


def window(given: ListAvailableTimes | ListTimesToMoveTo) -> tuple[datetime, datetime]:
    """Between which starts to look; the API has no pages of times, so the token of a page is what is left of them.

    Raises:
        WrongArguments: the token is none of ours.
    """
    if given.page_token is not UNSET:
        try:
            start, end = map(codec.parse_instant, given.page_token.split("/"))
        except ValueError as exc:
            raise WrongArguments("page_token is the next_page_token of the page before") from exc
        return start, end
    start = utc_now() + SOON if given.start_time is UNSET else given.start_time
    return start, start + WINDOW if given.end_time is UNSET else given.end_time


def page_of_times(found: list[Any], wanted: tuple[datetime, datetime], count: int, zone: tzinfo) -> ToolResult:
    """The first ``count`` of the free times that were found between the ``wanted`` starts, in ``zone``.

    A row without a start can neither be shown nor booked (``client.lenient``), and is left out.
    """
    start, end = wanted
    found = [row for row in found if _has_start(row)]
    token = f"{found[count].start_time}/{Timestamp.of(end)}" if len(found) > count else None
    rows = found[:count]
    for row in rows:
        row.start_time = codec.parse_instant(row.start_time).astimezone(zone).isoformat()
    pagination = Pagination(count=len(rows), next_page=None, previous_page=None, next_page_token=token)
    heading = f"From {moment(start, zone)} to {moment(end, zone)}:"
    return ToolResult(body=Page(rows, pagination), zone=zone, heading=heading)


def _has_start(time: AvailableTime | TimeToMoveTo) -> bool:
    try:
        codec.parse_instant(time.start_time or "")
    except ValueError:
        return False
    return True


def _minute(local: datetime) -> str:
    return local.isoformat(timespec="minutes")
