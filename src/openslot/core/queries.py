"""Parses the query string of a URL, and decides for each plus sign whether it means a space.

A plus sign is a space, as in forms. But many links are built without encoding their values. So in a value that can't
contain spaces, such as an e-mail address, an instant or a zone's name, it is a plus.
Source: since-september, section 7.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote_to_bytes

Reader = Callable[[str], str]
"""Turns a raw value, in which ``PLUS`` stands for each plus sign, into its meaning."""

PLUS = "\udfff"
"""A placeholder that can't occur in text decoded from bytes."""

_BLANKS = f" \t\n\r\u00a0\u3000{PLUS}"
_SEPARATORS = re.compile(r"[\s,;\u060c\u3001\uff0c\uff1b]+")
_BEHIND_DOMAIN = re.compile(rf"(@[^@{PLUS}]*){PLUS}+")
_NUMBER = re.compile(rf"(?P<before>(?:[Tt][Ee][Ll]:)?[\s(\[{PLUS}]*){PLUS}(?P<number>[1-9][\d\s()\[\]./{PLUS}-]*)")
_MIN_DIGITS = 7


def pairs(query: bytes, readers: Mapping[str, Reader]) -> list[tuple[str, str]]:
    """Names and values in order; a value without an entry in ``readers`` is text, in which a plus sign is a space."""
    found = []
    for pair in query.split(b"&"):
        if not pair:
            continue
        name, _, value = pair.partition(b"=")
        key = _decoded(name.replace(b"+", b" "))
        text = PLUS.join(_decoded(part) for part in value.split(b"+"))
        found.append((key, readers.get(key, _text)(text)))
    return found


def without_blanks(value: str) -> str:
    """A value that can't contain spaces: an e-mail address, an instant, a zone's name."""
    return value.strip(_BLANKS).replace(PLUS, "+")


def addresses(value: str) -> str:
    """E-mail addresses with commas between them. A plus sign next to a separator or after a domain is a space."""
    texts = (_BEHIND_DOMAIN.sub(r"\1,", one.strip(PLUS)) for one in separated(value))
    return ",".join(_text(one, "+") for one in texts)


def separated(text: str) -> list[str]:
    """The items of a list of addresses, separated by commas or semicolons of any script, or white space."""
    return [one for one in _SEPARATORS.split(text) if one]


def maybe_number(value: str) -> str:
    """Text, or a phone number, which begins with a plus."""
    number = _NUMBER.fullmatch(value)
    if number is None or sum(one.isdecimal() for one in number["number"]) < _MIN_DIGITS:
        return _text(value)
    return f"{_text(number['before'])}+{_text(number['number'])}"


def numbers(value: str) -> str:
    """Phone numbers with commas between them, each of which may begin with a plus."""
    return ",".join(maybe_number(one) for one in value.split(","))


def _text(value: str, plus: str = " ") -> str:
    return value.replace(PLUS, plus)


def _decoded(part: bytes) -> str:
    return unquote_to_bytes(part).decode("utf-8", "replace")
