"""``openslot flow``: run the flows in Python and YAML files, and try them. ``flow_state`` has what became of them."""

import asyncio
import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from os import environ
from pathlib import Path
from typing import Any

import click

from openslot.cli import flow_state
from openslot.cli.calling import base_url_option, listening_options, run_flows, token
from openslot.cli.flow_files import load_all
from openslot.cli.flow_state import open_store, state_option, warn_of_the_rest
from openslot.cli.output import print_table, printable, quiet_interrupt, reporting_errors
from openslot.connector import AsyncConnector, Connection, Connector, Event, Flow, run_once
from openslot.connector.flows import GiveUp, Handler
from openslot.connector.flows.default_state import DATABASE_URL
from openslot.connector.recipes import Recipe
from openslot.connector.recipes.mail import MAIL_FROM, SMTP_URL
from openslot.connector.triggers import UnknownEvent, UnreadableEvent, event_id, read_event
from openslot.connector.triggers.samples import sample

_ENVIRONMENT = f"""\b
Environment:
  OPENSLOT_TOKEN               the token of the calls
  OPENSLOT_FLOW_STATE          file of the state
  {DATABASE_URL}   PostgreSQL for the state; wins over the file, --state wins over both
  {SMTP_URL}       the server that takes the mails of YAML flows
  {MAIL_FROM}      whom they are from
"""

files_argument = click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)


@click.group()
def flow() -> None:
    """Run flows: a trigger and what to do about it.

    The token comes from OPENSLOT_TOKEN, or is asked for.
    """
    logging.basicConfig(format="%(levelname)s %(message)s")


flow_state.register(flow)


@flow.command("run", epilog=_ENVIRONMENT)
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
    if once and poll_seconds is not None:
        raise click.UsageError("--once asks once; --poll asks again and again")
    if (once or poll_seconds is not None) and (listening["public_url"] or listening["port"] is not None or unsubscribe):
        raise click.UsageError("who asks listens nowhere: leave --public-url, --port and --unsubscribe out")
    with quiet_interrupt():
        flows = load_all(files)
    store = open_store(state)
    if not once:
        warn_of_the_rest(flows, state)
        run_flows(flows, base_url, state=store, poll_seconds=poll_seconds, unsubscribe=unsubscribe, **listening)
        return
    with reporting_errors():
        scope = {"scope": listening["scope"], "group": listening["group"]}
        asyncio.run(run_once(flows, Connection(token(), base_url), state=store, **scope))


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


@flow.command("test")
@files_argument
@click.option("--event", "name", help="What is to have happened; if it is left out, all that the flows run on.")
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
    events = _samples(flows, name, payload)
    if really:
        if len(events) > 1:
            raise click.UsageError(f"--event is one of {', '.join(one.event for one in events)}")
        with reporting_errors():
            asyncio.run(_really(_meant(flows, events[0]), events[0], Connection(token(), base_url)))
        return
    for event in events:
        for one, handler in _meant(flows, event):
            click.echo(f"{printable(one.name)}: {printable(handler.name)} on {event.event}, {_when(handler)}")
            _preview(handler, event)


def _meant(flows: Sequence[Flow], event: Event) -> list[tuple[Flow, Handler]]:
    meant = [(one, handler) for one in flows for handler in one.handlers if event.event in handler.events]
    if not meant:
        raise click.ClickException(f"no function of these flows runs on {event.event}")
    return meant


def _samples(flows: Sequence[Flow], name: str | None, payload: Path | None) -> list[Event]:
    if payload is not None:
        try:
            return [read_event(payload.read_bytes())]
        except (UnknownEvent, UnreadableEvent) as exc:
            raise click.ClickException(f"{payload} is no delivery: {printable(str(exc))}") from exc
    all_names = sorted({event for one in flows for handler in one.handlers for event in handler.events})
    names = all_names if name is None else [name]
    try:
        return [sample(one, datetime.now(UTC)) for one in names]
    except ValueError as exc:
        raise click.UsageError(str(exc)) from exc


def _preview(handler: Handler, event: Event) -> None:
    if not isinstance(handler.performer, Recipe):
        click.echo("  would call the function; --really does")
        return
    try:
        preview = asyncio.run(handler.performer.preview(event))
    except (GiveUp, OSError) as exc:
        raise click.ClickException(printable(str(exc))) from exc
    if not preview.effects:
        click.echo("  nothing: the conditions don't hold")
    for one in preview.effects:
        click.echo(f"  {json.dumps(one, ensure_ascii=False)}")
    for variable in preview.lacking:
        click.echo(f"  {variable} is {'empty' if variable in environ else 'not set'}", err=True)


async def _really(meant: Sequence[tuple[Flow, Handler]], event: Event, connection: Connection) -> None:
    async with connection:
        for one, handler in meant:
            if handler.performer is not None:
                try:
                    await handler.performer.perform(event, AsyncConnector(connection), _UnrecordedAttempt())
                finally:
                    await handler.performer.aclose()
            elif asyncio.iscoroutinefunction(handler.function):
                await handler.function(event, AsyncConnector(connection))
            elif handler.function is not None:
                await asyncio.to_thread(handler.function, event, Connector(connection))
            click.echo(f"{printable(one.name)}: {printable(handler.name)} is done with {event_id(event)}", err=True)


class _UnrecordedAttempt:
    """An attempt whose progress is not stored."""

    number = 1
    progress: str | None = None

    async def note(self, progress: str) -> None:
        """Store nothing."""


def _when(handler: Handler) -> str:
    if not handler.is_delayed:
        return "at once"
    moment = {"start_time": "the start", "end_time": "the end"}.get(handler.after or "", "the event")
    if not handler.delay:
        return f"at {moment}"
    return f"{abs(handler.delay)} {'after' if handler.delay > timedelta() else 'before'} {moment}"
