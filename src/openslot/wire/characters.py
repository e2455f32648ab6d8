"""Characters that are not seen, and texts without them: what people paste along with what they mean.

Here and not in the core, since the connector compares addresses too. Source: Unicode, Default_Ignorable_Code_Point and
general categories.
"""

import re
import unicodedata
from itertools import islice
from typing import Literal

import idna

_JOINED = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0000-\U000e0fff"
"""Belong to the character before them: variation selectors, and the tags that make a flag."""
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffc\U0001bca0-\U0001bca3\U0001d173-\U0001d17a" + _JOINED
)
_BLANK = r"\s\u2800\u3164\uffa0"
"""Shown as a gap: white space, the braille blank, the fillers of Hangul."""
_CONTROL = "\x00-\x1f\x7f-\x9f\ud800-\udfff"
# Inside a text these mean nothing, or turn around what stands beside it; joiners and marks of direction are spelling.
_NEVER_MEANT = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffc]"
)
_BLANKS = re.compile(f"[{_BLANK}]+")
_BEFORE = re.compile(f"[{_BLANK}{_CONTROL}{_INVISIBLE}]*")
_BEHIND = re.compile(f"[{_BLANK}{_CONTROL}{_INVISIBLE.removesuffix(_JOINED)}]*")
_UNSEEN = re.compile(f"[{_INVISIBLE}\u2800]+")
_GAP = re.compile(f"[{_BLANK}{_CONTROL}]*")
_LONGEST_ADDRESS = 1000
"""Characters; what is longer is no address in any spelling, and is not worth the work."""
_SHOWN = re.compile(f"[^{_BLANK}{_CONTROL}{_INVISIBLE}]")
_MOST_LOOKED_AT = 1000
"""Where a text begins with so many marks, nothing is seen but a blot."""
_MOST_MARKS = 30
"""Marks in a row that count as one character. Source: UAX 15, Stream-Safe Text Format."""
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")


def is_seen(text: str) -> bool:
    """Whether ``text`` shows anything: accents and other marks alone do not."""
    first = _SHOWN.search(text)
    if first is None or not _is_mark(first[0]):
        return first is not None
    return any(not _is_mark(one[0]) for one in islice(_SHOWN.finditer(text, first.end()), _MOST_LOOKED_AT))


def normalized(form: Literal["NFC", "NFKC"], text: str) -> str:
    """``text`` in a normal form; as it is where it heaps up marks, which takes time by the square of their number."""
    if text.isascii():
        return text
    marks = 0
    for one in text:
        marks = marks + 1 if unicodedata.combining(one) else 0
        if marks > _MOST_MARKS:
            return text
    return unicodedata.normalize(form, text)


def trimmed(text: str) -> str:
    """``text`` without blanks, control characters and invisible ones around it; empty where nothing is seen."""
    return _without_ends(text, _BEFORE, _BEHIND) if is_seen(text) else ""


def stripped(text: str) -> str:
    """``text`` as somebody wrote it, without blanks around it; empty where nothing is seen."""
    return text.strip() if is_seen(text) else ""


def one_line(text: str) -> str:
    """``text`` with single blanks between its words and nothing around them; empty where nothing is seen.

    Joiners within words stay (Persian, emoji); what turns the direction of text around goes, and so does what has no
    meaning in a line.
    """
    return trimmed(_BLANKS.sub(" ", _NEVER_MEANT.sub("", text)))


def without_unseen(text: str) -> str:
    """``text`` without the characters that show nothing, wherever they are, and without blanks around it."""
    return _without_ends(_UNSEEN.sub("", text), _GAP, _GAP)


def tidy_address(text: str) -> str:
    """An e-mail address as it was meant: without anything invisible and blanks around it, its letters not full-width.

    Other characters that would become a part of its structure (a dot, an @) stay what they are, to be refused.
    """
    seen = without_unseen(text)
    if len(seen) > _LONGEST_ADDRESS or any(_is_structure(one) for one in seen):
        return seen
    return without_unseen(normalized("NFKC", seen))


def address_key(text: str) -> str:
    """What is equal for two spellings of one e-mail address: case, invisible characters, width, a domain in ASCII."""
    local, at, domain = tidy_address(text).lower().rpartition("@")
    return f"{local}{at}{domain_in_ascii(domain)}"


def domain_in_ascii(domain: str) -> str:
    """A domain as it is looked up (IDNA 2008: ``straße.de`` is not ``strasse.de``); as it is where it can't be one."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _without_ends(text: str, before: re.Pattern[str], behind: re.Pattern[str]) -> str:
    """In time that grows with the text alone, which a pattern that looks for its end does not."""
    text = text[_length(before, text) :]
    return text[: len(text) - _length(behind, text[::-1])]


def _length(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return 0 if found is None else found.end()


def _is_structure(character: str) -> bool:
    """Whether its compatible form holds punctuation or a blank, which it is not itself."""
    if character.isascii() or _FULL_WIDTH.match(character):
        return False
    plain = unicodedata.normalize("NFKC", character)
    return any(one.isascii() and not one.isalnum() for one in plain)
