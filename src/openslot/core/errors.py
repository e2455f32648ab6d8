"""Every error that a caller may get, with its facts as attributes. The API, pages and commands render them themselves.

OpenSlotError
├── NotFound            no such resource, or none that this caller may know of
│   ├── Moved           the page has another address now
│   └── LinkEnded       a scheduling link is used up or expired
├── Invalid             input that can't be accepted, per field
│   └── SlotUnavailable the start is not offered
│       └── SlotTaken   the start was offered, and somebody else booked it first
├── InvitationRefused   an invitation can't be sent or revoked
│   ├── InvalidEmail    it is for no e-mail address
│   ├── AlreadyMember   it is for somebody of the organization
│   ├── AlreadyInvited  the address has an invitation that can be accepted
│   ├── InvitationRace  somebody else invites the same address at this moment
│   └── AlreadyAccepted it can't be revoked any more
├── Conflict            the resource exists already
│   └── WrongState      the resource is not in the right state
├── KeyReused           an idempotency key came with another request before
├── Forbidden           the caller is known but lacks the permission
│   └── MissingScope    the token lacks a scope
├── TooMany             a quota is exceeded for now
├── Unauthenticated     token missing, unknown, expired or revoked
├── Unavailable         an external service that we need does not answer
└── Busy                a lock or a connection was not available in time; nothing was done
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil


class ErrorKind(StrEnum):
    """The kind of an error. Kinds become HTTP statuses in ``edges`` and exit codes in ``cli``."""

    NOT_FOUND = "not_found"
    INVALID = "invalid"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    UNAUTHENTICATED = "unauthenticated"
    MISMATCH = "mismatch"
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
        """The host whose page was meant, if known, so that the error page can link to it."""
        super().__init__(f"no such {what}")


class Moved(NotFound):
    """The page has moved: ``path`` replaces as many segments at the start of its address."""

    def __init__(self, *path: str) -> None:
        self.path = path
        super().__init__("page any more")


class NotOffered(NotFound):
    """The event type behind an address is turned off."""

    def __init__(self, *, host: Profile) -> None:
        super().__init__("event type at the moment", host=host)


class LinkEnded(NotFound):
    """A scheduling link is used up or expired."""

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
    """An ``Invalid`` about a single field, the most common case."""
    return Invalid(FieldError(parameter, message, code))


class SlotUnavailable(Invalid):
    """The start is not offered: it never was, or it is not any more.

    Source of wording and code: behaviours, section 10.
    """

    def __init__(self, start_time: datetime) -> None:
        self.start_time = start_time
        super().__init__(FieldError("event.start_time", "That start time has been filled", "already_filled"))


class SlotTaken(SlotUnavailable):
    """The slot was free when it was checked, but another booking took it first, as the database's constraint shows."""


class InvitationRefused(OpenSlotError):
    """An invitation can't be sent or revoked. Source of titles and wording: contract, organization invitations."""

    kind = ErrorKind.INVALID

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class InvalidEmail(InvitationRefused):
    """It is for no e-mail address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} is an invalid email format")


class AlreadyMember(InvitationRefused):
    """It is for somebody who belongs to the organization."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} is already in the organization")


class AlreadyInvited(InvitationRefused):
    """The address has an invitation that can be accepted."""

    def __init__(self, email: str) -> None:
        super().__init__(f"{email} has already been invited")


class InvitationRace(InvitationRefused):
    """Somebody else invites the same address at this moment."""

    def __init__(self) -> None:
        super().__init__("A race condition occurred when processing the request.  Please try the request again.")


class AlreadyAccepted(InvitationRefused):
    """It can't be revoked any more."""

    def __init__(self) -> None:
        super().__init__("The invitation has already been accepted.")


class Conflict(OpenSlotError):
    """The resource exists already."""

    kind = ErrorKind.CONFLICT

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class WrongState(Conflict):
    """The resource is not in a state in which that can be done; the message says what to do."""


class KeyReused(OpenSlotError):
    """An idempotency key came with another request before (ADR 0037)."""

    kind = ErrorKind.MISMATCH

    def __init__(self) -> None:
        self.message = "This Idempotency-Key was used for another request. Use a new key for each request."
        super().__init__(self.message)


NO_PERMISSION = "You do not have permission"
NO_ACCESS = "You do not have permission to access this resource."


class Forbidden(OpenSlotError):
    """The caller is known but lacks the permission. Clients match some messages, so these are spelled as in the API."""

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
    """A quota is exceeded for now (ADR 0030)."""

    kind = ErrorKind.RATE_LIMITED

    def __init__(self, message: str, *, retry_after_seconds: float) -> None:
        self.message = message
        self.retry_after_seconds = max(1, ceil(retry_after_seconds))
        """Whole seconds to wait before another try, which may be refused again."""
        super().__init__(message)


class Unauthenticated(OpenSlotError):
    """There is no valid caller: the token is missing, unknown, expired or revoked."""

    kind = ErrorKind.UNAUTHENTICATED

    def __init__(self, message: str = "The access token is invalid") -> None:
        self.message = message
        super().__init__(message)


class Unavailable(OpenSlotError):
    """An external service that we need does not answer."""

    kind = ErrorKind.UNAVAILABLE

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"{what} does not answer")


class Busy(OpenSlotError):
    """A lock or a connection was not available in time. Nothing was done, and the request may be repeated soon."""

    kind = ErrorKind.UNAVAILABLE

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)
