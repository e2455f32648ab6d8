"""Encryption of stored credentials with a key derived from the secret key, and the file of the secret key."""

import base64
import hashlib
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

KEY_FILE = "secret.key"
MIN_KEY_LENGTH = 32


class Vault:
    """Encrypts short texts such as signing keys. Its repr shows no key."""

    def __init__(self, secret_key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"vault:" + secret_key.encode()).digest()))

    def seal(self, text: str) -> bytes:
        """The encrypted form of ``text``, fit for a column."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt what ``seal`` returned.

        Raises:
            ValueError: it was sealed with another secret key, or is damaged.
        """
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken as exc:
            raise ValueError("sealed with another secret key") from exc


def kept_key(configured: str, data_dir: Path) -> str | None:
    """The configured key, or the one in the file in ``data_dir``; None where there is no file yet.

    Raises:
        ValueError: the file does not contain a key.
        OSError: the file can't be read.
    """
    if configured:
        return configured
    path = data_dir / KEY_FILE
    try:
        key = path.read_bytes().decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    if len(key) < MIN_KEY_LENGTH or not key.isprintable() or not key.isascii():
        raise ValueError(f"{path} holds no key")
    return key


def secret_key(configured: str, data_dir: Path) -> str:
    """As ``kept_key``; where there is no file, a new key is stored in one that only its owner can read.

    Raises:
        ValueError: the file does not contain a key.
        OSError: the file can't be read or written.
    """
    while (key := kept_key(configured, data_dir)) is None:
        data_dir.mkdir(parents=True, exist_ok=True)
        # Written to a temporary file, which is then linked to its name: so no process reads half a key, and of several
        # processes the first one sets the key.
        with tempfile.NamedTemporaryFile("w", dir=data_dir, encoding="ascii") as file:  # only its owner can read it
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(file.name, data_dir / KEY_FILE)
    return key


def is_open_to_others(data_dir: Path) -> bool:
    """Whether other users than its owner can read the file of the secret key."""
    try:
        return bool((data_dir / KEY_FILE).stat().st_mode & 0o077)
    except OSError:
        return False
