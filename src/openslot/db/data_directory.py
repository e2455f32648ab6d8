"""Creates, checks and writes the data directory without following symbolic links that another user may have placed.

Root runs PostgreSQL as another user and gives that user folders, so a user who can write next to them must not be able
to redirect root to other files. The directory itself may belong to another user if every folder above it belongs to
root: files in it are opened without following links, and files in its folders relative to an open descriptor. The owner
can still replace files, but gains no access beyond the directory.
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
"""The user that runs PostgreSQL when the service runs as root: PostgreSQL refuses to run as root."""
READ_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class DataDirectoryError(Exception):
    """The data directory can't be used; the message says why."""


def prepare(path: Path, owner: pwd.struct_passwd | None) -> None:
    """Create the data directory if it is missing; ``owner`` is the user of PostgreSQL when the service runs as root.

    Raises:
        DataDirectoryError: it can't be created or written, or another user could replace it while root uses it.
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
    """For root: the owner of the data directory, if that is neither root nor the user of PostgreSQL.

    That user can't redirect root to other files (ADR 0027), but can read, change and delete all data of the service.
    """
    if os.geteuid() != ROOT or not path.is_dir():
        return None
    holder = path.stat().st_uid
    name = name_of(holder)
    with suppress(OSError):
        if (path / "postgres").lstat().st_uid == holder:  # that user normally runs the service
            return None
    return None if holder == ROOT or name == SYSTEM_USER else name


def _replaceable(path: Path) -> Path | None:
    """The first part of a path that a user other than root can replace by a link or another folder."""
    for place in reversed([path, *path.parents]):
        found, above = place.lstat(), place.parent.lstat()
        if stat.S_ISLNK(found.st_mode) or above.st_uid != ROOT:
            return place
        # In a sticky folder such as /tmp, users can replace only what is their own.
        if above.st_mode & 0o022 and not (above.st_mode & stat.S_ISVTX and found.st_uid == ROOT):
            return place
    return None


def ensure_folder(path: Path, owner: pwd.struct_passwd | None, *, mode: int | None = None) -> None:
    """Create the folder ``path``, or check that an existing one is ours, and give it to ``owner`` if there is one.

    ``mode`` also applies to an existing folder; None leaves its mode as it is.

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


def allow_traversal(path: Path) -> None:
    """For root: let the system user traverse ``path`` and the folders above it, without reading them."""
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
def open_folder(path: Path) -> Iterator[int]:
    """The descriptor of a folder; files opened relative to it stay in it even if another folder takes its place.

    Raises:
        DataDirectoryError: it is a link.
        OSError: it can't be opened for another reason.
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


def open_regular_file(path: Path, flags: int, *, mode: int = 0o600, folder: int | None = None) -> int:
    """Open a regular file that has no other hard link, as ``os.open`` does; relative to ``folder`` if that is given.

    Raises:
        DataDirectoryError: it is a symbolic link, has a second hard link, or is no regular file.
        OSError: it can't be opened for another reason.
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
    """Write a file atomically, readable by its owner only: a new file replaces the old one.

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
    """The name of a user; the number where there is no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
