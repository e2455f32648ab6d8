"""Finds out what has happened by asking, where the service can't reach us: the same typed events as deliveries bring.

What was there at the last poll is kept in the store and compared with what is there now. The first poll ever only
looks. An event and what is kept about it are stored together, so that none is lost or found twice, whatever happens in
between.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from msgspec import UNSET, Struct

from openslot.client import Forbidden, answers, operations
from openslot.client.operation import Many
from openslot.connector.connection import Connection
from openslot.connector.flows.flow import Flow
from openslot.connector.flows.runner import Runner
from openslot.connector.triggers import Event, InviteeEvent, RoutingFormSubmissionEvent, Scope
from openslot.wire import codec
from openslot.wire.codec import Timestamp
from openslot.wire.invitees import Invitee, InviteePayload
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.scheduled_events import ScheduledEvent
from openslot.wire.users import User

T = TypeVar("T")

_log = logging.getLogger("openslot.connector")

LOOK_BACK = timedelta(days=7)
"""Meetings that began less than this before the last poll may still be canceled or get no-shows; others are settled."""
_OVERLAP = timedelta(minutes=10)
"""A submission that was stored late may be older by this much than one that was seen."""
_SKEW = timedelta(hours=1)
"""How far our clock may be ahead of the service's."""
_FORGET = timedelta(days=30)

_MEMBERS_HINT = "only an owner or admin may ask for the whole organization; with scope 'user' anybody may for their own"


class _Known(Struct):
    """An invitee at the last poll."""

    is_canceled: bool
    no_show: str | None
    no_show_at: Timestamp | None


class _Meeting(Struct):
    """A scheduled event at the last poll."""

    begins_at: Timestamp
    looks: str
    """What differs once its invitees do, no-shows aside."""
    invitees: dict[str, _Known]


class _Form(Struct):
    """A routing form at the last poll."""

    newest: Timestamp | None
    """When its latest submission was made, by the service's clock."""
    seen: list[str]
    """The submissions that are hardly older than that: of those, others may still turn up."""


class _Since(Struct):
    """Since when there is polling, and until when all is taken in."""

    first: Timestamp
    """What happened before is no news."""
    last: Timestamp
    is_whole: bool = False
    """Whether a poll has come to its end: what is unknown from then on is new, whatever the clocks say."""

    @property
    def news_from(self) -> datetime:
        """What an unknown invitee or submission is to be no older than."""
        return self.first - _SKEW if self.is_whole else self.first


class _Watch:
    """What one flow is to be told of meetings or of forms, and what it knew of them at the last poll.

    Each flow has its own: one that is new begins now, and the others go on.
    """

    def __init__(self, flow: Flow, what: str, whose: str, rows: Mapping[str, str], now: Timestamp) -> None:
        self.flow = flow.name
        self.events = flow.events
        self.prefix = f"{whose}{quote(flow.name, safe='')} {what} "
        self._rows = rows
        self.is_new = f"{self.prefix}since" not in rows
        self.since = _Since(now, now) if self.is_new else codec.decode(rows[f"{self.prefix}since"], _Since)

    def kept_since(self) -> dict[str, str]:
        """Since when it is told, as it is kept."""
        return {f"{self.prefix}since": _text(self.since)}

    def whole(self, now: Timestamp) -> dict[str, str]:
        """The same once everything up to now is taken in."""
        return {f"{self.prefix}since": _text(_Since(self.since.first, now, is_whole=True))}

    def name(self, uri: str) -> str:
        """Under which name what is known of a meeting or a form is kept."""
        return f"{self.prefix}{uri}"

    def meeting(self, uri: str) -> _Meeting | None:
        return self._known(uri, _Meeting)

    def form(self, uri: str) -> _Form | None:
        return self._known(uri, _Form)

    def may_differ(self, meeting: ScheduledEvent, now: datetime) -> bool:
        """Whether the invitees of a meeting are to be looked at."""
        if meeting.start_time < self.since.last - LOOK_BACK:
            return False
        before = self.meeting(meeting.uri)
        if before is None or before.looks != _looks(meeting):
            return True
        # marks change nothing of the meeting that shows, so those of late are looked at each time
        return meeting.start_time <= now and any(event.startswith("invitee_no_show") for event in self.events)

    def settled(self) -> list[str]:
        """The names of what is long over."""
        before = self.since.last - _FORGET
        meetings = (name for name in self._rows if name.startswith(self.prefix) and not name.endswith(" since"))
        return [name for name in meetings if codec.decode(self._rows[name], _Meeting).begins_at < before]

    def reaches_back_to(self, form: str) -> datetime | None:
        """How old a submission may be that is of interest; ``None`` if it may be of any age."""
        known = self.form(form)
        if known is None:
            return self.since.news_from - _OVERLAP
        return known.newest - _OVERLAP if known.newest is not None else None

    def new_submissions(self, form: str, found: Sequence[RoutingFormSubmission]) -> list[RoutingFormSubmission]:
        """Those that are news, in the order of ``found``."""
        known = self.form(form)
        if known is None:
            return [one for one in found if one.created_at >= self.since.news_from]
        if known.newest is None:
            return list(found)
        oldest = known.newest - _OVERLAP
        return [one for one in found if one.created_at >= oldest and one.uri not in known.seen]

    def _known(self, uri: str, kind: type[T]) -> T | None:
        kept = self._rows.get(self.name(uri))
        return None if kept is None else codec.decode(kept, kind)


class Poller:
    """Asks for what flows are about. Meetings cost a call per page and one per meeting that looks different."""

    def __init__(
        self,
        runner: Runner,
        connection: Connection,
        scope: Scope = "organization",
        group: str | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._runner = runner
        self._store = runner.store
        self._client = connection.async_client
        self._connection = connection
        self._now = now
        self._scope = scope
        self._group = group
        self._whose = f"poll {connection.base_url} {scope} {group or ''} "

    async def poll(self) -> None:
        """Take in all that happened since the last poll.

        Raises:
            ClientError: as its tree says; what was found before it is taken in.
        """
        async with self._store.alone(self._whose):
            me = await self._connection.ame()
            now = self._instant()
            meetings, forms = await self._watches(now)
            try:
                await self._meetings(me, meetings, now)
                await self._submissions(me, forms, now)
            except Forbidden as exc:
                if self._scope != "user" and not exc.required_scopes:
                    exc.add_note(_MEMBERS_HINT)
                raise

    async def _watches(self, now: Timestamp) -> tuple[list[_Watch], list[_Watch]]:
        """Those of meetings and those of forms; what flows knew that are no more is forgotten."""
        rows = await self._store.kept(self._whose)

        def watching(what: str, kind: str) -> list[_Watch]:
            flows = [flow for flow in self._runner.flows if any(event.startswith(kind) for event in flow.events)]
            return [_Watch(flow, what, self._whose, rows, now) for flow in flows]

        meetings = watching("meetings", "invitee")
        # other scopes have no routing forms
        forms = watching("forms", "routing_form") if self._scope == "organization" else []
        kept: dict[str, str | None] = dict.fromkeys(_long_gone(rows, [one.prefix for one in meetings + forms], now))
        for one in meetings + forms:
            # before looking: what happens from now on is news, whenever it is found, and a poll that is cut short is
            # not the first again
            kept |= one.kept_since() if one.is_new else {}
        await self._store.keep(kept)
        return meetings, forms

    async def _meetings(self, me: User, watches: Sequence[_Watch], now: Timestamp) -> None:
        if not watches:
            return
        listing = operations.ListScheduledEvents(
            user=me.uri if self._scope == "user" else None,
            organization=me.current_organization if self._scope != "user" else None,
            group=self._group,
            min_start_time=min(one.since.last for one in watches) - LOOK_BACK,
            sort="start_time:asc",
        )
        async for meeting in self._client.stream(listing):
            if not _says(meeting, meeting.uri, meeting.start_time):
                continue
            concerned = [one for one in watches if one.may_differ(meeting, now)]
            if not concerned:
                continue
            found = [one async for one in self._client.stream(operations.ListEventInvitees(uuid=meeting.uri))]
            invitees = [one for one in found if _says(one, one.uri, one.created_at)]
            after = _Meeting(meeting.start_time, _looks(meeting), {one.uri: _known(one) for one in invitees})
            for watch in concerned:
                if (before := watch.meeting(meeting.uri)) != after:
                    events = list(_happened(watch, meeting, invitees, before, me))
                    await self._runner.accept_all(events, {watch.name(meeting.uri): _text(after)}, flow=watch.flow)
        for watch in watches:
            await self._store.keep({**dict.fromkeys(watch.settled()), **watch.whole(now)})

    async def _submissions(self, me: User, watches: Sequence[_Watch], now: Timestamp) -> None:
        if not watches:
            return
        forms = operations.ListRoutingForms(organization=me.current_organization)
        async for form in self._client.stream(forms):
            found = await self._latest_submissions(form.uri, [one.reaches_back_to(form.uri) for one in watches])
            newest = found[0].created_at if found else None
            seen = [one.uri for one in found if newest is not None and one.created_at >= newest - _OVERLAP]
            after = _Form(newest, seen)
            for watch in watches:
                if watch.form(form.uri) != after:
                    events = [_submitted(one, me) for one in reversed(watch.new_submissions(form.uri, found))]
                    await self._runner.accept_all(events, {watch.name(form.uri): _text(after)}, flow=watch.flow)
        for watch in watches:
            await self._store.keep(watch.whole(now))

    async def _latest_submissions(self, form: str, back_to: Sequence[datetime | None]) -> list[RoutingFormSubmission]:
        """Latest first; as far back as anybody wants, and at the least those that may have company yet."""
        found: list[RoutingFormSubmission] = []
        listing: Many[RoutingFormSubmission] = operations.ListRoutingFormSubmissions(form=form, sort="created_at:desc")
        async for one in self._client.stream(listing):
            if not _says(one, one.uri, one.created_at):
                continue
            newest = found[0].created_at if found else one.created_at
            if all(limit is not None and one.created_at < limit for limit in (*back_to, newest - _OVERLAP)):
                break
            found.append(one)
        return found

    def _instant(self) -> Timestamp:
        return Timestamp.of(datetime.fromtimestamp(self._now(), UTC))


def _long_gone(rows: Mapping[str, str], ours: Sequence[str], now: datetime) -> list[str]:
    """The names of what is kept for flows that nobody polls for any more."""
    others = {
        name.removesuffix("since"): codec.decode(text, _Since).last
        for name, text in rows.items()
        if name.endswith(" since") and not name.startswith(tuple(ours))
    }
    gone = tuple(prefix for prefix, last in others.items() if last < now - _FORGET)
    return [name for name in rows if name.startswith(gone)]


def _happened(
    watch: _Watch, meeting: ScheduledEvent, invitees: Sequence[Invitee], before: _Meeting | None, me: User
) -> Iterator[Event]:
    known = before.invitees if before is not None else {}
    whole = answers.builtins(meeting)
    for invitee in sorted(invitees, key=lambda one: one.created_at):
        was = known.get(invitee.uri)
        for event, at in _changes(was, invitee):
            if event in watch.events and (was is not None or at >= watch.since.news_from):
                payload = answers.convert(answers.builtins(invitee) | {"scheduled_event": whole}, InviteePayload)
                yield InviteeEvent(event=event, created_at=at, created_by=me.uri, payload=payload)


def _submitted(submission: RoutingFormSubmission, me: User) -> Event:
    return RoutingFormSubmissionEvent(
        event="routing_form_submission.created",
        created_at=submission.created_at,
        created_by=me.uri,
        payload=submission,
    )


def _says(row: Struct, *needed: object) -> bool:
    """Whether a row says what polling can't do without; answers may lack anything (``client.lenient``)."""
    if None not in needed:
        return True
    _log.warning("passed over what can't be told apart or placed in time: %s", answers.builtins(row))
    return False


def _text(value: Struct) -> str:
    return codec.encode(value).decode()


def _looks(meeting: ScheduledEvent) -> str:
    counter = meeting.invitees_counter
    return f"{meeting.status} {meeting.updated_at} {counter.total} {counter.active}"


def _known(invitee: Invitee) -> _Known:
    mark = invitee.no_show
    return _Known(invitee.status == "canceled", mark.uri if mark else None, mark.created_at if mark else None)


def _changes(before: _Known | None, invitee: Invitee) -> Iterator[tuple[str, Timestamp]]:
    """What happened to an invitee, and when: times that are the same at every poll, as an event's id holds them."""
    now = _known(invitee)
    if before is None:
        yield "invitee.created", invitee.created_at
    if now.is_canceled and not (before is not None and before.is_canceled):
        yield "invitee.canceled", _canceled_at(invitee)
    marked = before.no_show if before is not None else None
    if now.no_show == marked:
        return
    if before is not None and before.no_show_at is not None:
        # when the mark was taken back is told nowhere: the mark's own time stands for it
        yield "invitee_no_show.deleted", before.no_show_at
    if now.no_show_at is not None:
        yield "invitee_no_show.created", now.no_show_at


def _canceled_at(invitee: Invitee) -> Timestamp:
    cancellation = invitee.cancellation
    if cancellation is UNSET or cancellation is None or cancellation.created_at is UNSET:
        return invitee.updated_at
    return cancellation.created_at
