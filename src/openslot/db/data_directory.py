"""The data directory: made, checked and written without following a link that somebody else may have put there.

Root starts PostgreSQL as another user and gives it folders; whoever may write beside them must not lead root elsewhere.
The directory itself may be another user's if all that leads to it is root's: names in it are opened without following
links, and what lies deeper by the descriptor of its folder. Its owner may swap names, and gets but what is in it.
"""

import errno
import os
import pwd
import shlex
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = 0
SYSTEM_USER = "openslot"
"""Who runs PostgreSQL when we are root, which PostgreSQL refuses to be."""
READ_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class DataDirectoryError(Exception):
    """The data directory can't be used; the message says why."""


def prepare(path: Path, owner: pwd.struct_passwd | None) -> None:
    """Make the data directory where it is not there; ``owner`` is who PostgreSQL runs as for root.

    Raises:
        DataDirectoryError: it can't be made or written, or who owns it could put another in its place for root.
    """
    try:
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass  # it can be written
        holder = path.stat().st_uid
    except OSError as exc:
        raise DataDirectoryError(f"data directory {path} is not writable: {exc.strerror}") from exc
    if owner is not None and holder not in {ROOT, owner.pw_uid} and (place := _replaceable(path)) is not None:
        name = shlex.quote(str(path))
        message = f"data directory {path} belongs to {name_of(holder)}, and others than root can replace {place}"
        raise DataDirectoryError(
            f"{message}: give it to root (chown root {name}), or run openslot as its owner"
            f" (docker run --user {holder} ..., after chown -R {holder} {name})"
        )


def other_owner(path: Path) -> str | None:
    """For root alone: the user to whom the data directory belongs, where that is neither root nor PostgreSQL's own.

    Who that is can't lead root elsewhere (ADR 0027), but can take, change and lose all that the service keeps.
    """
    if os.geteuid() != ROOT or not path.is_dir():
        return None
    holder = path.stat().st_uid
    name = name_of(holder)
    with suppress(OSError):
        if (path / "postgres").lstat().st_uid == holder:  # it is that user who runs the service
            return None
    return None if holder == ROOT or name == SYSTEM_USER else name


def _replaceable(path: Path) -> Path | None:
    """The first part of a path that somebody else than root can put a link or another folder in the place of."""
    for place in reversed([path, *path.parents]):
        found, above = place.lstat(), place.parent.lstat()
        if stat.S_ISLNK(found.st_mode) or above.st_uid != ROOT:
            return place
        # In a sticky folder such as /tmp everybody replaces what is their own.
        if above.st_mode & 0o022 and not (above.st_mode & stat.S_ISVTX and found.st_uid == ROOT):
            return place
    return None


def own_folder(path: Path, owner: pwd.struct_passwd | None, *, mode: int | None = None) -> None:
    """Make ``path``, or see that it is a folder of ours, and give it to ``owner`` where there is one.

    ``mode`` is set on one that was there before, too; without, only who makes it says who may enter.

    Raises:
        DataDirectoryError: it is a link or no folder, or belongs to somebody else.
    """
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    try:
        folder = os.open(path, READ_FOLDER | os.O_NOFOLLOW)
    except OSError as exc:
        reason = "is a symbolic link" if path.is_symlink() else f"is no folder of ours: {exc.strerror}"
        raise DataDirectoryError(f"{path} {reason}") from exc
    try:
        holder = os.fstat(folder).st_uid
        if holder not in {os.geteuid(), os.geteuid() if owner is None else owner.pw_uid}:
            raise DataDirectoryError(f"{path} belongs to somebody else: {name_of(holder)}")
        if owner is not None and holder != owner.pw_uid:
            os.fchown(folder, owner.pw_uid, owner.pw_gid)
        if mode is not None:
            os.fchmod(folder, mode)
    finally:
        os.close(folder)


def let_through(path: Path) -> None:
    """Root only: let the system user pass ``path`` and the folders above it (pass, not read)."""
    resolved = path.resolve()
    for place in (resolved, *resolved.parents):
        folder = os.open(place, READ_FOLDER | os.O_NOFOLLOW)
        try:
            mode = stat.S_IMODE(os.fstat(folder).st_mode)
            if not mode & 0o001:
                os.fchmod(folder, mode | 0o001)
        finally:
            os.close(folder)


@contextmanager
def opened_folder(path: Path) -> Iterator[int]:
    """The descriptor of a folder, for what is to be opened in it whatever is put in its place meanwhile.

    Raises:
        DataDirectoryError: it is a link.
        OSError: whatever else is in the way.
    """
    try:
        folder = os.open(path, READ_FOLDER | os.O_NOFOLLOW)
    except OSError as exc:
        if path.is_symlink():
            raise DataDirectoryError(f"{path} is a symbolic link") from exc
        raise
    try:
        yield folder
    finally:
        os.close(folder)


def open_own(path: Path, flags: int, *, mode: int = 0o600, folder: int | None = None) -> int:
    """The descriptor of a plain file of its own name alone, as ``os.open``; by its name in ``folder`` if that is given.

    Raises:
        DataDirectoryError: it is a link, has other names, or is no file.
        OSError: whatever else is in the way.
    """
    try:
        name = path if folder is None else path.name
        descriptor = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, mode, dir_fd=folder)
    except OSError as exc:
        if exc.errno == errno.ELOOP or path.is_symlink():
            raise DataDirectoryError(f"{path} is a symbolic link") from exc
        raise
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        os.close(descriptor)
        raise DataDirectoryError(f"{path} is no plain file, or has a second name")
    return descriptor


def write(path: Path, text: str) -> None:
    """Put a file in its place whole, for its owner alone; what was there before is replaced, not written to.

    Raises:
        OSError: it can't be written.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def name_of(uid: int) -> str:
    """A user as people know them."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
