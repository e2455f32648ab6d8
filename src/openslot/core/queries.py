"""What the query of an address says, each plus sign read as who made the link meant it.

A plus sign stands for a blank (as forms write it), unless a link was put together without encoding its values. In what
holds no blanks, an address, an instant or the name of a zone, it is a plus then. Source: since-september, section 7.
"""

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote_to_bytes

Reader = Callable[[str], str]
"""From a value, in which ``PLUS`` is a plus sign as it stood in the address, to what it says."""

PLUS = "\udfff"
"""No text that is decoded from bytes holds it."""

_BLANKS = f" \t\n\r\u00a0\u3000{PLUS}"
_SEPARATORS = re.compile(r"[\s,;\u060c\u3001\uff0c\uff1b]+")
_BEHIND_DOMAIN = re.compile(rf"(@[^@{PLUS}]*){PLUS}+")
_NUMBER = re.compile(rf"(?P<before>(?:[Tt][Ee][Ll]:)?[\s(\[{PLUS}]*){PLUS}(?P<number>[1-9][\d\s()\[\]./{PLUS}-]*)")
_FEWEST_DIGITS = 7


def pairs(query: bytes, readers: Mapping[str, Reader]) -> list[tuple[str, str]]:
    """Names and values in order; what ``readers`` does not name is text, in which a plus sign is a blank."""
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
    """What holds no blank: an e-mail address, an instant, the name of a zone."""
    return value.strip(_BLANKS).replace(PLUS, "+")


def addresses(value: str) -> str:
    """E-mail addresses with commas between them. A plus sign beside a separator, or behind a domain, is a blank."""
    texts = (_BEHIND_DOMAIN.sub(r"\1,", one.strip(PLUS)) for one in separated(value))
    return ",".join(_text(one, "+") for one in texts)


def separated(text: str) -> list[str]:
    """The addresses of a list, as people separate them: by commas and semicolons of any script, blanks, lines."""
    return [one for one in _SEPARATORS.split(text) if one]


def maybe_number(value: str) -> str:
    """Text, or a telephone number, which begins with a plus."""
    number = _NUMBER.fullmatch(value)
    if number is None or sum(one.isdecimal() for one in number["number"]) < _FEWEST_DIGITS:
        return _text(value)
    return f"{_text(number['before'])}+{_text(number['number'])}"


def _text(value: str, plus: str = " ") -> str:
    return value.replace(PLUS, plus)


def _decoded(part: bytes) -> str:
    return unquote_to_bytes(part).decode("utf-8", "replace")
