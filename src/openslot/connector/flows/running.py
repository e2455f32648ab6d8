"""Brings flows their events: a receiver with its subscriptions, or polling where the service can't reach us."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from msgspec import Struct

from openslot.client import ClientError
from openslot.connector.connection import Connection
from openslot.connector.flows.default_state import DATABASE_URL, default_path
from openslot.connector.flows.flow import Flow
from openslot.connector.flows.kept_subscriptions import subscribe, unsubscribe
from openslot.connector.flows.listening import Address, Wanted, listening, mounted
from openslot.connector.flows.runner import Runner
from openslot.connector.flows.signals import Stopped, stopped_by_signal
from openslot.connector.flows.store import Store
from openslot.connector.flows.tasks import stop
from openslot.connector.triggers import TRIGGERS, AnyTrigger, Scope
from openslot.connector.triggers.receiver import Receiver

if TYPE_CHECKING:
    from openslot.connector.flows.polling import Poller

_log = logging.getLogger("openslot.connector")


class Running(Struct, frozen=True):
    """Flows that run: where they listen, and by what."""

    url: str
    """Where deliveries come in as seen from here; empty while polling."""
    triggers: tuple[AnyTrigger, ...]
    app: Receiver
    """To mount where ``listen`` is false."""
    runner: Runner


class RunOptions(TypedDict, total=False):
    """How flows are run."""

    host: str
    """127.0.0.1 where left out: deliveries from other machines need ``0.0.0.0`` or a proxy in front."""
    port: int | None
    """0 is a free one. The one these flows had, or a free one if that is taken, where left out."""
    public_url: str | None
    """How the service reaches us, where that is not the address we are bound to."""
    listen: bool
    """False: no server is started; mount ``Running.app`` and give the ``public_url`` of the mount."""
    poll_seconds: float | None
    """Poll the service this often, and once at the start, rather than subscribe."""
    scope: Scope
    group: str | None
    """URI of the group, with scope ``group``."""
    state: Store | Path | str | None
    """The store, or the path of its file; where left out, ``default_state.default_path`` in the data directory. To have
    it in PostgreSQL, give an ``openslot.flow_store.PostgresStore``."""
    unsubscribe: bool
    """Remove the subscriptions in the end. They stay where this is left out: what happens until the next start is
    delivered then. Those at an address that no later start will have are removed in any case."""


@contextlib.asynccontextmanager
async def running(
    flows: Sequence[Flow], connection: Connection, **options: Unpack[RunOptions]
) -> AsyncIterator[Running]:
    """Run flows while inside, with one subscription for each trigger that they need.

    Raises:
        ValueError: the flows listen to nothing, or to what can't be had in the scope, or two have the same name, or no
            state is given and the environment names a database.
        StateTaken: one of them runs already on the same state.
        StateUnusable: the state can't be had where it is to be.
        OSError: the address can't be had.
        ClientError: the service refused a subscription.
    """
    triggers = _triggers(flows, connection, options)
    runner = Runner(flows, connection, _store(options.get("state")))
    receiver = Receiver(runner.accept, *triggers, handle_unreadable=runner.accept_unreadable)
    async with runner:
        poll_seconds = options.get("poll_seconds")
        if poll_seconds is not None:
            async with _polling(_poller(runner, connection, options), poll_seconds):
                yield Running("", tuple(triggers), receiver, runner)
            return
        async with _address(receiver, runner, connection, options) as address:
            try:
                for trigger in triggers:
                    former = [f"{place}/{trigger.name}" for place in address.former]
                    await subscribe(trigger, f"{address.public_url}/{trigger.name}", runner.store, former)
                await runner.store.keep(address.rows)
                yield Running(address.url, tuple(triggers), receiver, runner)
            finally:
                if options.get("unsubscribe") or not address.is_lasting:
                    await unsubscribe(triggers, runner.store)


def run_flow(flow: Flow, connection: Connection, **options: Unpack[RunOptions]) -> None:
    """Run a flow until SIGINT or SIGTERM, then close the connection. See ``running`` for options and errors."""
    asyncio.run(run_until_stopped([flow], connection, **options))


async def run_until_stopped(
    flows: Sequence[Flow],
    connection: Connection,
    started: Callable[[Running], None] = lambda _: None,
    **options: Unpack[RunOptions],
) -> None:
    """Run flows until SIGINT or SIGTERM; ``started`` is called once everything is subscribed."""
    with contextlib.suppress(Stopped), stopped_by_signal():
        async with connection, running(flows, connection, **options) as live:
            started(live)
            await asyncio.Event().wait()


async def run_once(flows: Sequence[Flow], connection: Connection, **options: Unpack[RunOptions]) -> None:
    """Poll the service once, run what is due, and return: for cron and its like."""
    with contextlib.suppress(Stopped), stopped_by_signal():
        _triggers(flows, connection, options)  # checks the options
        async with connection, Runner(flows, connection, _store(options.get("state"))) as runner:
            await _poller(runner, connection, options).poll()
            await runner.settle()


def _poller(runner: Runner, connection: Connection, options: RunOptions) -> "Poller":
    from openslot.connector.flows.polling import Poller  # noqa: PLC0415 -- slow import, and most flows listen

    return Poller(runner, connection, options.get("scope", "organization"), options.get("group"))


def _triggers(flows: Sequence[Flow], connection: Connection, options: RunOptions) -> list[AnyTrigger]:
    wanted: frozenset[str] = frozenset().union(*(flow.events for flow in flows))
    if not wanted:
        raise ValueError("the flows listen to nothing: add functions with @flow.on(...)")
    scope, group = options.get("scope", "organization"), options.get("group")
    # all events of a trigger, so that flows may be changed without their subscription: what waits for that is not lost
    return [
        kind(connection, kind.definition.events, scope=scope, group=group)
        for kind in TRIGGERS
        if not wanted.isdisjoint(kind.definition.events)
    ]


def _store(state: Store | Path | str | None) -> Store:
    from openslot.connector.flows.sqlite import SqliteStore  # noqa: PLC0415 -- sqlite3, which PostgreSQL needs not

    if state is None:
        if os.environ.get(DATABASE_URL):  # which we can't open, and to keep it elsewhere would be a surprise
            raise ValueError(f"{DATABASE_URL} is set: give state=PostgresStore(...) of openslot.flow_store, or a path")
        return SqliteStore(default_path())
    return SqliteStore(Path(state)) if isinstance(state, Path | str) else state


@contextlib.asynccontextmanager
async def _polling(poller: "Poller", seconds: float) -> AsyncIterator[None]:
    """Poll while inside. The first one counts: where the token may not list events, nothing runs."""
    await poller.poll()
    task = asyncio.create_task(_poll(poller, seconds))
    try:
        yield
    finally:
        await stop([task])


async def _poll(poller: "Poller", seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await poller.poll()
        except ClientError as exc:
            _log.warning("could not poll, will try again: %s", exc)
        except Exception:  # noqa: BLE001 -- the outer loop: the next time may go better
            _log.exception("could not poll, will try again")


@contextlib.asynccontextmanager
async def _address(
    receiver: Receiver, runner: Runner, connection: Connection, options: RunOptions
) -> AsyncIterator[Address]:
    """The address at which the flows listen.

    Raises:
        ValueError: nobody listens, and there is no public URL.
        OSError: the address can't be had.
    """
    public_url = (options.get("public_url") or "").rstrip("/")
    wanted = Wanted(
        connection.base_url,
        options.get("scope", "organization"),
        options.get("host", "127.0.0.1"),
        options.get("port"),
        public_url,
    )
    if not options.get("listen", True):
        if not public_url:
            raise ValueError("an app that is mounted needs its public_url")
        yield await mounted(runner.flows, runner.store, wanted)
        return
    async with listening(receiver, runner.flows, runner.store, wanted) as address:
        yield address
