"""What has happened between two polls: what was known is compared with what is there now. No I/O.

What is known is kept as named texts, which ``polling`` reads and stores.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from msgspec import UNSET, Struct

from openslot.client import answers
from openslot.connector.flows.flow import Flow
from openslot.connector.triggers.events import Event, InviteeEvent, RoutingFormSubmissionEvent
from openslot.wire import codec
from openslot.wire.codec import Timestamp
from openslot.wire.invitees import Invitee, InviteePayload
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.scheduled_events import ScheduledEvent
from openslot.wire.users import User

T = TypeVar("T")

LOOK_BACK = timedelta(days=7)
"""Meetings that began less than this before the last poll may still be canceled or get no-shows; others are settled."""
OVERLAP = timedelta(minutes=10)
"""A submission that was stored late may be older by this much than one that was seen."""
_SKEW = timedelta(hours=1)
"""How far our clock may be ahead of the service's."""
_FORGET = timedelta(days=30)


class KnownInvitee(Struct):
    """An invitee at the last poll."""

    is_canceled: bool
    no_show: str | None
    no_show_at: Timestamp | None


class KnownMeeting(Struct):
    """A scheduled event at the last poll."""

    begins_at: Timestamp
    looks: str
    """What differs once its invitees do, no-shows aside."""
    invitees: dict[str, KnownInvitee]


class KnownForm(Struct):
    """A routing form at the last poll."""

    newest: Timestamp | None
    """When its latest submission was made, by the service's clock."""
    seen: list[str]
    """The submissions that are hardly older than that: of those, others may still turn up."""


class Since(Struct):
    """Since when there is polling, and until when all is taken in."""

    first: Timestamp
    """What happened before is not reported."""
    last: Timestamp
    is_whole: bool = False
    """Whether a poll has come to its end: what is unknown from then on is new, whatever the clocks show."""

    @property
    def news_from(self) -> datetime:
        """An unknown invitee or submission that is older than this is no news."""
        return self.first - _SKEW if self.is_whole else self.first


class Watch:
    """The events of meetings or of forms that one flow is for, and what it knew at the last poll.

    Each flow has its own: one that is new begins now, and the others go on.
    """

    def __init__(self, flow: Flow, what: str, whose: str, rows: Mapping[str, str], now: Timestamp) -> None:
        self.flow = flow.name
        self.events = flow.events
        self.prefix = f"{whose}{quote(flow.name, safe='')} {what} "
        self._rows = rows
        self.is_new = f"{self.prefix}since" not in rows
        self.since = Since(now, now) if self.is_new else codec.decode(rows[f"{self.prefix}since"], Since)

    def kept_since(self) -> dict[str, str]:
        """Since when it is polled for, as it is kept."""
        return {f"{self.prefix}since": encoded(self.since)}

    def whole(self, now: Timestamp) -> dict[str, str]:
        """The same, once everything up to now is taken in."""
        return {f"{self.prefix}since": encoded(Since(self.since.first, now, is_whole=True))}

    def name(self, uri: str) -> str:
        """The name under which what is known of a meeting or a form is kept."""
        return f"{self.prefix}{uri}"

    def meeting(self, uri: str) -> KnownMeeting | None:
        return self._known(uri, KnownMeeting)

    def form(self, uri: str) -> KnownForm | None:
        return self._known(uri, KnownForm)

    def may_differ(self, meeting: ScheduledEvent, now: datetime) -> bool:
        """Whether the invitees of a meeting are to be looked at."""
        if meeting.start_time < self.since.last - LOOK_BACK:
            return False
        before = self.meeting(meeting.uri)
        if before is None or before.looks != looks_of(meeting):
            return True
        # a no-show mark changes nothing that the list of meetings shows, so recent meetings are looked at each time
        return meeting.start_time <= now and any(event.startswith("invitee_no_show") for event in self.events)

    def settled(self) -> list[str]:
        """The names of what is long over."""
        before = self.since.last - _FORGET
        meetings = (name for name in self._rows if name.startswith(self.prefix) and not name.endswith(" since"))
        return [name for name in meetings if codec.decode(self._rows[name], KnownMeeting).begins_at < before]

    def reaches_back_to(self, form: str) -> datetime | None:
        """How old a submission may be that is of interest; ``None`` if it may be of any age."""
        known = self.form(form)
        if known is None:
            return self.since.news_from - OVERLAP
        return known.newest - OVERLAP if known.newest is not None else None

    def new_submissions(self, form: str, found: Sequence[RoutingFormSubmission]) -> list[RoutingFormSubmission]:
        """Those of ``found`` that are new, in its order."""
        known = self.form(form)
        if known is None:
            return [one for one in found if one.created_at >= self.since.news_from]
        if known.newest is None:
            return list(found)
        oldest = known.newest - OVERLAP
        return [one for one in found if one.created_at >= oldest and one.uri not in known.seen]

    def _known(self, uri: str, kind: type[T]) -> T | None:
        kept = self._rows.get(self.name(uri))
        return None if kept is None else codec.decode(kept, kind)


def long_gone(rows: Mapping[str, str], ours: Sequence[str], now: datetime) -> list[str]:
    """The names of what is kept for flows that nobody polls for any more."""
    others = {
        name.removesuffix("since"): codec.decode(text, Since).last
        for name, text in rows.items()
        if name.endswith(" since") and not name.startswith(tuple(ours))
    }
    gone = tuple(prefix for prefix, last in others.items() if last < now - _FORGET)
    return [name for name in rows if name.startswith(gone)]


def meeting_events(
    watch: Watch, meeting: ScheduledEvent, invitees: Sequence[Invitee], before: KnownMeeting | None, me: User
) -> Iterator[Event]:
    """The events of a meeting's invitees since ``before`` that the flow runs on, by the age of the invitees."""
    known = before.invitees if before is not None else {}
    whole = answers.builtins(meeting)
    for invitee in sorted(invitees, key=lambda one: one.created_at):
        was = known.get(invitee.uri)
        for event, at in _changes(was, invitee):
            if event in watch.events and (was is not None or at >= watch.since.news_from):
                payload = answers.convert(answers.builtins(invitee) | {"scheduled_event": whole}, InviteePayload)
                yield InviteeEvent(event=event, created_at=at, created_by=me.uri, payload=payload)


def submission_event(submission: RoutingFormSubmission, me: User) -> Event:
    """The event that a delivery would bring."""
    return RoutingFormSubmissionEvent(
        event="routing_form_submission.created",
        created_at=submission.created_at,
        created_by=me.uri,
        payload=submission,
    )


def encoded(value: Struct) -> str:
    """``value`` as the text that is kept."""
    return codec.encode(value).decode()


def looks_of(meeting: ScheduledEvent) -> str:
    """See ``KnownMeeting.looks``."""
    counter = meeting.invitees_counter
    return f"{meeting.status} {meeting.updated_at} {counter.total} {counter.active}"


def known_invitee(invitee: Invitee) -> KnownInvitee:
    """What is kept of an invitee."""
    mark = invitee.no_show
    return KnownInvitee(invitee.status == "canceled", mark.uri if mark else None, mark.created_at if mark else None)


def _changes(before: KnownInvitee | None, invitee: Invitee) -> Iterator[tuple[str, Timestamp]]:
    """What happened to an invitee, and when: times that are the same at every poll, as an event's id holds them."""
    now = known_invitee(invitee)
    if before is None:
        yield "invitee.created", invitee.created_at
    if now.is_canceled and not (before is not None and before.is_canceled):
        yield "invitee.canceled", _canceled_at(invitee)
    marked = before.no_show if before is not None else None
    if now.no_show == marked:
        return
    if before is not None and before.no_show_at is not None:
        # no answer has the time at which the mark was removed: the time of the mark itself stands for it
        yield "invitee_no_show.deleted", before.no_show_at
    if now.no_show_at is not None:
        yield "invitee_no_show.created", now.no_show_at


def _canceled_at(invitee: Invitee) -> Timestamp:
    cancellation = invitee.cancellation
    if cancellation is UNSET or cancellation is None or cancellation.created_at is UNSET:
        return invitee.updated_at
    return cancellation.created_at
