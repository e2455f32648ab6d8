"""The processes of an embedded PostgreSQL: found by its lock file, watched while it starts, ended to the last one."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from openslot.db.data_directory import DataDirectoryError, open_own, opened_folder

LOCK_FILE = "postmaster.pid"
STALLED_SECONDS = 60
"""A server that starts or stops is given up when nothing has moved for so long. Recovery may take many minutes."""
STOP_TIMEOUT_SECONDS = 20
"""For a fast shutdown, which writes a checkpoint; then PostgreSQL is asked to leave at once, then it is killed."""
LEAVE_TIMEOUT_SECONDS = 8
"""PostgreSQL itself kills its backends after 5 s of leaving at once."""
WORKING = (b"startup", b"checkpointer")
"""The processes that recover, and write out what was recovered."""


def read_lock(pgdata: Path) -> list[str]:
    """The lines of the lock file; none where there is none."""
    try:
        with opened_folder(pgdata) as folder:
            descriptor = open_own(pgdata / LOCK_FILE, os.O_RDONLY, folder=folder)
    except (OSError, DataDirectoryError):
        return []
    with os.fdopen(descriptor, errors="replace") as file:
        return file.read().splitlines()


def running(pgdata: Path, lock_lines: list[str]) -> int | None:
    """The process that a lock file names, if it can be a PostgreSQL that runs on ``pgdata``.

    After a crash the number may belong to any other program; in a container, where numbers are small, it often does.
    """
    try:
        pid = int(lock_lines[0])
    except (IndexError, ValueError):
        return None
    if pid <= 0 or not alive(pid):
        return None
    try:
        return pid if _works_on(Path(f"/proc/{pid}"), pgdata) else None
    except OSError:
        return pid  # no such place on this system: PostgreSQL itself will judge


def _works_on(process: Path, pgdata: Path) -> bool:
    """Whether a process is a PostgreSQL on that folder: its arguments say so, or its working directory."""
    place = pgdata.parent.resolve() / pgdata.name  # a link in its place leads to somebody else's server
    program, *arguments = map(os.fsdecode, (process / "cmdline").read_bytes().split(b"\0"))
    is_backend = program.startswith("postgres:")
    if not is_backend and Path(program).name != "postgres":
        return False
    if "-D" in arguments[:-1]:
        return Path(arguments[arguments.index("-D") + 1]).resolve() == place
    try:
        return (process / "cwd").readlink() == place
    except PermissionError:  # root in a container may not look; then it is one of ours if the owner is the same
        is_ours = process.stat().st_uid == pgdata.lstat().st_uid
        return is_ours and (not is_backend or not _has_postmaster(process))


def _has_postmaster(process: Path) -> bool:
    parent = _stat(process)[1].decode()
    program = (process.parent / parent / "cmdline").read_bytes().partition(b"\0")[0]
    return Path(os.fsdecode(program)).name == "postgres"


def _stat(process: Path) -> list[bytes]:
    """What the kernel counts of a process, from its state on: the name before may hold anything."""
    return (process / "stat").read_bytes().rpartition(b") ")[2].split()


def disown_lock(pgdata: Path) -> None:
    """Let a new server take over the lock file of one that is gone.

    It refuses a file that names a living process, except its own parent, which is us; what the file says of shared
    memory, and so of left-over backends, it checks all the same.
    """
    with opened_folder(pgdata) as folder:
        try:
            descriptor = open_own(pgdata / LOCK_FILE, os.O_RDWR, folder=folder)
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
    """Kill the processes of a server that is gone: one that is busy notices late, and no other starts beside it."""
    left = _left_over(pgdata)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _until(lambda: not _left_over(pgdata), LEAVE_TIMEOUT_SECONDS)


def _left_over(pgdata: Path) -> list[int]:
    found = []
    with suppress(FileNotFoundError):  # a system without it: PostgreSQL sees to it, later
        for process in Path("/proc").iterdir():
            with suppress(OSError):
                if process.name.isdecimal() and _works_on(process, pgdata):
                    found.append(int(process.name))
    return found


class Progress:
    """Whether a server that starts, or stops, gets anywhere."""

    def __init__(self, pgdata: Path, pid: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._pgdata = pgdata
        self._pid = pid
        self._clock = clock
        self._seen: object = None
        self._moved_at = clock()

    def has_stalled(self) -> bool:
        """Nothing has moved for so long that nothing will."""
        now, seen = self._clock(), self._look()
        if seen != self._seen:
            self._seen, self._moved_at = seen, now
        return now - self._moved_at > STALLED_SECONDS

    def _look(self) -> object:
        """Which file recovery reads, by the title of its process; what was written and computed; the states on disk."""
        parts: list[object] = [read_lock(self._pgdata)]
        with suppress(OSError):
            parts.append((self._pgdata / "global" / "pg_control").stat().st_mtime_ns)
        for pid in _children(self._pid):
            process = Path(f"/proc/{pid}")
            with suppress(OSError):
                title = (process / "cmdline").read_bytes()
                if any(word in title for word in WORKING):
                    parts += [title, _stat(process)[11:13]]  # the time it computed, for itself and in the kernel
                    parts.append((process / "io").read_bytes())  # last: not everybody may look
        return parts


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (OSError, DataDirectoryError):
        return []


def end(pid: int, pgdata: Path, has_ended: Callable[[], bool]) -> None:
    """Stop a server: fast (open transactions roll back), then at once, then by force; nothing of it is left."""
    for number, seconds in _insistence():
        if has_ended():
            break
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        _until(has_ended, seconds)
    end_leftovers(pgdata)


def _insistence() -> Iterator[tuple[signal.Signals, float]]:
    yield signal.SIGINT, STOP_TIMEOUT_SECONDS
    yield signal.SIGQUIT, LEAVE_TIMEOUT_SECONDS
    yield signal.SIGKILL, LEAVE_TIMEOUT_SECONDS


def alive(pid: int) -> bool:
    """Whether there is such a process."""
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
