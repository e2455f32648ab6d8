"""``openslot connector serve`` and ``export``: the gateway, and the package that describes it to the Power Platform."""

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path

import click

from openslot.client import CALENDLY
from openslot.connector.asgi import serve as serving
from openslot.connector.asgi import why
from openslot.connector.definition import LANGUAGES, Language
from openslot.connector.gateway import Gateway
from openslot.connector.power_platform import NotOurs, Package


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8300, show_default=True, help="0 for a free one.")
@click.option(
    "--backend",
    envvar="OPENSLOT_BASE_URL",
    default=CALENDLY,
    show_default=True,
    help="The API behind, as https://api.calendly.com or http://localhost:8000/api/v2. [env: OPENSLOT_BASE_URL]",
)
@click.option("--public-url", help="How the platform reaches us; what its calls say if left out.")
@click.option("--verbose", is_flag=True, help="A line for every call: operation, status, time.")
def serve(host: str, port: int, backend: str, public_url: str | None, *, verbose: bool) -> None:
    """Serve the connector to the Power Platform until Ctrl-C.

    Every call brings the token of its own connection; we have none.
    """
    if verbose:
        logging.getLogger("openslot.connector").setLevel(logging.INFO)
    try:
        asyncio.run(_serve(host, port, backend, public_url))
    except ValueError as exc:
        raise click.UsageError(str(exc)) from exc
    except OSError as exc:
        raise click.ClickException(f"can't listen on {host} port {port}: {why(exc)}") from exc


async def _serve(host: str, port: int, backend: str, public_url: str | None) -> None:
    stopped = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows, where Ctrl-C interrupts us anyway
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with (
        Gateway(backend, public_url=public_url) as gateway,
        serving(gateway, host, port, grace_seconds=gateway.grace_seconds) as url,
    ):
        click.echo(f"connector: listening on {url} in front of {gateway.base_url}. Ctrl-C stops.", err=True)
        looking = asyncio.create_task(gateway.trouble())  # it logs what it finds; the API may come later than we do
        await stopped.wait()
        looking.cancel()
        if gateway.under_way:
            click.echo(f"connector: stops once it has answered the calls under way: {gateway.under_way}", err=True)


@click.command("export")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--host", required=True, help="Where the platform reaches the gateway, as connector.example.org.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Of what people see of operations and values.",
)
@click.option("--force", is_flag=True, help="Write to a folder that has other files, too, over those by our names.")
def export(directory: Path, host: str, language: Language, *, force: bool) -> None:
    """Write the connector to DIRECTORY, ready to import into the Power Platform."""
    try:
        package = Package(host, language)
        written = package.write(directory, force=force)
    except ValueError as exc:
        raise click.UsageError(str(exc)) from exc
    except NotOurs as exc:
        raise click.ClickException(f"{exc} in {directory}; choose another folder, or --force") from exc
    except OSError as exc:
        raise click.ClickException(f"can't write to {directory}: {os.strerror(exc.errno or 0)}") from exc
    for path in written:
        click.echo(path)
    if package.host.is_private:
        click.echo(f"note: the platform calls from the internet and can't reach {package.host.authority}", err=True)


def register(group: click.Group) -> None:
    """Add both to ``openslot connector``."""
    group.add_command(serve)
    group.add_command(export)
