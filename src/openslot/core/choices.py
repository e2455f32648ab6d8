"""Choices of questions: how they are stored, and which one an answer means. Pages, API and routing forms share this."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from openslot.wire.characters import is_seen, normalized, one_line, stripped

MAX_CHOICE_LENGTH = 10_000
"""The limit for an answer: a longer choice could not be given as an answer."""
MAX_CHOSEN = 500
"""Parts of an answer that are matched one by one; the rest is taken as a single part."""


class Chosen(NamedTuple):
    """One part of an answer."""

    text: str
    place: int | None
    """The index of the choice; None: the invitee's own text."""


def tidy_choices(choices: Iterable[str]) -> list[str]:
    """Choices as they are stored: each on one line, without empty ones and duplicates."""
    kept: dict[str, str] = {}
    for text in map(one_line, choices):
        if text:
            kept.setdefault(_key(text), text)
    return list(kept.values())


def is_same_choice(one: str, other: str) -> bool:
    """Whether both texts mean the same choice, apart from white space."""
    return _key(one) == _key(other)


def choice_meant(answer: str, choices: Sequence[str]) -> int | None:
    """The index of the choice that ``answer`` means; None where it means none of them."""
    return _places(choices).get(_key(answer)) if is_seen(answer) else None


def choices_meant(answer: str, choices: Sequence[str], *, separator: str = "\n") -> list[Chosen]:
    """The parts of an answer that lists choices, in its order; a choice that contains the separator is one part.

    ``separator`` is a comma in URLs (behaviours, section 14) and a newline in the API (section 8).
    """
    places = _places(choices)
    longest = 1 + max((choice.replace("\r", "\n").count(separator) for choice in choices), default=0)
    parts = answer.split(separator, MAX_CHOSEN)
    found, at = [], 0
    while at < len(parts):
        for end in range(min(at + longest, len(parts)), at, -1):
            place = places.get(_key(separator.join(parts[at:end])))
            if place is not None:
                found.append(Chosen(one_line(choices[place]), place))
                at = end
                break
        else:
            own = stripped(parts[at])
            if own:
                found.append(Chosen(own, None))
            at += 1
    return found


def _places(choices: Sequence[str]) -> dict[str, int]:
    """The first index of each choice, by its key; invisible ones are left out."""
    found: dict[str, int] = {}
    for place, choice in enumerate(choices):
        if key := _key(choice):
            found.setdefault(key, place)
    return found


def _key(text: str) -> str:
    return re.sub(r" ?, ?", ",", normalized("NFC", one_line(text)))
