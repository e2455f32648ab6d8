"""Answers of tools in a few lines of text, for agents that read text alone: names, times in one zone, and URIs."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any

from msgspec import UnsetType

from openslot.client import answers
from openslot.connector.agents.answers import Booked, CurrentUser, ToolResult
from openslot.connector.agents.times import moment, span
from openslot.wire import codec
from openslot.wire.bookings import TimeToMoveTo
from openslot.wire.common import Page, Resource
from openslot.wire.event_types import AvailableTime, CustomQuestion, EventType, LocationConfiguration
from openslot.wire.explanations import Explanation, Reason
from openslot.wire.invitees import Invitee
from openslot.wire.no_shows import NoShow
from openslot.wire.scheduled_events import Cancellation, Location, ScheduledEvent
from openslot.wire.users import User

_LOCATION_HINTS = {"outbound_call": "the invitee's phone number", "ask_invitee": "the place that the invitee names"}
"""What ``location`` has to hold in a booking, where the event type does not give it."""


def summary(answer: ToolResult) -> str:
    """An answer in words: a few lines for each row of a page, and how to get the next one."""
    zone = answer.zone
    if answer.is_plain:
        return answers.encode(answer.body).decode()
    match answer.body:
        case Resource(resource=resource):
            lines = [*_lines(resource, zone), *_more(resource)]
        case Booked(resource=invitee, scheduled_event=event):
            lines = [*_booked(invitee, event, zone), *_lines(invitee, zone)]
        case CurrentUser(resource=user, now=now):
            lines = [*_lines(user, zone), f"now: {moment(datetime.fromisoformat(now), zone)}"]
        case Page(collection=rows, pagination=pagination):
            lines = [answer.heading] if answer.heading else []
            lines += [line for row in rows for line in _lines(row, zone)] or ["None."]
            if pagination.next_page_token:
                lines.append(f"There is more: call again with page_token {pagination.next_page_token}")
        case _:
            lines = ["Done."]
    return "\n".join(lines)


def _lines(value: Any, zone: tzinfo) -> Iterator[str]:
    match value:
        case EventType():
            state = "" if value.active else ", takes no bookings"
            whose = f", of {_text(value.profile.name)}" if value.profile else ""
            yield f"{_text(value.name)}: {value.duration} minutes{whose}{state} - {value.uri}"
        case AvailableTime() | TimeToMoveTo():
            seats = f", {value.invitees_remaining} seats" if (value.invitees_remaining or 0) > 1 else ""
            yield f"{_text(value.start_time)} ({_weekday(value)}{seats})"
        case ScheduledEvent():
            yield from _event(value, zone)
        case Invitee():
            yield from _invitee(value)
        case User():
            yield f"{_person(value.name, value.email)}, {value.timezone} - {value.uri}"
            yield f"  scheduling page: {value.scheduling_url}"
        case NoShow():
            yield f"{value.invitee} is marked as a no-show: {value.uri}"
        case Cancellation():
            yield f"Canceled by {_text(value.canceled_by)}{_reason(value)}"
        case Explanation():
            at = _fact(value.start_time, zone)
            yield f"{at} is offered." if value.offered else f"{at} is not offered:"
            yield from (_refusal(reason, zone) for reason in value.reasons)
        case _:
            yield answers.encode(value).decode()


def _booked(invitee: Invitee, event: ScheduledEvent | None, zone: tzinfo) -> Iterator[str]:
    yield "Moved to:" if invitee.old_invitee else "Booked:"
    if event is None:
        yield f"{invitee.event} (could not be read just now: get_scheduled_event shows when and where)"
    else:
        yield from _event(event, zone)
    yield "for:"


def _event(event: ScheduledEvent, zone: tzinfo) -> Iterator[str]:
    yield f"{_text(event.name)}: {_span(event, zone)}, {event.status} - {event.uri}"
    yield f"  place: {_place(event.location) if event.location else 'none'}"
    hosts = [_person(host.user_name or host.user, host.user_email) for host in event.event_memberships]
    counter = event.invitees_counter
    yield f"  hosts: {', '.join(hosts) or '-'}; invitees: {counter.active} of {counter.limit}"
    if event.event_guests:
        yield f"  guests: {', '.join(_text(guest.email) for guest in event.event_guests)}"
    yield from _canceled(event.cancellation)


def _place(place: Location) -> str:
    where = _text(place.location or place.join_url)
    more = f" ({_text(place.additional_info)})" if place.additional_info else ""
    return f"{place.type} {where}{more}"


def _invitee(invitee: Invitee) -> Iterator[str]:
    mark = f", no-show {invitee.no_show.uri}" if invitee.no_show else ""
    zone = f", {_text(invitee.timezone)}" if invitee.timezone else ""
    yield f"{_person(invitee.name, invitee.email)}{zone}: {invitee.status}{mark} - {invitee.uri}"
    for one in invitee.questions_and_answers:
        yield f"  {_text(one.question)} - answer: {_text(', '.join((one.answer or '').splitlines()))}"
    if invitee.status == "active":
        yield f"  to move: {invitee.reschedule_url}  to cancel: {invitee.cancel_url}"
    if invitee.new_invitee:
        yield f"  moved, now: {invitee.new_invitee}"
    yield from _canceled(invitee.cancellation)


def _canceled(cancellation: Cancellation | UnsetType | None) -> Iterator[str]:
    if cancellation:
        yield f"  canceled by {_text(cancellation.canceled_by)}{_reason(cancellation)}"


def _reason(cancellation: Cancellation) -> str:
    return f": {_text(cancellation.reason)}" if cancellation.reason else ""


def _more(value: Any) -> Iterator[str]:
    """What a row of many leaves out, and a booking needs."""
    if isinstance(value, EventType):
        if value.description_plain:
            yield f"  description: {_text(value.description_plain)}"
        if value.duration_options:
            yield f"  durations, chosen on its page: {', '.join(map(str, value.duration_options))} minutes"
        yield from (_question(one) for one in value.custom_questions if one.enabled)
        yield from _locations(value.locations or [])
        yield f"  its page: {value.scheduling_url}"


def _question(question: CustomQuestion) -> str:
    needed = ", required" if question.required else ""
    choices = [*map(_text, question.answer_choices), *(["or another"] if question.include_other else [])]
    listed = f": {', '.join(choices)}" if choices else ""
    return f"  question ({question.type}{needed}): {_text(question.name)}{listed}"


def _locations(places: Sequence[LocationConfiguration]) -> Iterator[str]:
    choose = " (choose one)" if len(places) > 1 else ""
    for place in places:
        where = f" {_text(message_of)}" if (message_of := place.location or place.phone_number) else ""
        more = f" ({_text(place.additional_info)})" if place.additional_info else ""
        wanted = f" (give as location: {_LOCATION_HINTS[place.kind]})" if place.kind in _LOCATION_HINTS else ""
        yield f"  location{choose}: {place.kind}{where}{more}{wanted}"


def _refusal(reason: Reason, zone: tzinfo) -> str:
    facts = [f"{name}: {_fact(value, zone)}" for name, value in reason.numbers.items() if value is not None]
    facts += [f"host: {reason.host}"] if reason.host else []
    return " ".join([f"{reason.code}: {reason.message}", *(["; ".join(facts)] if facts else [])])


def _fact(value: float | str, zone: tzinfo) -> str:
    try:
        return moment(codec.parse_instant(str(value)), zone)
    except ValueError:
        return _text(str(value))


def _person(name: str, email: str | UnsetType | None) -> str:
    return f"{_text(name)} <{_text(email)}>" if email else _text(name)


def _text(words: str | UnsetType | None) -> str:
    """On one line: names are chosen by strangers, and must not look like lines of ours."""
    return " ".join((words or "-").split())


def _weekday(time: AvailableTime | TimeToMoveTo) -> str:
    try:
        return f"{datetime.fromisoformat(time.start_time or ''):%A}"
    except ValueError:
        return "at an unknown time"


def _span(event: ScheduledEvent, zone: tzinfo) -> str:
    """When it is, as far as the answer has it (``client.lenient``)."""
    bounds: list[datetime | None] = [event.start_time, event.end_time]
    return "at an unknown time" if None in bounds else span(event.start_time, event.end_time, zone)
