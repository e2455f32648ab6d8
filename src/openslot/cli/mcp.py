"""``openslot mcp``: the connector for agents, over stdio or HTTP."""

import asyncio
import contextlib
import importlib
import ipaddress
import logging
import os
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import urlsplit

import click

from openslot.cli.calling import base_url_option
from openslot.cli.output import quiet_interrupt
from openslot.client import Secret
from openslot.connector import Connection

KEY = "OPENSLOT_MCP_KEY"
MIN_KEY_LENGTH = 20
_SDK = frozenset({"mcp", "mcp_types"})


@click.command("mcp")
@base_url_option
@click.option("--http", "over_http", is_flag=True, help="Streamable HTTP instead of stdio.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help=f"Address to listen on; any but loopback needs {KEY}."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port to listen on, 0 for a free one.",
)
@click.option("--public-url", help=f"How callers reach us, if not at that host; with OPENSLOT_TOKEN it needs {KEY}.")
@click.option(
    "--tool-names",
    "names",
    type=click.Choice(["openslot", "calendly"]),
    default="openslot",
    show_default=True,
    help="Which tools are listed: ours, or those of Calendly's own server. Calls by the names of both work.",
)
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    help="Origin of a web page that may call, as https://agent.example.org; without OPENSLOT_TOKEN. Repeatable.",
)
def mcp(base_url: str, *, over_http: bool, names: str, origins: tuple[str, ...], **listening: Any) -> None:
    """Serve the connector to agents, by the Model Context Protocol.

    With OPENSLOT_TOKEN, who reaches this server acts as the token's user; over HTTP, those alone do who know the bearer
    token in OPENSLOT_MCP_KEY, if there is one. Over HTTP without OPENSLOT_TOKEN, every caller brings a token: a
    personal one, or one that the client gets by OAuth.
    """
    logging.basicConfig(format="%(levelname)s %(message)s")
    server = _server()
    token = os.environ.get("OPENSLOT_TOKEN", "").strip()
    try:
        # an agent would rather hear that the limit of calls is used up than wait without a word
        connection = Connection(token or None, base_url, when_full="fail")
        serving = _serving(server, connection, origins, names, **listening) if over_http else None
    except ValueError as exc:
        raise click.UsageError(str(exc)) from exc
    if serving is not None:
        with quiet_interrupt():
            asyncio.run(_serve(serving, listening["host"], listening["port"]))
        return
    if not token:  # no prompt: the client that starts us speaks the protocol on our input
        raise click.UsageError("no token: set OPENSLOT_TOKEN")
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the SDK reads our input in a thread that no interrupt wakes
    asyncio.run(server.run_on_stdio(connection, names))


def _server() -> Any:
    """The module that needs the protocol's SDK, which is slow to import, and not there in the base install."""
    try:
        return importlib.import_module("openslot.connector.agents.server")
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in _SDK:
            raise
        raise click.ClickException("'openslot mcp' needs the protocol's SDK: pip install 'openslot[mcp]'") from exc


def _serving(
    server: Any,
    connection: Connection,
    origins: tuple[str, ...],
    names: str,
    *,
    host: str,
    port: int,
    public_url: str | None,
) -> Callable[[], AbstractAsyncContextManager[str]]:
    """What serves over HTTP.

    Raises:
        ValueError: callers could not reach it, or others could than may.
    """
    reached_at = urlsplit(public_url).hostname if public_url else None
    if public_url and not reached_at:
        raise ValueError("a public URL looks like https://mcp.example.org")
    if _is_any(host) and not public_url:
        raise ValueError(f"{host} is no address that callers know us by: say --public-url")
    if connection.client.core.token is not None:
        if origins:
            raise ValueError("--allow-origin is for callers with tokens of their own: leave OPENSLOT_TOKEN out")
        key = _key(host, reached_at)
        return lambda: server.serving_http(connection, host, port, names=names, key=key, public_url=public_url)
    if os.environ.get(KEY, "").strip():
        raise ValueError(f"{KEY} guards OPENSLOT_TOKEN, and there is none")
    is_encrypted = public_url is not None and urlsplit(public_url).scheme == "https"
    if not is_encrypted and not all(map(_is_loopback, (host, reached_at or host))):
        raise ValueError("tokens must not cross a network in the clear: say --public-url https://...")
    if wrong := [one for one in origins if not _is_origin(one)]:
        raise ValueError(f"an origin looks like https://agent.example.org: {wrong[0]}")
    return lambda: server.serving_callers(connection, host, port, names=names, public_url=public_url, origins=origins)


def _key(host: str, reached_at: str | None) -> Secret | None:
    """What callers must know, if anything.

    Raises:
        ValueError: nothing, where others than this machine's users could call.
    """
    text = os.environ.get(KEY, "").strip()
    if text and len(text) < MIN_KEY_LENGTH:
        raise ValueError(f"{KEY} is too short: {MIN_KEY_LENGTH} characters at least")
    if not text and not all(map(_is_loopback, (host, reached_at or host))):
        raise ValueError(
            f"who reaches this server acts as the token's user: set {KEY} to let others than this machine in"
        )
    return Secret(text) if text else None


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"


def _is_any(host: str) -> bool:
    return _address(host) in {ipaddress.ip_address("0.0.0.0"), ipaddress.ip_address("::")}  # noqa: S104 -- to refuse it


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


async def _serve(serving: Callable[[], AbstractAsyncContextManager[str]], host: str, port: int) -> None:
    """Until SIGINT, or SIGTERM, by which containers are stopped."""
    stop = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows, where Ctrl-C cancels us
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    refused: BaseException | None = None
    try:
        async with serving() as url:
            click.echo(f"listening on {url}. Ctrl-C stops.", err=True)
            await stop.wait()
    except* OSError as group:
        [refused] = group.exceptions
    if isinstance(refused, OSError):
        raise click.ClickException(f"can't listen on {host} port {port}: {refused.strerror}")
