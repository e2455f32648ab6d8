"""Every error a caller might meet, each carrying its facts; what HTTP, a page or a command makes of it is their affair.

OpenSlotError
├── NotFound            no such resource, or none that this caller may know of
│   ├── Moved           it has another address now
│   └── LinkEnded       a scheduling link is used up, or its time is over
├── Invalid             input that can't be accepted, per field
│   ├── SlotUnavailable the start is not among those on offer
│   └── SlotTaken       the start was on offer and somebody else was quicker
├── Conflict            the resource exists already
│   └── WrongState      the resource is in no state for it
├── Forbidden           the caller is known and may not
│   └── MissingScope    the token lacks a scope
├── TooMany             more than a quota allows, for now
├── Unauthenticated     no caller: token missing, unknown, expired or revoked
├── Unavailable         something outside that we need does not answer
└── Busy                what it needs is taken by others for too long; nothing was done
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil


class ErrorKind(StrEnum):
    """What sort of trouble it is; each edge maps a kind once."""

    NOT_FOUND = "not_found"
    INVALID = "invalid"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    UNAUTHENTICATED = "unauthenticated"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"


class OpenSlotError(Exception):
    """The root: catch it to catch all of ours."""

    kind: ErrorKind


@dataclass(frozen=True)
class Profile:
    """A host's page."""

    slug: str
    name: str


class NotFound(OpenSlotError):
    """No such resource, or none that this caller may know of."""

    kind = ErrorKind.NOT_FOUND

    def __init__(self, what: str, *, host: Profile | None = None) -> None:
        self.what = what
        self.host = host
        """Whose page may lead on, where it is known who was looked for."""
        super().__init__(f"no such {what}")


class Moved(NotFound):
    """Not here any more: it has another address, which begins with ``path`` instead of as many segments of this one."""

    def __init__(self, *path: str) -> None:
        self.path = path
        super().__init__("page any more")


class LinkEnded(NotFound):
    """A scheduling link is used up, or its time is over."""

    def __init__(self, *, host: Profile | None = None) -> None:
        super().__init__("scheduling link any more", host=host)


@dataclass(frozen=True)
class FieldError:
    """One refused field. ``parameter`` is its path as the API writes it: ``invitee.email``, ``events[0]``."""

    parameter: str
    message: str
    code: str | None = None


class Invalid(OpenSlotError):
    """Input that can't be accepted; ``details`` holds one entry per field."""

    kind = ErrorKind.INVALID

    def __init__(self, *details: FieldError, message: str = "The supplied parameters are invalid.") -> None:
        self.details = details
        self.message = message
        super().__init__("; ".join(f"{detail.parameter} {detail.message}" for detail in details) or message)


def invalid(parameter: str, message: str = "invalid", code: str | None = None) -> Invalid:
    """The commonest case: one field."""
    return Invalid(FieldError(parameter, message, code))


class SlotUnavailable(Invalid):
    """The start is not among those on offer, so it was never bookable or is not any more.

    Source of wording and code: behaviours, section 10.
    """

    def __init__(self, start_time: datetime) -> None:
        self.start_time = start_time
        super().__init__(FieldError("event.start_time", "That start time has been filled", "already_filled"))


class SlotTaken(SlotUnavailable):
    """The slot was free when it was looked at, and the database says that somebody else was quicker."""


class Conflict(OpenSlotError):
    """The resource exists already."""

    kind = ErrorKind.CONFLICT

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class WrongState(Conflict):
    """The resource is in a state in which that can't be done; the message says what to do."""


NO_PERMISSION = "You do not have permission"
NO_ACCESS = "You do not have permission to access this resource."


class Forbidden(OpenSlotError):
    """The caller is known and may not. Clients match some messages, so they are spelled as the API spells them."""

    kind = ErrorKind.FORBIDDEN

    def __init__(self, message: str = NO_ACCESS) -> None:
        self.message = message
        super().__init__(message)


class MissingScope(Forbidden):
    """The token lacks a scope."""

    def __init__(self, *required_scopes: str) -> None:
        self.required_scopes = required_scopes
        super().__init__("This operation requires the scopes listed in the 'required_scopes' array.")


class TooMany(OpenSlotError):
    """More than a quota allows, until a moment (ADR 0030)."""

    kind = ErrorKind.RATE_LIMITED

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        self.message = message
        self.retry_after_seconds = max(1, ceil(retry_after_seconds))
        """Whole seconds after which it may be tried again; there may be no room then either."""
        super().__init__(message)


class Unauthenticated(OpenSlotError):
    """No caller: token missing, unknown, expired or revoked."""

    kind = ErrorKind.UNAUTHENTICATED

    def __init__(self, message: str = "The access token is invalid") -> None:
        self.message = message
        super().__init__(message)


class Unavailable(OpenSlotError):
    """Something outside that we need does not answer."""

    kind = ErrorKind.UNAVAILABLE

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what} does not answer")


class Busy(OpenSlotError):
    """What it needs is taken by others for too long. Nothing was done, and it may be tried again soon."""

    kind = ErrorKind.UNAVAILABLE

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)
