"""The processes of the service: ``openslot up``, ``web``, ``worker`` and ``migrate``."""

import asyncio
import fcntl
import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import psycopg

from openslot.cli import Started, ports, secret_key, set_up
from openslot.cli import database as databases
from openslot.cli.processes import Child, Postgres, Stop
from openslot.config import Settings
from openslot.db import embedded
from openslot.db import migrate as migrations
from openslot.db.data_directory import open_regular_file, other_owner, write
from openslot.telemetry import logs

if TYPE_CHECKING:
    from openslot.cli.demo import Seeded

READY_TIMEOUT_SECONDS = 90
LOCK_FILE = "up.lock"
LOOPBACK = ("127.0.0.0/8", "::1/128")
NO_SHOW_BEFORE_START = "OPENSLOT_NO_SHOW_BEFORE_START"

host_option = click.option("--host", help="Address to listen on (OPENSLOT_HOST, default 127.0.0.1).")
port_option = click.option("--port", type=click.IntRange(0, 65535), help="Port (OPENSLOT_PORT, default 8000).")
data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Where the embedded PostgreSQL lives (OPENSLOT_DATA_DIR)."
)


@click.command()
@host_option
@port_option
@data_dir_option
@click.option(
    "--demo",
    is_flag=True,
    help="Create a demo organization. Webhooks may reach this machine; no-shows may be marked before the start.",
)
@click.option(
    "--flow",
    "flow_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Also run this flow, with the demo token (or OPENSLOT_TOKEN).",
)
def up(host: str | None, port: int | None, data_dir: Path | None, flow_file: Path | None, *, demo: bool) -> None:
    """Run everything: database, web and worker. Ctrl-C stops all of it."""
    began = time.monotonic()
    settings = databases.load_settings(host=host, port=port, data_dir=data_dir)
    if demo:
        settings = _for_demo(settings)
    claimed = ports.claim(settings.host, settings.port)
    settings = replace(settings, port=claimed.port)
    # Installed before anything starts, so that a Ctrl-C at any time runs the finally blocks.
    stopping = Stop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopping.request)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it, so that it outlives its terminal
        signal.signal(signal.SIGHUP, stopping.request)
    with (
        claimed.keeper,
        _locked(settings),
        suppress(embedded.StartCanceled),
        _database(settings, stopping) as (ready, postgres),
        _described(ready),
    ):
        secret_key.check(ready)
        seeded: Seeded | None = None
        set_up_link = None
        token = os.environ.get("OPENSLOT_TOKEN")
        if demo:
            from openslot.cli.demo import seed  # noqa: PLC0415 -- imports most services, which only a demo needs

            seeded = seed(ready)
            token = seeded.token
        else:
            set_up_link = set_up.link(ready)
        if flow_file is not None and token is None:
            raise click.ClickException("--flow needs a token: use --demo, or set OPENSLOT_TOKEN")
        greeting = Greeting(seeded, set_up_link)
        _run(ready, postgres, greeting, _flow(ready, flow_file, token), stopping, began)


@click.command()
@host_option
@port_option
@data_dir_option
@click.pass_obj
def web(started: Started, host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Serve HTTP on an external PostgreSQL, or beside a running 'up'."""
    settings = databases.load_settings(host=host, port=port, data_dir=data_dir)
    # Claimed before the database is looked for, so that a port that is taken is reported at once.
    claimed = None if started.by_up else ports.claim(settings.host, settings.port)
    if claimed is not None:
        settings = replace(settings, port=claimed.port)
    settings = databases.running_database(settings)
    secret_key.check(settings)
    os.environ.update(_environment(settings))
    logs.configure(settings)
    # Imported here, since no other command needs an HTTP server.
    from granian.constants import Interfaces, Loops  # noqa: PLC0415
    from granian.server import Server as Granian  # noqa: PLC0415

    from openslot.cli import web_workers  # noqa: PLC0415
    from openslot.cli.connections import bounds  # noqa: PLC0415

    server = Granian(
        "openslot.asgi:web_process",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=settings.web_workers,
        **bounds(settings),
        log_level="warning",  # type: ignore[arg-type] # an enum of strings
        log_dictconfig={"incremental": True, "handlers": {}, "loggers": {}},  # as ``logs`` has set it up
        respawn_failed_workers=True,
        workers_kill_timeout=web_workers.STOP_TIMEOUT_SECONDS,
    )
    web_workers.watch(server)
    server.serve()


@click.command()
@data_dir_option
def worker(data_dir: Path | None) -> None:
    """Run background jobs on an external PostgreSQL, or beside a running 'up'."""
    settings = databases.running_database(databases.load_settings(data_dir=data_dir))
    secret_key.check(settings)
    logs.configure(settings)
    from openslot import worker as worker_process  # noqa: PLC0415 -- half of the start-up time of a web process

    asyncio.run(worker_process.run(settings))


@click.command()
@data_dir_option
def migrate(data_dir: Path | None) -> None:
    """Bring the database's schema up to date."""
    settings = databases.load_settings(data_dir=data_dir)
    with databases.database(settings, migrated=False) as ready:
        names = migrations.migrate(ready.database_url)
    click.echo(f"applied {', '.join(names)}" if names else "nothing to do: the schema is up to date")


def _for_demo(settings: Settings) -> Settings:
    """The settings that the sample flows need: they listen on this machine, and mark no-shows after a booking."""
    settings = replace(settings, outbound_allow=(*settings.outbound_allow, *LOOPBACK))
    if os.environ.get(NO_SHOW_BEFORE_START):
        return settings  # the operator's choice
    return replace(settings, no_show_before_start="accept")


def _run(
    settings: Settings,
    postgres: Postgres,
    greeting: "Greeting",
    flow: Child | None,
    stopping: Stop,
    began: float,
) -> None:
    environment = _environment(settings)
    if greeting.demo is not None and not os.environ.get("OPENSLOT_LOG_LEVEL"):
        environment["OPENSLOT_LOG_LEVEL"] = "warning"  # so that the flow's lines are not lost among requests
    children = [
        Child("web", ["web", "--host", settings.host, "--port", str(settings.port)], environment),
        Child("worker", ["worker"], environment),
    ]
    try:
        for child in children:
            child.start()
        if not _wait_until_ready(settings, children, stopping):
            return
        _greet(settings, greeting, time.monotonic() - began)
        if flow is not None:
            flow.may_start = lambda: _readiness(settings) is None  # it calls the service as soon as it starts
            flow.start()
            children.append(flow)
        watched: list[Child | Postgres] = [postgres, *children]
        while not stopping.wait(0.2):
            for one in watched:
                if (news := one.watch()) is not None:
                    click.echo(news, err=True)
    finally:
        for child in reversed(children):  # the flow first: its runs still call the service
            child.stop()


def _wait_until_ready(settings: Settings, children: list[Child], stopping: Stop) -> bool:
    """Wait until the service is ready; ``False`` if a stop was requested meanwhile.

    Raises:
        click.ClickException: a child has ended, or the service does not get ready in time.
    """
    deadline = time.monotonic() + READY_TIMEOUT_SECONDS
    answer: str | None = ""
    while time.monotonic() < deadline and not stopping.wait(0.03):
        for child in children:
            assert child.process is not None
            if child.process.poll() is not None:
                raise click.ClickException(f"{child.name} did not start; its messages are above")
        if (answer := _readiness(settings)) is None:
            return True
    if stopping.is_requested:
        return False
    raise click.ClickException(f"the service did not get ready within {READY_TIMEOUT_SECONDS} s: {answer}")


def _readiness(settings: Settings) -> str | None:
    """Why the service is not ready; ``None`` if it is."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 -- compared only
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}/health/ready"
    try:
        with urllib.request.urlopen(url, timeout=2):
            return None
    except urllib.error.HTTPError as exc:
        return exc.read().decode(errors="replace")
    except OSError as exc:
        return f"it does not answer ({exc})"


def _greet(settings: Settings, greeting: "Greeting", seconds: float) -> None:
    demo = greeting.demo
    lines = [f"OpenSlot is ready after {seconds:.1f} s.", ""]
    if demo is not None:
        lines += [f"  Book a meeting   {settings.base_url}/ada-lovelace/intro-call"]
        lines += [f"  Sign in          {demo.console} (once, as Ada Lovelace)"]
    elif greeting.set_up_link is not None:
        lines += [f"  Set up           {greeting.set_up_link}"]
        lines += ["                   whoever opens this link first owns the service; or: openslot init --help"]
    else:
        lines += [f"  Sign in          {settings.base_url}/app"]
    lines += [f"  API              {settings.api_url}"]
    if demo is not None:
        lines += [f"  Token            {demo.token}"]
        lines += ["  Demo only        webhooks may reach this machine"]
        if settings.no_show_before_start == "accept":
            lines[-1] += ", no-shows may be marked before the start"
    lines += [
        f"  Data             {settings.data_dir}",
        f"  Docs             all calls, to look at and to try: {settings.api_url}/docs; the folder docs/ of the source",
        "",
        "Ctrl-C stops everything.",
    ]
    click.echo("\n".join(lines))


def _flow(settings: Settings, file: Path | None, token: str | None) -> Child | None:
    if file is None or token is None:
        return None
    environment = {
        "OPENSLOT_TOKEN": token,
        "OPENSLOT_BASE_URL": settings.api_url,
        "OPENSLOT_DATA_DIR": str(settings.data_dir),
    }
    return Child("flow", ["flow", "run", str(file)], environment)


def _environment(settings: Settings) -> dict[str, str]:
    """The settings as environment variables for children."""
    return {
        "OPENSLOT_DATABASE_URL": settings.database_url,
        "OPENSLOT_DATA_DIR": str(settings.data_dir),
        "OPENSLOT_HOST": settings.host,
        "OPENSLOT_PORT": str(settings.port),
        "OPENSLOT_PUBLIC_URL": settings.base_url,
        "OPENSLOT_OUTBOUND_ALLOW": ",".join(settings.outbound_allow),
        NO_SHOW_BEFORE_START: settings.no_show_before_start,
    }


class Greeting(NamedTuple):
    """What is printed when the service is ready."""

    demo: "Seeded | None"
    set_up_link: str | None
    """While there is no organization."""


@contextmanager
def _locked(settings: Settings) -> Iterator[None]:
    """Allow one ``up`` per data directory. The kernel releases the lock when its holder ends, however that happens.

    Raises:
        click.ClickException: another one runs, or the directory is not writable.
    """
    if settings.database_url:
        yield
        return
    path = settings.data_dir / LOCK_FILE
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with databases.reporting_errors():
            file = _lock(path)
    except BlockingIOError as exc:
        raise click.ClickException(f"another 'openslot up' runs on {settings.data_dir}") from exc
    except OSError as exc:
        raise click.ClickException(f"data directory {settings.data_dir} is not writable: {exc.strerror}") from exc
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(file)


def _lock(path: Path) -> int:
    """Lock the file at ``path`` and return its descriptor; try again if its holder has deleted it meanwhile.

    Raises:
        BlockingIOError: another process has the lock.
        OSError: the file can't be created or opened.
    """
    while True:
        file = open_regular_file(path, os.O_WRONLY | os.O_CREAT)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), os.lstat(path)):
                    return file
        except OSError:
            os.close(file)
            raise
        os.close(file)


@contextmanager
def _database(settings: Settings, stopping: Stop) -> Iterator[tuple[Settings, Postgres]]:
    """The migrated database. An embedded one is stopped at the end, even if another process has started it."""
    postgres = Postgres(settings.data_dir, stopping)
    if settings.database_url:
        with databases.database(settings) as ready:
            yield ready, postgres
        return
    with databases.reporting_errors():
        try:
            server = _migrated(postgres)
            if (name := other_owner(settings.data_dir)) is not None:
                click.echo(
                    f"warning: {settings.data_dir} belongs to {name}, who can read and change all data", err=True
                )
            yield replace(settings, database_url=server.conninfo), postgres
        finally:
            postgres.stop()


def _migrated(postgres: Postgres) -> embedded.EmbeddedPostgres:
    """The embedded server, with the present schema."""
    while True:
        server = postgres.start()
        try:
            migrations.migrate(server.conninfo)
        except psycopg.OperationalError:
            if server.process is not None:
                raise
            # Another process had started it and is stopping it, as a killed 'up' does: start one.
        else:
            return server


@contextmanager
def _described(settings: Settings) -> Iterator[None]:
    """Write the base URL for commands that run on the same data directory.

    Raises:
        click.ClickException: the file can't be written.
    """
    if not settings.data_dir.is_dir():
        yield
        return
    path = settings.data_dir / databases.SERVICE_FILE
    try:
        write(path, json.dumps({"pid": os.getpid(), "base_url": settings.base_url}))
    except OSError as exc:
        raise click.ClickException(f"{path} can't be written: {exc.strerror}") from exc
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
