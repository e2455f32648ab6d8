"""Credentials at rest: encrypted with a key derived from the secret key."""

import base64
import hashlib
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

KEY_FILE = "secret.key"


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


def secret_key(configured: str, data_dir: Path) -> str:
    """The configured key, else the one kept in ``data_dir``, made at the first call and readable by its owner alone."""
    if configured:
        return configured
    path = data_dir / KEY_FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()
