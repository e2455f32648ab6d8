"""Where an event type leads after booking: the address of its setting, with what was booked as query keys.

The keys are Calendly's. Source: behaviours, section 14.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from msgspec import Struct

MAX_LENGTH = 2000
"""Of the setting; browsers and proxies take addresses of 8,000 characters and more."""
MAX_ANSWERS = 10


class BookedFacts(Struct, frozen=True, kw_only=True):
    """What the site learns of the booking; times are ISO 8601 with the offset of the invitee's zone."""

    assigned_to: str
    event_type_uuid: str
    event_type_name: str
    event_start_time: str
    event_end_time: str
    invitee_uuid: str
    invitee_full_name: str
    invitee_first_name: str | None
    invitee_last_name: str | None
    invitee_email: str
    text_reminder_number: str | None
    guests: Sequence[str]
    answers: Sequence[str]
    """In the order of the questions."""
    tracking: Mapping[str, str]
    """``utm_source`` and the like."""


def is_redirect(text: str) -> bool:
    """Whether ``text`` is an absolute address of the web, without a password in it."""
    if len(text) > MAX_LENGTH or not text.isprintable() or " " in text or "\\" in text:
        return False
    try:
        parts = urlsplit(text)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc and has_port


def target(redirect_url: str, facts: BookedFacts) -> str:
    """``redirect_url`` with the facts; its own query keys stay, and win."""
    parts = urlsplit(redirect_url)
    own = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _ in own}
    added = [(name, value) for name, value in _query(facts) if value and name not in known]
    return urlunsplit(parts._replace(query=urlencode([*own, *added], quote_via=quote)))


def _query(facts: BookedFacts) -> list[tuple[str, str]]:
    names = [("invitee_full_name", facts.invitee_full_name)]
    if facts.invitee_first_name:
        names = [("invitee_first_name", facts.invitee_first_name), ("invitee_last_name", facts.invitee_last_name or "")]
    return [
        ("assigned_to", facts.assigned_to),
        ("event_type_uuid", facts.event_type_uuid),
        ("event_type_name", facts.event_type_name),
        ("event_start_time", facts.event_start_time),
        ("event_end_time", facts.event_end_time),
        ("invitee_uuid", facts.invitee_uuid),
        *names,
        ("invitee_email", facts.invitee_email),
        ("text_reminder_number", facts.text_reminder_number or ""),
        ("guests", ",".join(facts.guests)),
        *((f"answer_{number}", text) for number, text in enumerate(facts.answers[:MAX_ANSWERS], 1)),
        *facts.tracking.items(),
    ]
