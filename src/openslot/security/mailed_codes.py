"""Codes that are mailed to somebody to type in. Nothing is stored: a code follows from the form and the address."""

import hashlib
import hmac

DIGITS = 6


def code(key: str, form_secret: bytes, email: str) -> str:
    """The code for one form and one address, as it is compared; ``key`` is the secret key of the service."""
    signing = hashlib.sha256(f"mailed codes:{key}".encode()).digest()
    signed = hmac.digest(signing, form_secret + email.encode(), "sha256")
    return f"{int.from_bytes(signed[:8], 'big') % 10**DIGITS:0{DIGITS}}"


def is_code(key: str, form_secret: bytes, email: str, given: str) -> bool:
    """Whether ``given`` is that code, whatever blanks are in it."""
    return hmac.compare_digest(code(key, form_secret, email).encode(), "".join(given.split()).encode())
