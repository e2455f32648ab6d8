"""A sandbox in the hands of a test: its clock, its members and event types, and what it would have sent."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from types import TracebackType
from typing import Any, Self

from msgspec import Struct

from openslot.client import Client, extensions, operations
from openslot.testing.receiver import WAIT_SECONDS, WebhookReceiver
from openslot.wire.codec import Timestamp, parse_instant
from openslot.wire.event_type_settings import CreateEventType, EventTypeSettings
from openslot.wire.invitees import CreateInvitee, Invitee, NewInvitee
from openslot.wire.sandboxes import ChangeSandbox, KeptMail, KeptWebhook, MoveClock, Plan
from openslot.wire.sandboxes import Sandbox as SandboxState
from openslot.wire.webhooks import CreateWebhookSubscription

_POLL_SECONDS = 0.1
LOOK_AHEAD = timedelta(days=30)
"""How far ``free_times`` looks."""


class NewUser(Struct, frozen=True):
    """A member of the sandbox's organization."""

    user: str
    """URI."""
    token: str
    scheduling_url: str
    """The member's page."""


class Sandbox:
    """One sandbox. ``client`` makes any other call, as the owner; close it, or use it as a context manager."""

    def __init__(
        self,
        run: Callable[..., str],
        name: str,
        *,
        organization: str,
        user: str,
        token: str,
        api_url: str,
        scheduling_url: str,
    ) -> None:
        self._run, self._name, self._numbers = run, name, count(1)
        self.organization = organization
        """URI."""
        self.user = user
        """URI of the owner."""
        self.token = token
        """The owner's."""
        self.api_url = api_url
        """What stands in place of https://api.calendly.com."""
        self.scheduling_url = scheduling_url
        """The owner's page."""
        self.client = Client(token, api_url)

    def close(self) -> None:
        """Close the connections of the client; the sandbox stays as long as the service."""
        self.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def now(self) -> datetime:
        """What the clock shows."""
        return self.client.send(extensions.GetSandbox()).now

    def set_clock(self, now: datetime) -> SandboxState:
        """Set the clock; backwards only before anything is booked, or after ``reset``.

        Raises:
            Conflict: it goes back, and something is booked.
        """
        return self.client.send(extensions.MoveClock(MoveClock(now=Timestamp.of(now))))

    def advance(self, **time: float) -> SandboxState:
        """Move the clock on by whole seconds, such as ``advance(days=1, hours=2)``; what is due by then is done."""
        seconds = round(timedelta(**time).total_seconds())
        return self.client.send(extensions.MoveClock(MoveClock(advance_seconds=seconds)))

    def imitate(self, plan: Plan | None) -> SandboxState:
        """Refuse what Calendly refuses on a plan; None: nothing."""
        return self.client.send(extensions.UpdateSandbox(ChangeSandbox(plan=plan)))

    def reset(self) -> SandboxState:
        """Delete all that was booked, said and sent, and take the real time; what is set up stays."""
        return self.client.send(extensions.ResetSandbox())

    def make_user(self, name: str = "", timezone: str = "UTC") -> NewUser:
        """A member with working hours, an active event type of 30 minutes and a token."""
        number = next(self._numbers)
        address = f"{self.organization.rpartition('/')[2][:8]}-{number}@example.com"
        made = json.loads(
            self._run(
                *("user", "add", "--json", "--organization", self._name, "--name", name or f"Member {number}"),
                *("--email", address, "--timezone", timezone),
            )
        )
        return NewUser(made["user"], made["token"], made["scheduling_url"])

    def make_event_type(self, name: str = "", duration: int = 30, **settings: Any) -> EventTypeSettings:
        """An active event type of the owner, without notice and with no last day unless ``settings`` differ.

        ``settings`` are those of POST /openslot/event_types; ``duration`` is in minutes.
        """
        defaults: dict[str, Any] = {"active": True, "notice": 0}
        number = next(self._numbers)
        body = CreateEventType(name=name or f"Event type {number}", duration=duration, **(defaults | settings))
        return self.client.send(extensions.CreateEventType(body))

    def free_times(self, event_type: str) -> list[datetime]:
        """The starts of an event type, given by its URI, that can be booked in the 30 days from now on."""
        first = self.now() + timedelta(minutes=1)
        listing = operations.ListEventTypeAvailableTimes(event_type, first, first + LOOK_AHEAD)
        return [parse_instant(one.start_time) for one in self.client.send(listing)]

    def book(
        self,
        event_type: str,
        start: datetime | None = None,
        *,
        email: str = "ada@example.org",
        name: str = "Ada Example",
    ) -> Invitee:
        """Book a start, the first that is free unless one is given.

        Raises:
            InvalidArgument: it is not free.
        """
        start = self.free_times(event_type)[0] if start is None else start
        who = NewInvitee(email, "UTC", name=name)
        return self.client.send(operations.CreateEventInvitee(CreateInvitee(event_type, Timestamp.of(start), who)))

    def mails(self, to: str | None = None, *, least: int = 0, seconds: float = WAIT_SECONDS) -> list[KeptMail]:
        """The mail that would have been sent, the oldest first; waits until there are ``least``.

        Raises:
            AssertionError: there are fewer in time.
        """
        return _waited(lambda: list(self.client.stream(extensions.ListKeptMails(to=to))), "mails", least, seconds)

    def webhooks(self, event: str | None = None, *, least: int = 0, seconds: float = WAIT_SECONDS) -> list[KeptWebhook]:
        """What subscriptions would have been sent, or were, the oldest first; waits until there are ``least``.

        Raises:
            AssertionError: there are fewer in time.
        """
        listing = extensions.ListKeptWebhooks(event=event)
        return _waited(lambda: list(self.client.stream(listing)), "webhooks", least, seconds)

    @contextmanager
    def receiving(self, events: Sequence[str]) -> Iterator[WebhookReceiver]:
        """A receiver with a subscription of the organization to these events; webhooks are sent from now on."""
        key = secrets.token_hex(16)
        self.client.send(extensions.UpdateSandbox(ChangeSandbox(webhooks="sent")))
        with WebhookReceiver(key) as receiver:
            wanted = CreateWebhookSubscription(
                receiver.url, list(events), self.organization, "organization", signing_key=key
            )
            made = self.client.send(operations.CreateWebhookSubscription(wanted))
            try:
                yield receiver
            finally:
                self.client.send(operations.DeleteWebhookSubscription(made.uri))


def _waited(look: Callable[[], list[Any]], what: str, least: int, seconds: float) -> list[Any]:
    until = time.monotonic() + seconds
    while len(found := look()) < least:
        if time.monotonic() > until:
            raise AssertionError(f"{len(found)} of {least} {what} within {seconds:g} s")
        time.sleep(_POLL_SECONDS)
    return found
