"""Shared by the commands that call an API: its address, the caller's token, a connection, and flows that run on it."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import click

from openslot import client
from openslot.cli.console import errors_told, fail
from openslot.connector import Connection, Flow, Running, run_until_stopped

F = TypeVar("F", bound=Callable[..., Any])


def base_url_option(command: F) -> F:
    """Add the option for the base URL."""
    return click.option(
        "--base-url",
        envvar="OPENSLOT_BASE_URL",
        default=client.CALENDLY,
        show_default=True,
        help="The API, as https://api.calendly.com or http://localhost:8000/api/v2. [env: OPENSLOT_BASE_URL]",
    )(command)


def listening_options(command: F) -> F:
    """Add the options for the address at which deliveries arrive."""
    for option in (
        click.option("--public-url", help="URL at which the API reaches this process, if not the host and port below."),
        click.option(
            "--port",
            type=click.IntRange(0, 65535),
            help="Port to listen on, 0 for a free one; if left out, one between 20000 and 29999 that stays the same.",
        ),
        click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on."),
        click.option(
            "--scope",
            type=click.Choice(["organization", "user", "group"]),
            default="organization",
            show_default=True,
            help="Whose events: 'organization' needs an owner's or admin's token.",
        ),
        click.option("--group", help="URI of the group, with --scope group."),
    ):
        command = option(command)
    return command


@contextlib.contextmanager
def connection(base_url: str) -> Iterator[Connection]:
    """A connection with the caller's token; its errors end the command with a message."""
    with errors_told(), Connection(token(), base_url) as opened:
        yield opened


def run_flows(flows: Sequence[Flow], base_url: str, **how: Any) -> None:
    """Run flows until Ctrl-C.

    Raises:
        click.ClickException: the port can't be listened on, or a call failed.
    """

    def started(running: Running) -> None:
        wanted: frozenset[str] = frozenset().union(*(flow.events for flow in flows))
        events = ", ".join(event for trigger in running.triggers for event in trigger.events if event in wanted)
        names = ", ".join(flow.name for flow in flows)
        where = f"listening on {running.url}" if running.url else "polling"
        click.echo(f"{names}: {where} for {events}. Ctrl-C stops.", err=True)

    with errors_told():
        to = Connection(token(), base_url)
        try:
            asyncio.run(run_until_stopped(flows, to, started, **how))
        except OSError as exc:
            port = "" if how["port"] is None else f" port {how['port']}"
            fail(f"can't listen on {how['host']}{port}: {os.strerror(exc.errno or 0)}", 1)


def token() -> str:
    """The token, from the environment or the keyboard: every user of the machine can read the command line.

    Raises:
        click.UsageError: there is none.
    """
    token = os.environ.get("OPENSLOT_TOKEN", "").strip()
    if token:
        return token
    try:
        answer: str = click.prompt("Personal access token", hide_input=True, err=True)
    except click.Abort as exc:
        if isinstance(exc.__context__, KeyboardInterrupt):
            raise exc.__context__ from None
        raise click.UsageError("no token: set OPENSLOT_TOKEN") from exc
    return answer
