"""Links that open a new entry, filled in, in the calendars that have such pages. Times are in UTC."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from msgspec import Struct

GOOGLE = "https://calendar.google.com/calendar/render"
OUTLOOK = "https://outlook.live.com/calendar/0/deeplink/compose"
OFFICE = "https://outlook.office.com/calendar/0/deeplink/compose"


class NewEntry(Struct, frozen=True, kw_only=True):
    """What the new entry says."""

    title: str
    start: datetime
    """Aware, as ``end``."""
    end: datetime
    location: str = ""
    description: str = ""


def google(entry: NewEntry) -> str:
    """Google Calendar."""
    return _link(
        GOOGLE,
        {
            "action": "TEMPLATE",
            "text": entry.title,
            "dates": f"{_compact(entry.start)}/{_compact(entry.end)}",
            "location": entry.location,
            "details": entry.description,
        },
    )


def outlook(entry: NewEntry) -> str:
    """Outlook.com."""
    return _microsoft(OUTLOOK, entry)


def office(entry: NewEntry) -> str:
    """Outlook of Microsoft 365, for work and school."""
    return _microsoft(OFFICE, entry)


def _microsoft(page: str, entry: NewEntry) -> str:
    return _link(
        page,
        {
            "path": "/calendar/action/compose",
            "rru": "addevent",
            "subject": entry.title,
            "startdt": _extended(entry.start),
            "enddt": _extended(entry.end),
            "location": entry.location,
            "body": entry.description,
        },
    )


def _link(page: str, query: Mapping[str, str]) -> str:
    # blanks as %20: Outlook shows a plus sign as one
    filled = {name: value for name, value in query.items() if value}
    return f"{page}?{urlencode(filled, quote_via=quote)}"


def _compact(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _extended(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
