"""Until when an invitee may still cancel or reschedule. Hosts may always.

The page that states the rule and the check that applies it both call this module. Source: field, requests of users
(late cancels).
"""

from datetime import datetime, timedelta

from openslot.core.booking_form import MUST_BE_FILLED
from openslot.core.errors import Forbidden, invalid
from openslot.db.event_types import EventType
from openslot.db.scheduled_events import ScheduledEvent
from openslot.services import serving
from openslot.wire.characters import is_seen

TOO_LATE_TO_CANCEL = "It is too late to cancel this event"
TOO_LATE_TO_RESCHEDULE = "It is too late to reschedule this event"


def cancelable_until(event_type: EventType, event: ScheduledEvent) -> datetime:
    """The first instant at which an invitee can't cancel any more."""
    return event.start_time - timedelta(minutes=event_type.cancel_cutoff_minutes or 0)


def reschedulable_until(event_type: EventType, event: ScheduledEvent) -> datetime:
    """The first instant at which an invitee can't move any more."""
    return event.start_time - timedelta(minutes=event_type.reschedule_cutoff_minutes or 0)


def may_reschedule(event_type: EventType, event: ScheduledEvent, *, now: datetime) -> bool:
    """Whether an invitee may still move: in time, and while the event type takes bookings."""
    return serving.is_open(event_type) and now < reschedulable_until(event_type, event)


def require_cancelable(event_type: EventType, event: ScheduledEvent, *, now: datetime) -> None:
    """Check that an invitee may still cancel.

    Raises:
        Forbidden: it is too late.
    """
    if now >= cancelable_until(event_type, event):
        raise Forbidden(TOO_LATE_TO_CANCEL)


def require_reschedulable(event_type: EventType, event: ScheduledEvent, *, now: datetime) -> None:
    """Check that an invitee may still move.

    Raises:
        Forbidden: it is too late.
    """
    if now >= reschedulable_until(event_type, event):
        raise Forbidden(TOO_LATE_TO_RESCHEDULE)


def require_reason(event_type: EventType, reason: str | None) -> None:
    """Check that an invitee says why, where the event type requires it.

    Raises:
        Invalid: there is no reason.
    """
    if event_type.requires_cancel_reason and not is_seen(reason or ""):
        raise invalid("reason", MUST_BE_FILLED)
