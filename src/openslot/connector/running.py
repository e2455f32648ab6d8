"""Brings flows their events: a receiver with its subscriptions, or polling where nobody can reach us."""

import asyncio
import contextlib
import logging
import os
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TypedDict, Unpack
from urllib.parse import urlsplit

from msgspec import Struct

from openslot.client import ClientError, Secret
from openslot.connector.asgi import serve
from openslot.connector.connection import Connection
from openslot.connector.flows import Flow
from openslot.connector.polling import Poller
from openslot.connector.receiver import AnyTrigger, Receiver
from openslot.connector.runner import Runner, stop
from openslot.connector.sqlite_store import SqliteStore
from openslot.connector.store import DATABASE_URL, Store, default_path
from openslot.connector.triggers import TRIGGERS, Scope

_GOODBYE_SECONDS = 3
_KEY_BYTES = 32
_FIRST_PORT = 20_000
_PORTS = 10_000
"""Below the ports that systems lend to outgoing connections."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_log = logging.getLogger("openslot.connector")


class Running(Struct, frozen=True):
    """What there is to tell once flows run."""

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
    """0 is a free one. ``usual_port``, or a free one if that is taken, where left out."""
    public_url: str | None
    """How the service reaches us, where that is not the address we are bound to."""
    listen: bool
    """False: no server is started; mount ``Running.app`` and give the ``public_url`` of the mount."""
    poll_seconds: float | None
    """Ask the service this often, and once at the start, rather than to be told."""
    scope: Scope
    group: str | None
    """URI of the group, with scope ``group``."""
    state: Store | Path | str | None
    """What is remembered, and where; a file in the data directory where left out, see ``store.default_path``. To have
    it in PostgreSQL, give an ``openslot.flow_store.PostgresStore``."""
    unsubscribe: bool
    """Take the subscriptions back in the end. They stay where this is left out: what happens until the next start is
    delivered then. Those at an address that no later start will have are taken back in any case."""


@contextlib.asynccontextmanager
async def running(
    flows: Sequence[Flow], connection: Connection, **options: Unpack[RunOptions]
) -> AsyncIterator[Running]:
    """Take events in and run what they are for while inside: one subscription for each trigger that the flows need.

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
    receiver = Receiver(runner.accept, *triggers)
    async with runner:
        poll_seconds = options.get("poll_seconds")
        if poll_seconds is not None:
            async with _polling(_poller(runner, connection, options), poll_seconds):
                yield Running("", tuple(triggers), receiver, runner)
            return
        async with _address(receiver, runner, connection, options) as (url, public_url, is_lasting):
            try:
                for trigger in triggers:
                    await _subscribe(trigger, f"{public_url}/{trigger.name}", runner.store)
                yield Running(url, tuple(triggers), receiver, runner)
            finally:
                if options.get("unsubscribe") or not is_lasting:
                    await _unsubscribe(triggers, runner.store)


def usual_port(flows: Sequence[Flow], connection: Connection, scope: Scope) -> int:
    """The port of these flows, between 20000 and 29999 and the same at every start.

    So a start after a crash subscribes the URL of the one before, and replaces what that left behind.
    """
    names = sorted(flow.name for flow in flows)
    digest = sha256("\n".join([connection.base_url, scope, *names]).encode()).digest()
    return _FIRST_PORT + int.from_bytes(digest[:8], "big") % _PORTS


def run_flow(flow: Flow, connection: Connection, **options: Unpack[RunOptions]) -> None:
    """Run a flow until SIGINT or SIGTERM, then close the connection. See ``running`` for options and errors."""
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


async def run_once(flows: Sequence[Flow], connection: Connection, **options: Unpack[RunOptions]) -> None:
    """Ask the service once what has happened, run what is due, and return: for cron and its like."""
    with contextlib.suppress(_Stopped), _stopped_by_signal():
        _triggers(flows, connection, options)  # checks what is asked for
        async with connection, Runner(flows, connection, _store(options.get("state"))) as runner:
            await _poller(runner, connection, options).poll()
            await runner.settle()


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


def _poller(runner: Runner, connection: Connection, options: RunOptions) -> Poller:
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
    if state is None:
        if os.environ.get(DATABASE_URL):  # which we can't open, and to keep it elsewhere would be a surprise
            raise ValueError(f"{DATABASE_URL} is set: give state=PostgresStore(...) of openslot.flow_store, or a path")
        return SqliteStore(default_path())
    return SqliteStore(Path(state)) if isinstance(state, Path | str) else state


@contextlib.asynccontextmanager
async def _polling(poller: Poller, seconds: float) -> AsyncIterator[None]:
    """Poll while inside. The first one counts: where the token may not ask, nothing runs."""
    await poller.poll()
    task = asyncio.create_task(_poll(poller, seconds))
    try:
        yield
    finally:
        await stop([task])


async def _poll(poller: Poller, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await poller.poll()
        except ClientError as exc:
            _log.warning("could not ask what has happened, so later: %s", exc)
        except Exception:  # noqa: BLE001 -- the outer loop: the next time may go better
            _log.exception("could not ask what has happened, so later")


@contextlib.asynccontextmanager
async def _address(
    receiver: Receiver, runner: Runner, connection: Connection, options: RunOptions
) -> AsyncIterator[tuple[str, str, bool]]:
    """Where we are bound, where the service finds us, and whether it will find the next start there too.

    Raises:
        ValueError: nobody listens, and there is no public URL.
        OSError: the address can't be had.
    """
    public_url = (options.get("public_url") or "").rstrip("/")
    if not options.get("listen", True):
        if not public_url:
            raise ValueError("an app that is mounted needs its public_url")
        yield public_url, public_url, True
        return
    asked = options.get("port")
    known = f"port {connection.base_url} {options.get('scope', 'organization')} "
    ports = (await _lasting_port(known, runner, connection, options), 0) if asked is None else (asked,)
    async with serve(receiver, options.get("host", "127.0.0.1"), *ports) as url:
        is_lasting = bool(public_url) or urlsplit(url).port == ports[0]
        if asked is None and is_lasting:
            await runner.store.keep(dict.fromkeys((f"{known}{flow.name}" for flow in runner.flows), str(ports[0])))
        yield url, public_url or url, is_lasting


async def _lasting_port(known: str, runner: Runner, connection: Connection, options: RunOptions) -> int:
    """The port that these flows had, also if others have joined them since, or else their usual one."""
    kept = await runner.store.kept(known)
    for flow in runner.flows:
        if (port := kept.get(f"{known}{flow.name}")) is not None:
            return int(port)
    return usual_port(runner.flows, connection, options.get("scope", "organization"))


async def _subscribe(trigger: AnyTrigger, url: str, store: Store) -> None:
    """Go on with the subscription of an earlier start, or make one.

    The key is kept before there is a subscription that is made with it, and after there is nothing else at the URL: so
    a crash at any moment leaves no subscription whose deliveries nobody can read. (One that is given a key is given
    another after a crash.)
    """
    name = _kept_name(trigger, url)
    async with store.alone(name):
        rows = await store.kept(f"subscription {trigger.connection.base_url} ")
        former = [one for one in rows if one.endswith(f" {url}") and one != name]
        trigger.signing_key = Secret(rows[name]) if name in rows else None
        fresh_key = Secret(secrets.token_urlsafe(_KEY_BYTES))
        groups = {one.split(" ")[3] for one in former} - {""}
        is_there = await trigger.aresume(url, fresh_key=fresh_key, groups=groups)
        key = trigger.signing_key or fresh_key
        await store.keep({name: key.reveal(), **dict.fromkeys(former)})
        if not is_there:
            await trigger.asubscribe(url, signing_key=key)


def _kept_name(trigger: AnyTrigger, url: str) -> str:
    return f"subscription {trigger.connection.base_url} {trigger.scope} {trigger.group or ''} {url}"


async def _unsubscribe(triggers: Sequence[AnyTrigger], store: Store) -> None:
    """Unsubscribe as far as it goes: a service that is down must not keep us from stopping."""
    names = [_kept_name(one, one.subscription.callback_url) for one in triggers if one.subscription is not None]
    outcomes = await asyncio.gather(
        *(asyncio.wait_for(trigger.aunsubscribe(), _GOODBYE_SECONDS) for trigger in triggers), return_exceptions=True
    )
    await store.keep(dict.fromkeys(names))
    for outcome in outcomes:
        if isinstance(outcome, ClientError | TimeoutError):
            _log.warning("left a subscription behind: %s", f"{type(outcome).__name__} {outcome}".rstrip())
        elif outcome is not None:
            raise outcome
