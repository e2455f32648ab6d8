"""What a mail is about."""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """What has happened, or what is to be done."""

    BOOKED = "booked"
    APPROVED = "approved"
    INVITED = "invited"
    """As a guest."""
    MOVED = "moved"
    CHANGED = "changed"
    """Others take part than before."""
    LEFT = "left"
    """One of several invitees takes part no more."""
    HANDED_OVER = "handed_over"
    """Another host has the meeting now."""
    CANCELED = "canceled"
    REQUESTED = "requested"
    """The invitee's mail about a request that waits for an answer."""
    TO_ANSWER = "to_answer"
    """The host's."""
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    RECONFIRM = "reconfirm"
    REMINDER = "reminder"
    NOTE = "note"
    """About no meeting: its subject and text are in its facts."""


_FOR_ALL = {Kind.MOVED, Kind.CHANGED, Kind.CANCELED}
RECIPIENTS: Mapping[str, frozenset[Kind]] = {
    "host": frozenset(
        {*_FOR_ALL, Kind.BOOKED, Kind.LEFT, Kind.HANDED_OVER, Kind.TO_ANSWER, Kind.EXPIRED, Kind.WITHDRAWN}
    ),
    "invitee": frozenset(
        {*_FOR_ALL, Kind.BOOKED, Kind.APPROVED, Kind.REQUESTED, Kind.DECLINED, Kind.EXPIRED, Kind.RECONFIRM,
         Kind.REMINDER}
    ),
    "guest": frozenset({*_FOR_ALL, Kind.INVITED}),
}  # fmt: skip
"""Who gets which mails about meetings."""
