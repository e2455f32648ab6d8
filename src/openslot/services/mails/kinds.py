"""What a mail is about."""

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
    RECONFIRM = "reconfirm"
    REMINDER = "reminder"
    NOTE = "note"
    """About no meeting: its subject and text are in its facts."""
