"""Made-up deliveries to try flows with. Source of the shapes: webhooks, section 6."""

from datetime import UTC, datetime, timedelta
from typing import Any

from openslot.connector.triggers.events import EVENTS, Event, read_event
from openslot.wire import codec

_API = "https://api.calendly.com"
_USER = f"{_API}/users/5c1d3f60-8a0b-4a57-9f2e-0d6b1f0c7a11"
_MEETING = f"{_API}/scheduled_events/d27f81a3-5e4c-49b0-b6a1-2c3d4e5f6a44"
_INVITEE = f"{_MEETING}/invitees/71b6c0de-2f3a-4e8b-9d17-a5c4e3f20b66"
_NO_SHOW = f"{_API}/invitee_no_shows/93d8e2f0-415c-40ad-9f39-c7e605142d88"
_TRACKING = dict.fromkeys(
    ("utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid"), None
)


def sample(event: str, now: datetime) -> Event:
    """An event as if it happened at ``now``, about a meeting on the next day.

    Raises:
        ValueError: no trigger knows the event.
    """
    if event not in EVENTS:
        raise ValueError(f"there is no event {event!r}, but {', '.join(EVENTS)}")
    is_form = event == "routing_form_submission.created"
    payload = _submission(now) if is_form else _invitee(event, now)
    body = {"event": event, "created_at": _at(now), "created_by": _USER, "payload": payload}
    return read_event(codec.encode(body))


def _at(instant: datetime) -> str:
    return str(codec.Timestamp.of(instant))


def _invitee(event: str, now: datetime) -> dict[str, Any]:
    is_canceled = event == "invitee.canceled"
    canceled = {
        "cancellation": {"canceled_by": "Ada Example", "reason": "I have a cold", "canceler_type": "invitee",
                         "created_at": _at(now)}
    }  # fmt: skip
    status = "canceled" if is_canceled else "active"
    stamps = {"created_at": _at(now), "updated_at": _at(now)}
    uuid = _INVITEE.rpartition("/")[2]
    start = now.astimezone(UTC).replace(hour=13, minute=0, second=0, microsecond=0) + timedelta(days=1)
    meeting = {
        "uri": _MEETING, "name": "Kiln tour", "status": status, "start_time": _at(start),
        "end_time": _at(start + timedelta(minutes=30)),
        "event_type": f"{_API}/event_types/0f4c2b9e-6a7d-4d18-a3e5-91c8f7b60d33",
        "location": {"type": "physical", "location": "4 Brickyard Lane"},
        "invitees_counter": {"total": 1, "active": 0 if is_canceled else 1, "limit": 1}, **stamps,
        "event_memberships": [{"user": _USER, "user_email": "host@example.com", "user_name": "Host Person"}],
        "event_guests": [], **(canceled if is_canceled else {}),
    }  # fmt: skip
    return {
        "uri": _INVITEE, "email": "ada@example.org", "name": "Ada Example", "status": status,
        "questions_and_answers": [{"question": "How many visitors?", "answer": "Three", "position": 0}],
        "timezone": "Europe/Rome", "event": _MEETING, **stamps, "tracking": _TRACKING | {"utm_source": "flyer"},
        "rescheduled": False, "old_invitee": None, "new_invitee": None,
        "cancel_url": f"https://calendly.com/cancellations/{uuid}",
        "reschedule_url": f"https://calendly.com/reschedulings/{uuid}",
        "no_show": {"uri": _NO_SHOW, "created_at": _at(now)} if event == "invitee_no_show.created" else None,
        "scheduled_event": meeting, **(canceled if is_canceled else {}),
    }  # fmt: skip


def _submission(now: datetime) -> dict[str, Any]:
    return {
        "uri": f"{_API}/routing_form_submissions/e0b7c6d5-1a2b-4c3d-8e9f-0a1b2c3d4e5f",
        "routing_form": f"{_API}/routing_forms/a1b2c3d4-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
        "questions_and_answers": [
            {"question_uuid": "11111111-1111-4111-8111-111111111111", "question": "Work e-mail",
             "answer": "ada@example.org"},
            {"question_uuid": "22222222-2222-4222-8222-222222222222", "question": "Size of the group",
             "answer": "1 to 5"},
        ],
        "tracking": _TRACKING, "submitter": None, "submitter_type": None, "created_at": _at(now),
        "updated_at": _at(now), "result": {"type": "external_url", "value": "https://example.org/thanks"},
    }  # fmt: skip
