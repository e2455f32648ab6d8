"""Credentials at rest: encrypted with a key derived from the secret key."""

import base64
import hashlib
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

KEY_FILE = "secret.key"
SHORTEST_KEY = 32


class Vault:
    """Encrypts short texts such as signing keys; says nothing of itself in reprs."""

    def __init__(self, secret_key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"vault:" + secret_key.encode()).digest()))

    def seal(self, text: str) -> bytes:
        """The encrypted form of ``text``, fit for a column."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text that was sealed.

        Raises:
            ValueError: sealed with another secret key, or damaged.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as exc:
            raise ValueError("sealed with another secret key") from exc


def kept_key(configured: str, data_dir: Path) -> str | None:
    """The configured key, else the one kept in ``data_dir``; None where none was made yet.

    Raises:
        ValueError: what is kept is no key.
        OSError: it can't be read.
    """
    if configured:
        return configured
    path = data_dir / KEY_FILE
    try:
        key = path.read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    if len(key) < SHORTEST_KEY or not key.isprintable() or not key.isascii():
        raise ValueError(f"{path} holds no key")
    return key


def secret_key(configured: str, data_dir: Path) -> str:
    """As ``kept_key``; where there is none, it is made, readable by its owner alone.

    Raises:
        ValueError: what is kept is no key.
        OSError: it can't be read or written.
    """
    while (key := kept_key(configured, data_dir)) is None:
        data_dir.mkdir(parents=True, exist_ok=True)
        # Written whole beside its place, then linked to it: nobody reads half a key, and the first one made stays.
        with tempfile.NamedTemporaryFile("w", dir=data_dir, encoding="ascii") as file:  # readable by its owner alone
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(file.name, data_dir / KEY_FILE)
    return key


def is_open_to_others(data_dir: Path) -> bool:
    """Whether others than its owner may read the kept key."""
    try:
        return bool((data_dir / KEY_FILE).stat().st_mode & 0o077)
    except OSError:
        return False
