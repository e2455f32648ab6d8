"""Choices of questions: how they are kept, and which of them an answer means. Pages, API and routing compare alike."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from openslot.wire.characters import is_seen, normalized, one_line, stripped

LONGEST_CHOICE = 10_000
"""As long as an answer may be, or nobody could give it."""
MOST_CHOSEN = 500
"""Parts of an answer that are looked at one by one; what follows is taken as one."""


class Chosen(NamedTuple):
    """One of several things that an answer says."""

    text: str
    place: int | None
    """Among the choices; None: the invitee's own words."""


def tidy_choices(choices: Iterable[str]) -> list[str]:
    """Choices to keep: each on one line, none empty, none twice."""
    kept: dict[str, str] = {}
    for text in map(one_line, choices):
        if text:
            kept.setdefault(_key(text), text)
    return list(kept.values())


def is_same_choice(one: str, other: str) -> bool:
    """Whether both are one choice, whatever blanks and line ends are in or around them."""
    return _key(one) == _key(other)


def choice_meant(answer: str, choices: Sequence[str]) -> int | None:
    """The place of the choice that ``answer`` is; None where it is none of them."""
    return _places(choices).get(_key(answer)) if is_seen(answer) else None


def choices_meant(answer: str, choices: Sequence[str], *, separator: str = "\n") -> list[Chosen]:
    """What a list of choices says, in its order; a choice that holds the separator itself is known as a whole.

    ``separator`` is a comma in addresses (behaviours, section 14) and the end of a line in the API (section 8).
    """
    places = _places(choices)
    longest = 1 + max((choice.replace("\r", "\n").count(separator) for choice in choices), default=0)
    parts = answer.split(separator, MOST_CHOSEN)
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
    """The first place of each choice that can be seen."""
    found: dict[str, int] = {}
    for place, choice in enumerate(choices):
        if key := _key(choice):
            found.setdefault(key, place)
    return found


def _key(text: str) -> str:
    return re.sub(r" ?, ?", ",", normalized("NFC", one_line(text)))
