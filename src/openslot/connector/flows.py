"""Flows: functions that run when something happens. State is in memory; a durable ``Journal`` can take its place."""

import asyncio
import contextlib
import inspect
import logging
import signal
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Literal, Protocol, TypedDict, TypeVar, Unpack, overload

from msgspec import Struct

from openslot.client import ClientError
from openslot.connector.actions import AsyncConnector, Connector
from openslot.connector.connection import Connection
from openslot.connector.receiver import AnyTrigger, Receiver, serve
from openslot.connector.triggers import (
    EVENTS,
    TRIGGERS,
    Event,
    InviteeEvent,
    RoutingFormSubmissionEvent,
    Scope,
    event_id,
)

InviteeEventName = Literal["invitee.created", "invitee.canceled", "invitee_no_show.created", "invitee_no_show.deleted"]
RoutingFormSubmissionEventName = Literal["routing_form_submission.created"]

InviteeHandler = Callable[[InviteeEvent, AsyncConnector], Awaitable[None]] | Callable[[InviteeEvent, Connector], None]
RoutingFormSubmissionHandler = (
    Callable[[RoutingFormSubmissionEvent, AsyncConnector], Awaitable[None]]
    | Callable[[RoutingFormSubmissionEvent, Connector], None]
)
AnyHandler = Callable[[Event, AsyncConnector], Awaitable[None]] | Callable[[Event, Connector], None]

I = TypeVar("I", bound=InviteeHandler)  # noqa: E741 -- one letter per kind of handler
S = TypeVar("S", bound=RoutingFormSubmissionHandler)
H = TypeVar("H", bound=AnyHandler)

_REMEMBERED = 10_000
_GOODBYE_SECONDS = 3
_FIRST_PORT = 20_000
_PORTS = 10_000
"""Below the ports that systems lend to outgoing connections."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_log = logging.getLogger("openslot.connector")


class Handler(Struct, frozen=True):
    """A function of a flow, and the events it runs on."""

    name: str
    """Unique within the flow: with the flow's name it is what a journal knows the function by."""
    events: frozenset[str]
    function: Callable[[Any, Any], Any]
    """Async functions get an ``AsyncConnector``; others run in a thread and get a ``Connector``."""


class Flow:
    """A name, and the functions that ``on`` adds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.handlers: list[Handler] = []

    @overload
    def on(self, *events: InviteeEventName) -> Callable[[I], I]: ...

    @overload
    def on(self, *events: RoutingFormSubmissionEventName) -> Callable[[S], S]: ...

    @overload
    def on(self, *events: str) -> Callable[[H], H]: ...

    def on(self, *events: str) -> Callable[[Any], Any]:
        """Run the function below on these events, with the typed event and a connector.

        The event counts as handled when the function returns; when it raises, the event comes again, for a day or so,
        and with it only the functions that have not returned yet.

        Raises:
            ValueError: no event is named, or one that a connector can't listen to.
        """
        unknown = [event for event in events if event not in EVENTS]
        if unknown or not events:
            raise ValueError(f"a flow listens to some of {', '.join(EVENTS)}; not to {', '.join(unknown) or 'nothing'}")

        def add(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
            name = function.__qualname__
            namesakes = sum(handler.function.__qualname__ == name for handler in self.handlers)
            self.handlers.append(Handler(f"{name} {namesakes + 1}" if namesakes else name, frozenset(events), function))
            return function

        return add

    @property
    def events(self) -> frozenset[str]:
        """All events that some function runs on."""
        return frozenset().union(*(handler.events for handler in self.handlers))


class Journal(Protocol):
    """What is remembered of the past: which function of which flow is done with which event."""

    def is_done(self, flow: str, handler: str, event: str) -> bool:
        """Whether it was."""

    def done(self, flow: str, handler: str, event: str) -> None:
        """It is now."""


class MemoryJournal:
    """Remembers the latest 10,000 for as long as the process lives."""

    def __init__(self) -> None:
        self._done: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def is_done(self, flow: str, handler: str, event: str) -> bool:
        return (flow, handler, event) in self._done

    def done(self, flow: str, handler: str, event: str) -> None:
        self._done[flow, handler, event] = None
        while len(self._done) > _REMEMBERED:
            self._done.popitem(last=False)


class HandlerFailed(Exception):
    """Some function raised; what and where is in the log."""


class Dispatcher:
    """Runs the functions that an event is for: side by side, each once per event and never twice at the same time."""

    def __init__(self, flows: Sequence[Flow], connection: Connection, journal: Journal | None = None) -> None:
        """Take flows of different names.

        Raises:
            ValueError: two have the same.
        """
        if len({flow.name for flow in flows}) < len(flows):
            raise ValueError("two flows have the same name: what one has done could not be told from the other's")
        self._flows = flows
        self._connector = Connector(connection)
        self._async_connector = AsyncConnector(connection)
        self._journal = journal or MemoryJournal()
        self._running: dict[tuple[str, str, str], asyncio.Task[None]] = {}

    async def handle(self, event: Event) -> None:
        """Run what is to be run; a failure keeps no other function from running.

        Raises:
            HandlerFailed: some function raised, so that the event must come again.
        """
        name = event_id(event)
        runs = [
            self._run((flow.name, handler.name, name), handler, event)
            for flow in self._flows
            for handler in flow.handlers
            if event.event in handler.events
        ]
        outcomes = await asyncio.gather(*runs, return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            raise HandlerFailed(f"{len(failures)} of {len(runs)}") from failures[0]

    async def _run(self, key: tuple[str, str, str], handler: Handler, event: Event) -> None:
        if self._journal.is_done(*key):
            return
        task = self._running.get(key)
        if task is None:
            task = self._running[key] = asyncio.create_task(self._call(key, handler, event))
            task.add_done_callback(lambda _: self._running.pop(key))
        await asyncio.shield(task)  # a duplicate that comes meanwhile shares the outcome

    async def _call(self, key: tuple[str, str, str], handler: Handler, event: Event) -> None:
        if inspect.iscoroutinefunction(handler.function):
            await handler.function(event, self._async_connector)
        else:
            await asyncio.to_thread(handler.function, event, self._connector)
        self._journal.done(*key)


class Running(Struct, frozen=True):
    """What there is to tell once flows run."""

    url: str
    """Where the receiver is bound."""
    triggers: tuple[AnyTrigger, ...]


class RunOptions(TypedDict, total=False):
    """How flows are run."""

    host: str
    """127.0.0.1 where left out: deliveries from other machines need ``0.0.0.0`` or a proxy in front."""
    port: int | None
    """0 is a free one. ``usual_port``, or a free one if that is taken, where left out."""
    public_url: str | None
    """How the service reaches us, where that is not the address we are bound to."""
    scope: Scope
    journal: Journal


@contextlib.asynccontextmanager
async def running(
    flows: Sequence[Flow], connection: Connection, **options: Unpack[RunOptions]
) -> AsyncIterator[Running]:
    """Receive and dispatch while inside: one subscription for each trigger that the flows' events need.

    Raises:
        ValueError: the flows listen to nothing, or to what can't be had in the scope, or two have the same name.
        OSError: the address can't be had.
        ClientError: the service refused a subscription.
    """
    scope = options.get("scope", "organization")
    triggers = _triggers(flows, connection, scope)
    dispatcher = Dispatcher(flows, connection, options.get("journal"))
    receiver = Receiver(dispatcher.handle, *triggers)
    port = options.get("port")
    ports = (usual_port(flows, connection, scope), 0) if port is None else (port,)
    async with serve(receiver, options.get("host", "127.0.0.1"), *ports) as url:
        public_url = (options.get("public_url") or url).rstrip("/")
        try:
            for trigger in triggers:
                await trigger.asubscribe(f"{public_url}/{trigger.name}", replace=True)
            yield Running(url, tuple(triggers))
        finally:
            await _unsubscribe(triggers)


def usual_port(flows: Sequence[Flow], connection: Connection, scope: Scope) -> int:
    """The port of these flows, between 20000 and 29999 and the same at every start.

    So a start after a crash subscribes the URL of the one before, and replaces what that left behind.
    """
    names = sorted(flow.name for flow in flows)
    digest = sha256("\n".join([connection.base_url, scope, *names]).encode()).digest()
    return _FIRST_PORT + int.from_bytes(digest[:8], "big") % _PORTS


def run_flow(flow: Flow, connection: Connection, **options: Unpack[RunOptions]) -> None:
    """Run a flow until SIGINT or SIGTERM, then unsubscribe and close the connection. See ``running`` for the errors."""
    asyncio.run(run_until_stopped([flow], connection, **options))


async def run_until_stopped(
    flows: Sequence[Flow],
    connection: Connection,
    started: Callable[[Running], None] = lambda _: None,
    **options: Unpack[RunOptions],
) -> None:
    """Run flows until SIGINT or SIGTERM; ``started`` is told once everything is subscribed."""
    with contextlib.suppress(_Stopped), _stopped_by_signal():
        async with connection, running(flows, connection, **options) as told:
            started(told)
            await asyncio.Event().wait()


class _Stopped(Exception):
    """A signal asked us to stop."""


@contextlib.contextmanager
def _stopped_by_signal() -> Iterator[None]:
    """Cancel what is inside at the first SIGINT or SIGTERM, starting up or not, and all that runs at the second.

    Raises:
        _Stopped: once what is inside has cleaned up.
        KeyboardInterrupt: it was not given the time.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task(loop)
    assert task is not None
    signals = 0

    def stop() -> None:
        nonlocal signals
        signals += 1
        if signals == 1:
            task.cancel()
            return
        # an interrupt raised right here would strike whatever library runs at the moment, and come out as its error
        forget()
        for one in asyncio.all_tasks(loop):
            one.cancel()

    def forget() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    with contextlib.suppress(NotImplementedError):  # Windows, where Ctrl-C cancels us anyway
        for number in _SIGNALS:
            loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not signals:
            raise
        if signals > 1:
            raise KeyboardInterrupt from None
        task.uncancel()
        raise _Stopped from None
    finally:
        with contextlib.suppress(NotImplementedError):
            forget()


def _triggers(flows: Sequence[Flow], connection: Connection, scope: Scope) -> list[AnyTrigger]:
    wanted = frozenset().union(*(flow.events for flow in flows))
    if not wanted:
        raise ValueError("the flows listen to nothing: add functions with @flow.on(...)")
    triggers: list[AnyTrigger] = []
    for kind in TRIGGERS:
        events = [event for event in kind.definition.events if event in wanted]
        if events:
            triggers.append(kind(connection, events, scope=scope))
    return triggers


async def _unsubscribe(triggers: Sequence[AnyTrigger]) -> None:
    """Unsubscribe as far as it goes: a service that is down must not keep us from stopping."""
    outcomes = await asyncio.gather(
        *(asyncio.wait_for(trigger.aunsubscribe(), _GOODBYE_SECONDS) for trigger in triggers), return_exceptions=True
    )
    for outcome in outcomes:
        if isinstance(outcome, ClientError | TimeoutError):
            _log.warning("left a subscription behind: %s", f"{type(outcome).__name__} {outcome}".rstrip())
        elif outcome is not None:
            raise outcome
