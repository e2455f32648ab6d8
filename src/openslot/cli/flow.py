"""``openslot flow``: run the flows in Python and YAML files, see what became of them, and have them again."""

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from openslot.cli.calling import base_url_option, listening_options, run_flows, token
from openslot.cli.console import as_json, errors_told, print_json, print_table, printable, quiet_interrupt
from openslot.cli.flow_files import load_all
from openslot.connector import AsyncConnector, Connection, Connector, Event, Flow, run_once
from openslot.connector.flows import GiveUp, Handler
from openslot.connector.recipes import Recipe
from openslot.connector.samples import sample
from openslot.connector.sqlite_store import SqliteStore
from openslot.connector.store import Run, StateTaken, Store, default_path
from openslot.connector.triggers import UnknownEvent, UnreadableEvent, event_id, read_event
from openslot.wire import codec

T = TypeVar("T")

DATABASE_URL = "OPENSLOT_FLOW_DATABASE_URL"

files_argument = click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
state_option = click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where flows keep their state; a file in the data directory by default. [env: OPENSLOT_FLOW_STATE]",
)


@click.group()
def flow() -> None:
    """Run flows: a trigger and what to do about it.

    The token comes from OPENSLOT_TOKEN, or is asked for.
    """
    logging.basicConfig(format="%(levelname)s %(message)s")


@flow.command("run")
@files_argument
@base_url_option
@listening_options
@state_option
@click.option(
    "--poll",
    "poll_seconds",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Ask the service this often instead of listening: for machines that it can't reach.",
)
@click.option("--once", is_flag=True, help="Ask the service once, run what is due, and end: for cron.")
@click.option("--unsubscribe", is_flag=True, help="Take the subscriptions back in the end; they stay by default.")
def run(
    files: tuple[Path, ...],
    base_url: str,
    state: Path | None,
    poll_seconds: float | None,
    *,
    once: bool,
    unsubscribe: bool,
    **listening: Any,
) -> None:
    """Run all flows of Python and YAML FILEs until Ctrl-C.

    What happens while they are stopped is delivered at the next start.
    """
    with quiet_interrupt():
        flows = load_all(files)
    store = open_store(state)
    if not once:
        run_flows(flows, base_url, state=store, poll_seconds=poll_seconds, unsubscribe=unsubscribe, **listening)
        return
    with errors_told():
        try:
            scope = {"scope": listening["scope"], "group": listening["group"]}
            asyncio.run(run_once(flows, Connection(token(), base_url), state=store, **scope))
        except StateTaken as exc:
            raise click.ClickException(str(exc)) from exc


@flow.command("list")
@files_argument
def list_flows(files: tuple[Path, ...]) -> None:
    """Show what the flows of FILEs are and what they run on."""
    heading = ("FLOW", "FUNCTION", "RUNS ON", "WHEN", "ATTEMPTS")
    rows = [
        (one.name, handler.name, ", ".join(sorted(handler.events)), _when(handler), str(one.backoff.attempts))
        for one in load_all(files)
        for handler in one.handlers
    ]
    print_table([heading, *rows])


@flow.command("runs")
@click.option("--failed", is_flag=True, help="Only those that were given up.")
@click.option("--flow", "name", help="Only those of this flow.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, latest first.")
@state_option
@as_json
def runs(name: str | None, limit: int, state: Path | None, *, failed: bool, as_json: bool) -> None:
    """Show what became of the latest runs."""

    async def read(store: Store) -> list[Run]:
        return await store.runs(state="failed" if failed else None, flow=name, limit=limit)

    found = _with_store(state, read)
    if as_json:
        print_json({"collection": [_told(one) for one in found]})
        return
    heading = ("ID", "FLOW", "FUNCTION", "EVENT", "STATE", "ATTEMPTS", "DUE", "ERROR")
    rows = [
        (
            str(one.id),
            one.flow,
            one.handler,
            one.event,
            one.state,
            str(one.attempts),
            f"{_instant(one.due_at):%Y-%m-%d %H:%M:%S}",
            one.error or "-",
        )
        for one in found
    ]
    print_table([heading, *rows])


@flow.command("rerun")
@click.argument("run_id", metavar="ID", type=int)
@state_option
def rerun(run_id: int, state: Path | None) -> None:
    """Have a run again from its start, whatever became of it. 'openslot flow run' does it, if need be later."""
    if not _with_store(state, lambda store: store.rerun(run_id, time.time())):
        raise click.ClickException(f"there is no run {run_id}, or it is under way")
    click.echo(f"Run {run_id} waits; a running 'openslot flow run' begins it within a second or so.")


@flow.command("test")
@files_argument
@click.option("--event", "name", help="What is to have happened; the flow's own if it runs on one alone.")
@click.option(
    "--payload",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A delivery as JSON to use in place of the made-up one.",
)
@click.option("--really", is_flag=True, help="Do it: call functions, send requests, mail and messages.")
@base_url_option
def test(files: tuple[Path, ...], name: str | None, payload: Path | None, base_url: str, *, really: bool) -> None:
    """Show what flows would do about a sample event. Nothing is done without --really, and nothing recorded."""
    flows = load_all(files)
    event = _sample(flows, name, payload)
    meant = [(one, handler) for one in flows for handler in one.handlers if event.event in handler.events]
    if not meant:
        raise click.ClickException(f"no function of these flows runs on {event.event}")
    if really:
        with errors_told():
            asyncio.run(_really(meant, event, Connection(token(), base_url)))
        return
    for one, handler in meant:
        click.echo(f"{printable(one.name)}: {printable(handler.name)} on {event.event}, {_when(handler)}")
        _preview(handler, event)


def open_store(state: Path | None) -> Store:
    """Where flows keep their state: as asked, else as the environment says, else in the data directory.

    Raises:
        ClickException: the environment names a database, and the server's libraries are not here.
    """
    url = os.environ.get(DATABASE_URL, "")
    if state is not None or not url:
        return SqliteStore(state or default_path())
    try:
        from openslot.flow_store import PostgresStore  # noqa: PLC0415 -- the base install has no PostgreSQL
    except ModuleNotFoundError as exc:
        raise click.ClickException(f"{DATABASE_URL} needs the server: pip install 'openslot[server]'") from exc
    return PostgresStore(url)


def _with_store(state: Path | None, use: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
    """What ``use`` makes of the store, beside the process that runs flows."""
    store = open_store(state)

    async def inside() -> T:
        await store.open([])
        try:
            return await use(store)
        finally:
            await store.close()

    with errors_told():
        try:
            return asyncio.run(inside())
        except OSError as exc:
            raise click.ClickException(str(exc)) from exc


def _sample(flows: Sequence[Flow], name: str | None, payload: Path | None) -> Event:
    if payload is not None:
        try:
            return read_event(payload.read_bytes())
        except (UnknownEvent, UnreadableEvent) as exc:
            raise click.ClickException(f"{payload} is no delivery: {printable(str(exc))}") from exc
    events = sorted({event for one in flows for handler in one.handlers for event in handler.events})
    if name is None and len(events) > 1:
        raise click.UsageError(f"--event is one of {', '.join(events)}")
    try:
        return sample(name or events[0], datetime.now(UTC))
    except ValueError as exc:
        raise click.UsageError(str(exc)) from exc


def _preview(handler: Handler, event: Event) -> None:
    if not isinstance(handler.performer, Recipe):
        click.echo("  would call the function; --really does")
        return
    try:
        told = asyncio.run(handler.performer.preview(event))
    except (GiveUp, OSError) as exc:
        raise click.ClickException(printable(str(exc))) from exc
    if not told:
        click.echo("  nothing: the conditions don't hold")
    for one in told:
        click.echo(f"  {json.dumps(one, ensure_ascii=False)}")


async def _really(meant: Sequence[tuple[Flow, Handler]], event: Event, connection: Connection) -> None:
    async with connection:
        for one, handler in meant:
            if handler.performer is not None:
                await handler.performer.perform(event, AsyncConnector(connection), _Untold())
            elif asyncio.iscoroutinefunction(handler.function):
                await handler.function(event, AsyncConnector(connection))
            elif handler.function is not None:
                await asyncio.to_thread(handler.function, event, Connector(connection))
            click.echo(f"{printable(one.name)}: {printable(handler.name)} is done with {event_id(event)}", err=True)


class _Untold:
    """An attempt that nobody remembers."""

    number = 1
    progress: str | None = None

    async def note(self, progress: str) -> None:
        """Forget it."""


def _when(handler: Handler) -> str:
    if not handler.is_delayed:
        return "at once"
    moment = {"start_time": "the start", "end_time": "the end"}.get(handler.after or "", "the event")
    if not handler.delay:
        return f"at {moment}"
    return f"{abs(handler.delay)} {'after' if handler.delay > timedelta() else 'before'} {moment}"


def _told(run: Run) -> dict[str, Any]:
    fields = ("id", "flow", "handler", "state", "event", "event_id", "attempts", "error")
    return {**{name: getattr(run, name) for name in fields}, "due_at": str(codec.Timestamp.of(_instant(run.due_at)))}


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
