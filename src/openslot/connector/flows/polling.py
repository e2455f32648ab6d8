"""Polls the service for what has happened, where it can't reach us: the same typed events as deliveries bring.

What was there at the last poll is kept in the store and compared with what is there now. The first poll ever only
looks. An event and what is kept about it are stored together, so that none is lost or found twice, whatever happens in
between.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from openslot.client import Forbidden, answers, operations
from openslot.client.operation import Many
from openslot.connector.connection import Connection
from openslot.connector.flows.changes import (
    LOOK_BACK,
    OVERLAP,
    KnownForm,
    KnownMeeting,
    Watch,
    encoded,
    known_invitee,
    long_gone,
    looks_of,
    meeting_events,
    submission_event,
)
from openslot.connector.flows.runner import Runner
from openslot.connector.triggers import Scope
from openslot.wire.codec import Timestamp
from openslot.wire.routing_forms import RoutingFormSubmission
from openslot.wire.users import User

_log = logging.getLogger("openslot.connector")

_MEMBERS_HINT = "only an owner or admin may poll the whole organization; with scope 'user' anybody may poll theirs"


class Poller:
    """Polls for flows. Meetings cost a call per page and one per meeting that looks different."""

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
            ClientError: the service refused or failed; what was found before that is taken in.
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

    async def _watches(self, now: Timestamp) -> tuple[list[Watch], list[Watch]]:
        """Those of meetings and those of forms; what flows knew that are no more is forgotten."""
        rows = await self._store.kept(self._whose)

        def watching(what: str, kind: str) -> list[Watch]:
            flows = [flow for flow in self._runner.flows if any(event.startswith(kind) for event in flow.events)]
            return [Watch(flow, what, self._whose, rows, now) for flow in flows]

        meetings = watching("meetings", "invitee")
        # other scopes have no routing forms
        forms = watching("forms", "routing_form") if self._scope == "organization" else []
        kept: dict[str, str | None] = dict.fromkeys(long_gone(rows, [one.prefix for one in meetings + forms], now))
        for one in meetings + forms:
            # before looking: what happens from now on is news, whenever it is found, and a poll that is cut short is
            # not the first again
            kept |= one.kept_since() if one.is_new else {}
        await self._store.keep(kept)
        return meetings, forms

    async def _meetings(self, me: User, watches: Sequence[Watch], now: Timestamp) -> None:
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
            if not _has_all(meeting, meeting.uri, meeting.start_time):
                continue
            concerned = [one for one in watches if one.may_differ(meeting, now)]
            if not concerned:
                continue
            found = [one async for one in self._client.stream(operations.ListEventInvitees(uuid=meeting.uri))]
            invitees = [one for one in found if _has_all(one, one.uri, one.created_at)]
            after = KnownMeeting(
                meeting.start_time, looks_of(meeting), {one.uri: known_invitee(one) for one in invitees}
            )
            for watch in concerned:
                if (before := watch.meeting(meeting.uri)) != after:
                    events = list(meeting_events(watch, meeting, invitees, before, me))
                    await self._runner.accept_all(events, {watch.name(meeting.uri): encoded(after)}, flow=watch.flow)
        for watch in watches:
            await self._store.keep({**dict.fromkeys(watch.settled()), **watch.whole(now)})

    async def _submissions(self, me: User, watches: Sequence[Watch], now: Timestamp) -> None:
        if not watches:
            return
        forms = operations.ListRoutingForms(organization=me.current_organization)
        async for form in self._client.stream(forms):
            found = await self._latest_submissions(form.uri, [one.reaches_back_to(form.uri) for one in watches])
            newest = found[0].created_at if found else None
            seen = [one.uri for one in found if newest is not None and one.created_at >= newest - OVERLAP]
            after = KnownForm(newest, seen)
            for watch in watches:
                if watch.form(form.uri) != after:
                    events = [submission_event(one, me) for one in reversed(watch.new_submissions(form.uri, found))]
                    await self._runner.accept_all(events, {watch.name(form.uri): encoded(after)}, flow=watch.flow)
        for watch in watches:
            await self._store.keep(watch.whole(now))

    async def _latest_submissions(self, form: str, back_to: Sequence[datetime | None]) -> list[RoutingFormSubmission]:
        """Latest first; as far back as anybody wants, and at the least those that may have company yet."""
        found: list[RoutingFormSubmission] = []
        listing: Many[RoutingFormSubmission] = operations.ListRoutingFormSubmissions(form=form, sort="created_at:desc")
        async for one in self._client.stream(listing):
            if not _has_all(one, one.uri, one.created_at):
                continue
            newest = found[0].created_at if found else one.created_at
            if all(limit is not None and one.created_at < limit for limit in (*back_to, newest - OVERLAP)):
                break
            found.append(one)
        return found

    def _instant(self) -> Timestamp:
        return Timestamp.of(datetime.fromtimestamp(self._now(), UTC))


def _has_all(row: Struct, *needed: object) -> bool:
    """Whether a row has the fields that polling can't do without; answers may lack any (``client.lenient``)."""
    if None not in needed:
        return True
    _log.warning("skipped a row without an id or a time: %s", answers.builtins(row))
    return False
