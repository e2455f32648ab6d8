"""Credentials at rest. Source: design, section 8."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from openslot.security.vault import KEY_FILE, Vault, secret_key


def test_what_was_sealed_opens_with_the_same_key_only() -> None:
    sealed = Vault("one key").seal("a signing key")

    assert b"a signing key" not in sealed
    assert Vault("one key").open(sealed) == "a signing key"
    with pytest.raises(ValueError, match="another secret key"):
        Vault("another key").open(sealed)


def test_a_configured_key_is_the_key(tmp_path: Path) -> None:
    assert secret_key("configured", tmp_path) == "configured"
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    made = secret_key("", tmp_path / "data")

    assert secret_key("", tmp_path / "data") == made
    assert [one.name for one in (tmp_path / "data").iterdir()] == [KEY_FILE]
    assert stat.S_IMODE((tmp_path / "data" / KEY_FILE).stat().st_mode) == 0o600


def test_of_many_who_start_at_once_all_get_the_same_whole_key(tmp_path: Path) -> None:
    together = Barrier(16)

    def start(_: int) -> str:
        together.wait()
        return secret_key("", tmp_path)

    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(start, range(16)))

    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert [one.name for one in tmp_path.iterdir()] == [KEY_FILE]


@pytest.mark.parametrize("kept", ["", "short"])
def test_a_damaged_key_is_refused(tmp_path: Path, kept: str) -> None:
    """With an empty key every cookie and credential would be signed by what everybody knows."""
    (tmp_path / KEY_FILE).write_text(kept)

    with pytest.raises(ValueError, match="holds no key"):
        secret_key("", tmp_path)
