"""Flows: functions, and the events they run on."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Literal, Protocol, TypedDict, TypeVar, Unpack, overload

from msgspec import Struct

from openslot.connector.actions import AsyncConnector, Connector
from openslot.connector.flows.retries import Backoff
from openslot.connector.triggers import EVENTS, Event, InviteeEvent, RoutingFormSubmissionEvent
from openslot.wire.invitees import InviteePayload

InviteeEventName = Literal["invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted"]
RoutingFormSubmissionEventName = Literal["routing_form_submission.created"]
Moment = Literal["start_time", "end_time"]

InviteeHandler = Callable[[InviteeEvent, AsyncConnector], Awaitable[None]] | Callable[[InviteeEvent, Connector], None]
RoutingFormSubmissionHandler = (
    Callable[[RoutingFormSubmissionEvent, AsyncConnector], Awaitable[None]]
    | Callable[[RoutingFormSubmissionEvent, Connector], None]
)
AnyHandler = Callable[[Event, AsyncConnector], Awaitable[None]] | Callable[[Event, Connector], None]

I = TypeVar("I", bound=InviteeHandler)  # noqa: E741 -- one letter per kind of handler
S = TypeVar("S", bound=RoutingFormSubmissionHandler)
H = TypeVar("H", bound=AnyHandler)

CANCELED = "invitee.canceled"


class GiveUp(Exception):
    """Raised by a function that knows that another attempt won't help: the run is a dead letter at once."""


class Attempt(Protocol):
    """What a ``Performer`` knows about its run."""

    number: int
    """From 1."""
    progress: str | None
    """What was noted last, by whichever attempt."""

    async def note(self, progress: str) -> None:
        """Remember how far the run is."""


class Performer(Protocol):
    """A function that can go on where an earlier attempt has stopped, and that may hold connections of its own."""

    async def perform(self, event: Event, connector: AsyncConnector, attempt: Attempt) -> None:
        """Do what is not done yet."""

    async def aclose(self) -> None:
        """Close what it holds open for the running loop. It may be used again."""


class Delay(TypedDict, total=False):
    """When a function runs that does not run at once."""

    after: Moment | None
    """Count from the meeting's start or end rather than from now; the run ends if the invitee cancels or moves."""
    delay: timedelta
    """How much later; earlier if negative."""


class Handler(Struct, frozen=True):
    """A function of a flow, and the events it runs on."""

    name: str
    """Unique within the flow: the state knows the function by the flow's name and this."""
    events: frozenset[str]
    function: Callable[[Any, Any], Any] | None
    """Async functions get an ``AsyncConnector``; others run in a thread and get a ``Connector``."""
    performer: Performer | None = None
    """In place of ``function``."""
    after: Moment | None = None
    delay: timedelta = timedelta()

    @property
    def is_blocking(self) -> bool:
        """Whether it runs in a thread, which can't be stopped."""
        return self.function is not None and not inspect.iscoroutinefunction(self.function)

    @property
    def is_delayed(self) -> bool:
        return self.after is not None or bool(self.delay)

    def due_at(self, event: Event, now: float) -> float:
        """When it is due, in Unix seconds: not before now."""
        base = now
        if self.after is not None and isinstance(event.payload, InviteePayload):
            base = getattr(event.payload.scheduled_event, self.after).timestamp()
        return max(now, base + self.delay.total_seconds())


class Flow:
    """A name, and the functions that ``on`` adds."""

    def __init__(self, name: str, *, backoff: Backoff | None = None, at_once: int = 10) -> None:
        """``at_once``: how many runs are under way at the same time."""
        self.name = name
        self.backoff = backoff or Backoff()
        self.at_once = at_once
        self.handlers: list[Handler] = []

    @overload
    def on(self, *events: InviteeEventName, name: str | None = None, **when: Unpack[Delay]) -> Callable[[I], I]: ...

    @overload
    def on(
        self, *events: RoutingFormSubmissionEventName, name: str | None = None, **when: Unpack[Delay]
    ) -> Callable[[S], S]: ...

    @overload
    def on(self, *events: str, name: str | None = None, **when: Unpack[Delay]) -> Callable[[H], H]: ...

    def on(self, *events: str, name: str | None = None, **when: Unpack[Delay]) -> Callable[[Any], Any]:
        """Run the function below on these events, with the typed event and a connector.

        The event counts as handled when the function returns. When it raises, it runs again after a while, and the
        flow's other functions do not; see ``Backoff``. It may run again too if the process was killed before the return
        was recorded: ``event_id(event)`` is the same then.

        The state knows the function by its own name. ``name`` keeps that when the function is called otherwise: what
        waits for a function that is no more becomes a dead letter.

        Raises:
            TypeError: written without brackets.
            ValueError: no event is named, or one that a connector can't listen to, or one that has no meeting to count
                from, or another function has the name.
        """

        def add(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
            self._add(Handler(name or self._own_name(function), wanted, function, **_when(when)))
            return function

        wanted = _checked(events, when)
        return add

    def perform(self, name: str, performer: Performer, *events: str, **when: Unpack[Delay]) -> None:
        """As ``on``, for what can go on where it has stopped."""
        self._add(Handler(name, _checked(events, when), None, performer, **_when(when)))

    def _add(self, handler: Handler) -> None:
        if any(handler.name == one.name for one in self.handlers):
            raise ValueError(f"the flow {self.name!r} has two functions of the name {handler.name!r}")
        self.handlers.append(handler)

    def _own_name(self, function: Callable[[Any, Any], Any]) -> str:
        """The name of a function, with a number from the second of that name on."""
        own = function.__qualname__
        namesakes = sum(one.function is not None and one.function.__qualname__ == own for one in self.handlers)
        return f"{own} {namesakes + 1}" if namesakes else own

    @property
    def events(self) -> frozenset[str]:
        """All events that some function runs on, and those that end delayed runs."""
        wanted: frozenset[str] = frozenset().union(*(handler.events for handler in self.handlers))
        return wanted | {CANCELED} if self.ends_with_cancellation else wanted

    @property
    def ends_with_cancellation(self) -> bool:
        """Whether it has delayed runs about invitees."""
        return any(
            handler.is_delayed and any(event.startswith("invitee") for event in handler.events)
            for handler in self.handlers
        )


def _checked(events: tuple[str, ...], when: Mapping[str, Any]) -> frozenset[str]:
    if not all(isinstance(event, str) for event in events):
        raise TypeError("on() takes the names of events: write @flow.on('invitee.created')")
    unknown = [event for event in events if event not in EVENTS]
    if unknown or not events:
        raise ValueError(f"a flow listens to some of {', '.join(EVENTS)}; not to {', '.join(unknown) or 'nothing'}")
    if when.get("after") not in {None, "start_time", "end_time"}:
        raise ValueError(f"a function runs after start_time or end_time, not after {when['after']}")
    if when.get("after") and not all(event.startswith("invitee") for event in events):
        raise ValueError("a routing form has no meeting to count from: leave 'after' out")
    return frozenset(events)


def _when(when: Mapping[str, Any]) -> dict[str, Any]:
    return {"after": when.get("after"), "delay": when.get("delay") or timedelta()}
