"""Finds out what has happened by asking, where the service can't reach us: the same typed events as deliveries bring.

What was there at the last poll is kept in the store and compared with what is there now. The first poll ever only
looks. An event and what is kept about it are stored together, so that none is lost or found twice, whatever happens in
between.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import UNSET, Struct

from openslot.client import Forbidden, answers, operations
from openslot.client.operation import Many
from openslot.connector.connection import Connection
from openslot.connector.receiver import AnyTrigger
from openslot.connector.runner import Runner
from openslot.connector.triggers import Event, InviteeEvent, RoutingFormSubmissionEvent
from openslot.wire import codec
from openslot.wire.codec import Timestamp
from openslot.wire.invitees import Invitee, InviteePayload
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.scheduled_events import ScheduledEvent
from openslot.wire.users import User

LOOK_BACK = timedelta(days=7)
"""Meetings that began less than this before the last poll may still be canceled or get no-shows; others are settled."""
_OVERLAP = timedelta(minutes=10)
"""Submissions are asked for from this long before the last poll: one that was stored late has an earlier time."""
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


class _Since(Struct):
    """Since when there is polling, and until when all is taken in."""

    first: Timestamp
    """What happened before is no news."""
    last: Timestamp


class Poller:
    """Asks for what the triggers are about. Meetings cost a call per page and one per meeting that looks different."""

    def __init__(
        self,
        runner: Runner,
        connection: Connection,
        triggers: Sequence[AnyTrigger],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._runner = runner
        self._store = runner.store
        self._client = connection.async_client
        self._connection = connection
        self._now = now
        self._events = {event for trigger in triggers for event in trigger.events}
        self._scope = triggers[0].scope
        self._group = triggers[0].group
        whose = f"{connection.base_url} {self._scope} {self._group or ''}"
        flows = " ".join(sorted(flow.name for flow in runner.flows))
        self._prefix = f"poll {whose} {flows} "

    async def poll(self) -> None:
        """Take in all that happened since the last poll.

        Raises:
            ClientError: as its tree says; what was found before it is taken in.
        """
        async with self._store.alone(self._prefix):
            me = await self._connection.ame()
            # both, before either can fail: what happens from now on is news, whenever it is found
            meetings, forms = await self._since("meetings"), await self._since("forms")
            try:
                if any(event.startswith("invitee") for event in self._events):
                    await self._meetings(me, meetings)
                if any(event.startswith("routing_form") for event in self._events):
                    await self._submissions(me, forms.first)
            except Forbidden as exc:
                if self._scope != "user" and not exc.required_scopes:
                    exc.add_note(_MEMBERS_HINT)
                raise

    async def _meetings(self, me: User, since: _Since) -> None:
        now = self._instant()
        kept = await self._store.kept(f"{self._prefix}meeting ")
        listing = operations.ListScheduledEvents(
            user=me.uri if self._scope == "user" else None,
            organization=me.current_organization if self._scope != "user" else None,
            group=self._group,
            min_start_time=since.last - LOOK_BACK,
            sort="start_time:asc",
        )
        async for meeting in self._client.stream(listing):
            name = f"{self._prefix}meeting {meeting.uri}"
            before = codec.decode(kept[name], _Meeting) if name in kept else None
            if before is not None and before.looks == _looks(meeting) and not self._may_have_no_shows(meeting, now):
                continue
            invitees = [one async for one in self._client.stream(operations.ListEventInvitees(uuid=meeting.uri))]
            after = _Meeting(meeting.start_time, _looks(meeting), {one.uri: _known(one) for one in invitees})
            if after == before:
                continue
            known = before.invitees if before is not None else {}
            events = list(self._happened(meeting, invitees, known, since.first, me))
            await self._runner.accept_all(events, {name: _text(after)})
        settled = since.last - _FORGET
        gone = [name for name, text in kept.items() if codec.decode(text, _Meeting).begins_at < settled]
        last = _Since(since.first, Timestamp.of(now))
        await self._store.keep({f"{self._prefix}meetings": _text(last), **dict.fromkeys(gone)})

    def _may_have_no_shows(self, meeting: ScheduledEvent, now: datetime) -> bool:
        """Marks change nothing of the meeting that shows, so those of late are looked at each time."""
        return meeting.start_time <= now and any(event.startswith("invitee_no_show") for event in self._events)

    def _happened(
        self, meeting: ScheduledEvent, invitees: Sequence[Invitee], known: dict[str, _Known], first: datetime, me: User
    ) -> Iterator[Event]:
        whole = answers.builtins(meeting)
        for invitee in sorted(invitees, key=lambda one: one.created_at):
            before = known.get(invitee.uri)
            for event, at in _changes(before, invitee):
                if event in self._events and (before is not None or at >= first):
                    payload = answers.convert(answers.builtins(invitee) | {"scheduled_event": whole}, InviteePayload)
                    yield InviteeEvent(event=event, created_at=at, created_by=me.uri, payload=payload)

    async def _submissions(self, me: User, first: Timestamp) -> None:
        forms = operations.ListRoutingForms(organization=me.current_organization)
        async for form in self._client.stream(forms):
            name = f"{self._prefix}submissions {form.uri}"
            kept = (await self._store.kept(name)).get(name)
            now = Timestamp.of(self._instant())
            last = first if kept is None else Timestamp.of(codec.parse_instant(kept))
            found = await self._new_submissions(form.uri, max(first, last - _OVERLAP))
            events = [
                RoutingFormSubmissionEvent(
                    event="routing_form_submission.created", created_at=one.created_at, created_by=me.uri, payload=one
                )
                for one in reversed(found)
            ]
            await self._runner.accept_all(events, {name: str(now)})

    async def _new_submissions(self, form: str, since: datetime) -> list[RoutingFormSubmission]:
        """Latest first."""
        found: list[RoutingFormSubmission] = []
        listing: Many[RoutingFormSubmission] = operations.ListRoutingFormSubmissions(form=form, sort="created_at:desc")
        async for one in self._client.stream(listing):
            if one.created_at < since:
                break
            found.append(one)
        return found

    async def _since(self, what: str) -> _Since:
        """When this was polled for the first time ever, and the last time; now for both if this is the first time."""
        name = f"{self._prefix}{what}"
        kept = (await self._store.kept(name)).get(name)
        if kept is not None:
            return codec.decode(kept, _Since)
        now = Timestamp.of(self._instant())
        since = _Since(now, now)
        await self._store.keep({name: _text(since)})  # before looking: a poll that is cut short is not the first again
        return since

    def _instant(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)


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
