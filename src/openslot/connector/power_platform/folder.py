"""The folder of an export: what in it is ours to replace, and all files in it or none."""

import contextlib
import json
import os
import shutil
import tempfile
from errno import EISDIR
from pathlib import Path

MERGED = "settings.json"
"""The one file that others add to: Microsoft's ``paconn`` notes the connector's id in it."""


class NotOurs(Exception):
    """The folder has files that no export made."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(f"no export made {', '.join(names)}")


def write(directory: Path, files: dict[str, bytes], *, mark: tuple[str, bytes], force: bool) -> list[Path]:
    """Write all files or none, and return their paths. A folder is ours if ``mark``'s file begins with its text.

    Raises:
        NotOurs: the folder has files that no export made, and ``force`` is not given.
        OSError: they can't be written.
    """
    if foreign := [] if force else _foreign(directory, files, mark):
        raise NotOurs(foreign)
    missing = [one for one in (directory, *directory.parents) if not one.exists()]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _replace(directory, _merged(directory, files))
    except OSError:
        for one in missing:
            with contextlib.suppress(OSError):
                one.rmdir()
        raise
    return [directory / name for name in files]


def _foreign(directory: Path, files: dict[str, bytes], mark: tuple[str, bytes]) -> list[str]:
    """Names of what is not ours, hidden files aside: those stay, whatever they are."""
    if not directory.is_dir():
        return []
    there = sorted(path.name for path in directory.iterdir() if not path.name.startswith("."))
    name, begins = mark
    marked = name in there and (directory / name).is_file() and (directory / name).read_bytes().startswith(begins)
    return [one for one in there if not marked or one not in files]


def _merged(directory: Path, files: dict[str, bytes]) -> dict[str, bytes]:
    """The files, with what an earlier ``settings.json`` has beside ours."""
    try:
        noted = json.loads((directory / MERGED).read_bytes())
    except (FileNotFoundError, ValueError):
        return files
    ours = json.loads(files[MERGED])
    if not isinstance(noted, dict) or noted.keys() <= ours.keys():
        return files
    return files | {MERGED: json.dumps(noted | ours, indent=2).encode("ascii") + b"\n"}


def _replace(directory: Path, files: dict[str, bytes]) -> None:
    """Put the files in place of those there are, which come back if one can't be."""
    for name in files:
        if (directory / name).is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR), str(directory / name))
    # beside what it becomes, so that it is moved and not copied
    with tempfile.TemporaryDirectory(dir=directory, prefix=".export-") as staged, contextlib.ExitStack() as undo:
        for name, content in files.items():
            (Path(staged) / f"new-{name}").write_bytes(content)
        for name in files:
            there = directory / name
            if there.exists():
                old = Path(staged) / f"old-{name}"
                shutil.copy2(there, old)
                undo.callback(os.replace, old, there)
            else:
                undo.callback(there.unlink, missing_ok=True)
            (Path(staged) / f"new-{name}").replace(there)
        undo.pop_all()
