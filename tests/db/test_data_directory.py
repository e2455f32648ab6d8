"""The data directory, and who could lead root out of it. Source: ADR 0027."""

import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from openslot.db import data_directory, embedded
from openslot.db.data_directory import DataDirectoryError
from openslot.db.embedded import PostgresError

FAST = {"fsync": "off", "synchronous_commit": "off"}
NOBODY = pwd.getpwnam("nobody")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="others can't change owners")


def give_to_nobody(path: Path) -> Path:
    path.mkdir(parents=True)
    os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)
    return path


@as_root
def test_root_serves_from_a_folder_of_another_user_as_containers_mount_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    theirs = give_to_nobody(tmp_path / "theirs")

    with embedded.serving(theirs) as server:
        assert not server.has_ended()

    assert data_directory.other_owner(theirs) == "nobody"
    assert data_directory.other_owner(tmp_path) is None
    assert theirs.stat().st_uid == NOBODY.pw_uid


@as_root
@pytest.mark.parametrize("way", ["a folder of theirs", "a folder that all may write", "a link", "a sticky folder"])
def test_root_refuses_a_folder_of_another_user_that_can_be_replaced(tmp_path: Path, way: str) -> None:
    """Its owner could put a link to a folder of root in its place while root works in it."""
    tmp_path.chmod(0o755)
    above = tmp_path / "above"
    theirs = give_to_nobody(above / "theirs")
    place, replaced = theirs, theirs
    if way == "a folder of theirs":
        os.chown(above, NOBODY.pw_uid, NOBODY.pw_gid)
    elif way == "a link":
        place = replaced = tmp_path / "link"
        place.symlink_to(theirs)
    else:
        above.chmod(0o1777 if way == "a sticky folder" else 0o777)

    with pytest.raises(DataDirectoryError) as refused:
        embedded.start(place)

    assert str(refused.value) == (
        f"data directory {place} belongs to nobody, and others than root can replace {replaced}: give it to root"
        f" (chown root {place}), or run openslot as its owner (docker run --user {NOBODY.pw_uid} ..., after"
        f" chown -R {NOBODY.pw_uid} {place})"
    )
    assert [one.name for one in theirs.iterdir()] == []


@as_root
def test_root_uses_no_folder_of_another_user_inside_the_data_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "MAX_SOCKET_PATH_LENGTH", 1000)
    tmp_path.chmod(0o755)
    theirs = give_to_nobody(tmp_path / "mine" / "run")

    with pytest.raises(DataDirectoryError, match="run belongs to somebody else: nobody"):
        embedded.start(tmp_path / "mine", options=FAST)

    assert theirs.stat().st_uid == NOBODY.pw_uid


@as_root
def test_folders_behind_a_link_that_is_put_there_meanwhile_are_not_opened_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those above the data directory are, for PostgreSQL's user."""
    tmp_path.chmod(0o755)
    private = tmp_path / "private"
    (private / "elsewhere").mkdir(parents=True)
    private.chmod(0o700)

    def judged_and_swapped(path: Path, *arguments: Any, **keywords: Any) -> None:
        data_directory.ensure_folder(path, *arguments, **keywords)
        if path.name == "postgres":
            path.rmdir()
            path.symlink_to(private / "elsewhere")

    monkeypatch.setattr(embedded, "ensure_folder", judged_and_swapped)

    with pytest.raises((DataDirectoryError, PostgresError)):
        embedded.start(tmp_path / "data")

    assert private.stat().st_mode & 0o777 == 0o700
