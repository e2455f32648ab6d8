"""Where an export goes: to a folder of its own, whole or not at all, over nothing that others made."""

import json
import os
from pathlib import Path

import pytest

from openslot.connector.power_platform import NotOurs, Package

HOST = "connector.example.org"
FILES = Package(HOST).files()


def there(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_writing_leaves_the_files_in_a_folder_of_their_own(tmp_path: Path) -> None:
    written = Package(HOST).write(tmp_path / "deep" / "down")

    assert there(tmp_path / "deep" / "down") == FILES
    assert written == [tmp_path / "deep" / "down" / name for name in FILES]


def test_an_export_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    Package("old.example.org", "th").write(tmp_path)
    Package(HOST).write(tmp_path)

    assert there(tmp_path) == FILES
    assert len(list(tmp_path.iterdir())) == len(FILES)


def test_files_of_others_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("precious")
    (tmp_path / "settings.json").write_text("{}")

    with pytest.raises(NotOurs) as refused:
        Package(HOST).write(tmp_path)

    assert refused.value.names == ["readme.md", "settings.json"]
    assert there(tmp_path) == {"readme.md": b"precious", "settings.json": b"{}"}


def test_a_file_that_was_put_into_an_export_is_one_of_others(tmp_path: Path) -> None:
    Package(HOST).write(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(NotOurs, match=r"no export made notes\.txt"):
        Package("other.example.org").write(tmp_path)

    assert there(tmp_path) == {**FILES, "notes.txt": b"mine"}


def test_hidden_files_are_no_reason_to_refuse_and_stay(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.bak")
    Package(HOST).write(tmp_path)

    assert there(tmp_path) == {**FILES, ".gitignore": b"*.bak"}


def test_with_force_the_files_of_others_stay_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "readme.md").write_text("precious")
    (tmp_path / "notes.txt").write_text("mine")
    Package(HOST).write(tmp_path, force=True)

    assert there(tmp_path) == {**FILES, "notes.txt": b"mine"}


def test_what_paconn_has_noted_in_the_settings_stays(tmp_path: Path) -> None:
    Package(HOST).write(tmp_path)
    settings = json.loads((tmp_path / "settings.json").read_bytes())
    noted = {"connectorId": "shared_openslot-5f1", "environment": "Default-1", **settings}
    (tmp_path / "settings.json").write_text(json.dumps(noted | {"icon": "other.png"}))
    Package(HOST).write(tmp_path)

    assert json.loads((tmp_path / "settings.json").read_bytes()) == noted


def test_a_folder_in_the_place_of_a_file_stops_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "icon.png").mkdir()
    (tmp_path / "icon.png" / "precious").touch()

    with pytest.raises(IsADirectoryError):
        Package(HOST).write(tmp_path, force=True)

    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*")] == [Path("icon.png"), Path("icon.png/precious")]


def fail_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let one file not be moved to its place, as a full or failing disk would."""
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if self.name == f"new-{name}":
            raise OSError(28, os.strerror(28))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)


def test_what_was_there_comes_back_when_a_file_can_t_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Package("old.example.org", "it")
    old.write(tmp_path)
    (tmp_path / "apiProperties.json").unlink()
    fail_at(monkeypatch, "readme.md")

    with pytest.raises(OSError, match="No space left"):
        Package(HOST).write(tmp_path)

    assert there(tmp_path) == {name: text for name, text in old.files().items() if name != "apiProperties.json"}
    assert not list(tmp_path.glob(".*"))


def test_no_folder_is_left_when_a_file_can_t_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_at(monkeypatch, "readme.md")

    with pytest.raises(OSError, match="No space left"):
        Package(HOST).write(tmp_path / "deep" / "down")

    assert list(tmp_path.iterdir()) == []
