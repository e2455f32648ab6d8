"""The commands of ``openslot flow`` that look at the state and change it: runs, show, rerun, discard, erase."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
import msgspec

from openslot.cli.output import as_json, fail, print_json, print_table, reporting_errors
from openslot.client import answers
from openslot.connector import Flow
from openslot.connector.flows.contacts import about_any_of
from openslot.connector.flows.default_state import DATABASE_URL, default_path
from openslot.connector.flows.sqlite import SqliteStore
from openslot.connector.flows.store import KEEP_DAYS, Run, Store
from openslot.connector.recipes import done_of
from openslot.wire import codec
from openslot.wire.characters import tidy_address

T = TypeVar("T")

state_option = click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File in which flows keep their state; one in the data directory by default, or what "
    f"{DATABASE_URL} or OPENSLOT_FLOW_STATE says.",
)
_ID = click.IntRange(1, 2**63 - 1)
_ids = click.argument("ids", metavar="[ID]...", type=_ID, nargs=-1)
_all = click.option("--all", "everything", is_flag=True, help="All dead letters of the flow that --flow names.")
_of_flow = click.option("--flow", "name", help="The flow, with --all.")
_SOON = "A running 'openslot flow run' begins within a second or so, or else the next one does."


@click.command("runs")
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
        print_json({"collection": [_summary(one) for one in found]})
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
            _time(one.due_at),
            one.error or "-",
        )
        for one in found
    ]
    print_table([heading, *rows])


@click.command("show")
@click.argument("run_id", metavar="ID", type=_ID)
@state_option
@as_json
def show(run_id: int, state: Path | None, *, as_json: bool) -> None:
    """Show one run: its event, the whole error, and which actions are done. With --json, the delivery as well."""
    run = _with_store(state, lambda store: store.find(run_id))
    if run is None:
        raise click.ClickException(f"there is no run {run_id}")
    if as_json:
        print_json(_details(run))
        return
    rows = [
        ("Run", str(run.id)),
        ("Flow", f"{run.flow}: {run.handler}"),
        ("State", run.state),
        ("Event", run.event_id),
        ("Received", _time(run.received_at)),
        ("Due", _time(run.due_at)),
        ("Ended", "-" if run.finished_at is None else _time(run.finished_at)),
        ("Attempts", f"{run.attempts}, of which failed {run.failures}"),
        ("Done", ", ".join(_done(run)) or "-"),
        ("Error", run.error or "-"),
    ]
    print_table(rows)


@click.command("rerun")
@_ids
@_all
@_of_flow
@click.option("--from-start", is_flag=True, help="Have all actions again, those that are done included.")
@state_option
def rerun(ids: tuple[int, ...], name: str | None, state: Path | None, *, everything: bool, from_start: bool) -> None:
    """Have runs again. 'openslot flow run' does it, if need be later.

    A dead letter goes on where it failed: what is done of its actions is not done again. What is done begins from the
    start.
    """
    _check(ids, name, everything=everything)

    async def one(store: Store, run_id: int) -> str:
        run = await store.find(run_id)
        if run is None:
            raise _Refused(f"there is no run {run_id}")
        if not await store.rerun(run_id, time.time(), from_start=from_start):
            raise _Refused(
                f"run {run_id} is under way, or was cut off and begins again with the next 'openslot flow run'"
            )
        if run.state == "done" or from_start or not _done(run):
            return f"Run {run_id} begins from the start."
        return f"Run {run_id} goes on where it stopped, after what is done: {', '.join(_done(run))}."

    async def all_of(store: Store, flow: str) -> str | None:
        count = await store.rerun_all(flow, time.time(), from_start=from_start)
        how = "begin from the start" if from_start else "go on where they failed"
        return f"Dead letters of {flow!r} that {how}: {count}." if count else None

    _apply(state, ids, name, one, all_of, _SOON)


@click.command("discard")
@_ids
@_all
@_of_flow
@click.option("--waiting", is_flag=True, help="Also what waits or was cut off, of a flow that nobody runs any more.")
@state_option
def discard(ids: tuple[int, ...], name: str | None, state: Path | None, *, everything: bool, waiting: bool) -> None:
    """Give up dead letters for good; with --waiting, also what waits for a flow that is no more."""
    _check(ids, name, everything=everything)

    async def one(store: Store, run_id: int) -> str:
        run = await store.find(run_id)
        if run is None:
            raise _Refused(f"there is no run {run_id}")
        if run.state in {"done", "canceled"}:
            raise _Refused(f"there is nothing to discard: run {run_id} is {run.state}")
        if run.state != "failed":
            await _refuse_if_run(store, run.flow)
            if not waiting:
                raise _Refused(f"run {run_id} is {run.state}, no dead letter: --waiting discards it nevertheless")
        await store.discard(run_id, time.time(), unfinished=waiting)
        return f"Run {run_id} is discarded."

    async def all_of(store: Store, flow: str) -> str | None:
        if waiting:
            await _refuse_if_run(store, flow)
        count = await store.discard_all(flow, time.time(), unfinished=waiting)
        return f"Runs of {flow!r} that are discarded: {count}." if count else None

    _apply(state, ids, name, one, all_of, f"They are forgotten in {KEEP_DAYS} days; 'rerun' has them until then.")


@click.command("erase")
@click.argument("emails", nargs=-1, required=True, metavar="EMAIL...")
@state_option
def erase(emails: tuple[str, ...], state: Path | None) -> None:
    """Take what is about the people with these addresses out of the state. It can't be undone.

    That is every event, with its runs, that was booked with one of them, names one as a guest, or has one as an answer.
    """
    wrong = [email for email in emails if "@" not in tidy_address(email).strip("@")]
    if wrong:
        raise click.UsageError(f"no e-mail address: {', '.join(wrong)}")
    erased = _with_store(state, lambda store: store.erase(about_any_of(emails)))
    click.echo(f"Taken out: events {erased.events}, and their runs {erased.runs}.")
    if erased.left:
        fail(f"left, since runs of them are under way: events {erased.left}. Erase them once these have ended", 1)


def register(group: click.Group) -> None:
    """Add all of them to ``openslot flow``."""
    for command in (runs, show, rerun, discard, erase):
        group.add_command(command)


def open_store(state: Path | None) -> Store:
    """The store of flows: as the option has it, else as the environment has it, else in the data directory.

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


def warn_of_the_rest(flows: Sequence[Flow], state: Path | None) -> None:
    """Name the flows in the state that have something left to do and that nobody runs, these excepted."""

    async def read(store: Store) -> list[str]:
        ours = {flow.name for flow in flows}
        return [
            f"{one.flow!r} (waiting {one.waiting}, dead letters {one.failed})"
            for one in await store.backlog()
            if one.flow not in ours and not await store.is_run(one.flow)
        ]

    left = _with_store(state, read)
    if left:
        names = ", ".join(left)
        click.echo(
            f"Warning: nobody runs {names}. Where they are no more: openslot flow discard --all --waiting --flow NAME",
            err=True,
        )


class _Refused(Exception):
    """One of several runs is left as it is, for a reason."""


def _check(ids: tuple[int, ...], name: str | None, *, everything: bool) -> None:
    if bool(ids) == everything:
        raise click.UsageError("name runs by their IDs, or all dead letters of a flow with --all --flow NAME")
    if everything != (name is not None):
        raise click.UsageError("--all and --flow NAME go together")


async def _refuse_if_run(store: Store, flow: str) -> None:
    if await store.is_run(flow):
        raise _Refused(f"{flow!r} is running: what waits is its own to do, and a dead letter if it can't")


def _apply(
    state: Path | None,
    ids: Sequence[int],
    name: str | None,
    one: Callable[[Store, int], Coroutine[Any, Any, str]],
    all_of: Callable[[Store, str], Coroutine[Any, Any, str | None]],
    afterwards: str,
) -> None:
    """Apply a command to each run or to all of a flow, print the outcomes, and exit with 1 if one was refused."""

    async def work(store: Store) -> tuple[list[str], list[str]]:
        acts = [partial(one, store, run_id) for run_id in ids] if name is None else [partial(all_of, store, name)]
        done, refused = list[str](), list[str]()
        for act in acts:
            try:
                line = await act()
            except _Refused as exc:
                refused.append(str(exc))
            else:
                done.extend([] if line is None else [line])
        return done, refused

    done, refused = _with_store(state, work)
    for line in done:
        click.echo(line)
    if done:
        click.echo(afterwards)
    elif not refused:
        click.echo(f"There are no such runs of {name!r}.")
    if refused:
        fail("; ".join(refused), 1)


def _with_store(state: Path | None, use: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
    """What ``use`` makes of the store, beside the process that runs flows."""
    store = open_store(state)

    async def inside() -> T:
        await store.open([])
        try:
            return await use(store)
        finally:
            await store.close()

    with reporting_errors():
        return asyncio.run(inside())


def _summary(run: Run) -> dict[str, Any]:
    fields = ("id", "flow", "handler", "state", "event", "event_id", "attempts", "error")
    return {**{name: getattr(run, name) for name in fields}, "due_at": str(codec.Timestamp.of(_instant(run.due_at)))}


def _details(run: Run) -> dict[str, Any]:
    ended = None if run.finished_at is None else str(codec.Timestamp.of(_instant(run.finished_at)))
    return {
        **_summary(run),
        "failures": run.failures,
        "received_at": str(codec.Timestamp.of(_instant(run.received_at))),
        "finished_at": ended,
        "done": _done(run),
        "delivery": _delivery(run.body),
    }


def _delivery(body: bytes) -> Any:
    """What came, as JSON; as text where it can't be read."""
    try:
        return answers.parse(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return body.decode("utf-8", "backslashreplace")


def _done(run: Run) -> list[str]:
    return [] if run.progress is None else done_of(run.progress)


def _time(seconds: float) -> str:
    return f"{_instant(seconds):%Y-%m-%d %H:%M:%S}"


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
