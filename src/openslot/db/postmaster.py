"""The processes of an embedded PostgreSQL: find them by the lock file, watch their progress, end all of them."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from openslot.db.data_directory import DataDirectoryError, open_folder, open_regular_file

LOCK_FILE = "postmaster.pid"
STALLED_SECONDS = 60
"""A starting or stopping server without progress for so long is given up. Recovery itself may take many minutes."""
STOP_TIMEOUT_SECONDS = 20
"""For a fast shutdown, which writes a checkpoint; an immediate shutdown and then a kill follow."""
LEAVE_TIMEOUT_SECONDS = 8
"""For an immediate shutdown, in which PostgreSQL itself kills its backends after 5 s."""
WORKING = (b"startup", b"checkpointer")
"""The processes that do the recovery and write out its results."""


def read_lock(pgdata: Path) -> list[str]:
    """The lines of the lock file; none where there is none."""
    try:
        with open_folder(pgdata) as folder:
            descriptor = open_regular_file(pgdata / LOCK_FILE, os.O_RDONLY, folder=folder)
    except (OSError, DataDirectoryError):
        return []
    with os.fdopen(descriptor, errors="replace") as file:
        return file.read().splitlines()


def running_pid(pgdata: Path, lock_lines: list[str]) -> int | None:
    """The process id in a lock file, if that process can be a PostgreSQL that runs on ``pgdata``.

    After a crash the id may belong to another program; in a container, where ids are small, it often does.
    """
    try:
        pid = int(lock_lines[0])
    except (IndexError, ValueError):
        return None
    if pid <= 0 or not is_alive(pid):
        return None
    try:
        return pid if _works_on(Path(f"/proc/{pid}"), pgdata) else None
    except OSError:
        return pid  # a system without /proc: PostgreSQL itself will check


def _works_on(process: Path, pgdata: Path) -> bool:
    """Whether a process is a PostgreSQL on that folder, by its arguments or its working directory."""
    place = pgdata.parent.resolve() / pgdata.name  # pgdata itself is not resolved: a link would be another's server
    program, *arguments = map(os.fsdecode, (process / "cmdline").read_bytes().split(b"\0"))
    is_backend = program.startswith("postgres:")
    if not is_backend and Path(program).name != "postgres":
        return False
    if "-D" in arguments[:-1]:
        return Path(arguments[arguments.index("-D") + 1]).resolve() == place
    try:
        return (process / "cwd").readlink() == place
    except PermissionError:  # root in a container may not read it; then a process of the same owner is ours
        is_ours = process.stat().st_uid == pgdata.lstat().st_uid
        return is_ours and (not is_backend or not _has_postmaster(process))


def _has_postmaster(process: Path) -> bool:
    parent = _stat(process)[1].decode()
    program = (process.parent / parent / "cmdline").read_bytes().partition(b"\0")[0]
    return Path(os.fsdecode(program)).name == "postgres"


def _stat(process: Path) -> list[bytes]:
    """The fields of /proc/PID/stat from the state on; the name before it may contain any character."""
    return (process / "stat").read_bytes().rpartition(b") ")[2].split()


def free_stale_lock(pgdata: Path) -> None:
    """Let a new server replace the lock file of a dead one.

    PostgreSQL refuses a file with the id of a living process, except its own parent: so our id is written there. It
    still checks the shared memory that the file names, and so finds left-over backends.
    """
    with open_folder(pgdata) as folder:
        try:
            descriptor = open_regular_file(pgdata / LOCK_FILE, os.O_RDWR, folder=folder)
        except FileNotFoundError:
            return
        except DataDirectoryError:
            os.unlink(LOCK_FILE, dir_fd=folder)
            return
        with os.fdopen(descriptor, "r+", errors="replace") as file:
            lines = file.read().splitlines()
            if not lines or not lines[0].strip().isdecimal():
                os.unlink(LOCK_FILE, dir_fd=folder)
                return
            file.seek(0)
            file.write("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
            file.truncate()


def end_leftovers(pgdata: Path) -> None:
    """Kill the backends of a dead server: a busy one notices late, and keeps a new server from starting."""
    left = _left_over(pgdata)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _until(lambda: not _left_over(pgdata), LEAVE_TIMEOUT_SECONDS)


def _left_over(pgdata: Path) -> list[int]:
    found = []
    with suppress(FileNotFoundError):  # a system without /proc: PostgreSQL itself ends them later
        for process in Path("/proc").iterdir():
            with suppress(OSError):
                if process.name.isdecimal() and _works_on(process, pgdata):
                    found.append(int(process.name))
    return found


class Progress:
    """Watches whether a server that starts or stops makes progress."""

    def __init__(self, pgdata: Path, pid: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pgdata = pgdata
        self._pid = pid
        self._clock = clock
        self._last_state: object = None
        self._changed_at = clock()

    def has_stalled(self) -> bool:
        """Whether nothing has changed for ``STALLED_SECONDS``; the caller calls it again and again."""
        now, state = self._clock(), self._read_state()
        if state != self._last_state:
            self._last_state, self._changed_at = state, now
        return now - self._changed_at > STALLED_SECONDS

    def _read_state(self) -> object:
        """Whatever changes with progress: the lock file, pg_control, and titles, CPU time and I/O of the processes."""
        parts: list[object] = [read_lock(self._pgdata)]
        with suppress(OSError):
            parts.append((self._pgdata / "global" / "pg_control").stat().st_mtime_ns)
        for pid in _children(self._pid):
            process = Path(f"/proc/{pid}")
            with suppress(OSError):
                title = (process / "cmdline").read_bytes()
                if any(word in title for word in WORKING):
                    parts += [title, _stat(process)[11:13]]  # the file being recovered; user and system time
                    parts.append((process / "io").read_bytes())  # last: it may be unreadable, which ends the block
        return parts


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (OSError, DataDirectoryError):
        return []


def end(pid: int, pgdata: Path, has_ended: Callable[[], bool]) -> None:
    """Stop a server and all its processes: a fast shutdown (transactions roll back), an immediate one, then a kill."""
    for number, seconds in _escalation():
        if has_ended():
            break
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        _until(has_ended, seconds)
    end_leftovers(pgdata)


def _escalation() -> Iterator[tuple[signal.Signals, float]]:
    yield signal.SIGINT, STOP_TIMEOUT_SECONDS
    yield signal.SIGQUIT, LEAVE_TIMEOUT_SECONDS
    yield signal.SIGKILL, LEAVE_TIMEOUT_SECONDS


def is_alive(pid: int) -> bool:
    """Whether a process with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _until(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
