"""Patterns that find e-mail addresses in texts of the database, for erasure (``personal_data``)."""

from collections.abc import Sequence


def pattern(addresses: Sequence[str]) -> str:
    r"""A PostgreSQL regular expression that matches the addresses, but not within longer ones.

    In JSON text an address may follow an escape such as ``\n``, whose letter is not part of it. Addresses of hosts
    (``user_email`` in payloads) do not match.
    """
    names = "|".join(_escaped(one, ".+-!#$&'*/=?^`{|}~%@") for one in addresses)
    begins = r"(?:(?<![[:alnum:]_.+-])|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4}))"
    return rf'(?<!"user_email": ?"){begins}(?:{names})(?![[:alnum:]_-]|\.[[:alnum:]])'


def like(address: str) -> str:
    """A LIKE pattern that matches every text with the address, and few others."""
    return f"%{''.join(one.lower() if one.isascii() else '%' for one in address)}%"


def _escaped(text: str, special: str) -> str:
    return "".join(f"\\{one}" if one in special or one == "\\" else one for one in text)
