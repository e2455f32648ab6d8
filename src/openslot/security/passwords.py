"""Passwords: argon2id."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """An argon2id hash with its parameters and salt."""
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether ``password`` is the one that ``stored`` was made of; takes as long for no stored hash."""
    try:
        _hasher.verify(stored or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _decoy() -> str:
    """Made when it is needed first: it takes a tenth of a second, and few processes check a password."""
    return _hasher.hash("nobody's password")
