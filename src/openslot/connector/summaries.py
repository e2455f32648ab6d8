"""Answers of the API in a few lines of text, for agents that read text alone: names, times with zone, and URIs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from openslot.wire.bookings import TimeToMoveTo
from openslot.wire.common import Page, Resource
from openslot.wire.event_types import AvailableTime, EventType
from openslot.wire.explanations import Explanation
from openslot.wire.invitees import Invitee
from openslot.wire.no_shows import NoShow
from openslot.wire.scheduled_events import Cancellation, ScheduledEvent


def summary(value: object) -> str:
    """``value`` in words: a line for each row of a page, and how to get the next one."""
    match value:
        case Resource(resource=resource):
            return "\n".join([*_lines(resource), *_more(resource)])
        case Page(collection=rows, pagination=pagination):
            token = pagination.next_page_token
            more = [f"There is more: call again with page_token {token}"] if token else []
            return "\n".join([*(line for row in rows for line in _lines(row)), *more] or ["None."])
        case _:
            return "Done."


def _lines(value: Any) -> Iterator[str]:
    match value:
        case EventType():
            state = "" if value.active else ", takes no bookings"
            yield f"{_text(value.name)}: {value.duration} minutes{state} - {value.uri}"
        case AvailableTime() | TimeToMoveTo():
            seats = f" ({value.invitees_remaining} seats)" if value.invitees_remaining > 1 else ""
            yield f"{value.start_time}{seats}"
        case ScheduledEvent():
            yield f"{_text(value.name)}: {_minute(value.start_time)}, {value.status} - {value.uri}"
        case Invitee():
            yield from _invitee(value)
        case NoShow():
            yield f"{value.invitee} is marked as a no-show: {value.uri}"
        case Cancellation():
            yield f"Canceled by {_text(value.canceled_by)}."
        case Explanation(offered=True):
            yield f"{value.start_time} is offered."
        case Explanation():
            yield f"{value.start_time} is not offered:"
            yield from (f"{reason.code}: {reason.message}" for reason in value.reasons)
        case _:
            yield msgspec.json.encode(value).decode()


def _more(value: Any) -> Iterator[str]:
    """What a row of many leaves out, and a booking needs."""
    if isinstance(value, EventType):
        for question in value.custom_questions:
            if question.enabled:
                choices = f": {', '.join(map(_text, question.answer_choices))}" if question.answer_choices else ""
                needed = " (required)" if question.required else ""
                yield f"  question{needed}: {_text(question.name)}{choices}"
        yield from (f"  location: {one.kind} {_text(one.location or '')}" for one in value.locations or [])


def _invitee(invitee: Invitee) -> Iterator[str]:
    mark = f", no-show {invitee.no_show.uri}" if invitee.no_show else ""
    zone = f", {invitee.timezone}" if invitee.timezone else ""
    yield f"{_text(invitee.name)} <{_text(invitee.email)}>{zone}: {invitee.status}{mark} - {invitee.uri}"
    if invitee.status == "active":
        yield f"  to move: {invitee.reschedule_url}  to cancel: {invitee.cancel_url}"


def _minute(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%MZ}"


def _text(words: str | None) -> str:
    """On one line: names are chosen by strangers, and must not look like lines of ours."""
    return " ".join((words or "-").split())
