"""Invisible characters, which are often pasted along with a text, and texts without them.

Not in ``core``, since the connector compares addresses too. Source: Unicode, Default_Ignorable_Code_Point and general
categories.
"""

import re
import unicodedata
from itertools import islice
from typing import Literal

import idna

_JOINED = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0000-\U000e0fff"
"""Characters that belong to the one before them: variation selectors, and the tags that make a flag."""
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff0-\ufffc\U0001bca0-\U0001bca3\U0001d173-\U0001d17a" + _JOINED
)
_BLANK = r"\s\u2800\u3164\uffa0"
"""Characters that are shown as a gap: white space, the braille blank, the fillers of Hangul."""
_CONTROL = "\x00-\x1f\x7f-\x9f\ud800-\udfff"
# Inside a text these mean nothing, or reverse the text beside it. Joiners and direction marks stay: they are spelling.
_NEVER_MEANT = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\u00ad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffc]"
)
_BLANKS = re.compile(f"[{_BLANK}]+")
_BEFORE = re.compile(f"[{_BLANK}{_CONTROL}{_INVISIBLE}]*")
_BEHIND = re.compile(f"[{_BLANK}{_CONTROL}{_INVISIBLE.removesuffix(_JOINED)}]*")
_UNSEEN = re.compile(f"[{_INVISIBLE}\u2800]+")
_GAP = re.compile(f"[{_BLANK}{_CONTROL}]*")
_MAX_ADDRESS_LENGTH = 1000
"""Characters. A longer text is no address in any spelling: it is not normalized."""
_SHOWN = re.compile(f"[^{_BLANK}{_CONTROL}{_INVISIBLE}]")
_MAX_CHECKED = 1000
"""A text that begins with so many marks shows nothing but a blot."""
_MAX_MARKS = 30
"""Marks in a row that count as one character. Source: UAX 15, Stream-Safe Text Format."""
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")


def is_seen(text: str) -> bool:
    """Whether ``text`` shows anything: accents and other marks alone do not."""
    first = _SHOWN.search(text)
    if first is None or not _is_mark(first[0]):
        return first is not None
    return any(not _is_mark(one[0]) for one in islice(_SHOWN.finditer(text, first.end()), _MAX_CHECKED))


def normalized(form: Literal["NFC", "NFKC"], text: str) -> str:
    """``text`` in a normal form; unchanged if it has many marks in a row, which take quadratic time to normalize."""
    if text.isascii():
        return text
    marks = 0
    for one in text:
        marks = marks + 1 if unicodedata.combining(one) else 0
        if marks > _MAX_MARKS:
            return text
    return unicodedata.normalize(form, text)


def trimmed(text: str) -> str:
    """``text`` without the blanks, control characters and invisible ones at its ends; empty if nothing is visible."""
    return _without_ends(text, _BEFORE, _BEHIND) if is_seen(text) else ""


def stripped(text: str) -> str:
    """``text`` without the white space at its ends, otherwise unchanged; empty if nothing is visible."""
    return text.strip() if is_seen(text) else ""


def one_line(text: str) -> str:
    """``text`` with single blanks between its words and none at its ends; empty if nothing is visible.

    Joiners within words stay (Persian, emoji). Characters that reverse the direction of text, or mean nothing in a
    line, are removed.
    """
    return trimmed(_BLANKS.sub(" ", _NEVER_MEANT.sub("", text)))


def without_unseen(text: str) -> str:
    """``text`` without invisible characters anywhere, and without blanks at its ends."""
    return _without_ends(_UNSEEN.sub("", text), _GAP, _GAP)


def tidy_address(text: str) -> str:
    """An e-mail address without invisible characters, blanks at its ends and full-width letters.

    Other characters that normalizing would turn into a part of its structure (a dot, an @) stay, so that the address
    is refused.
    """
    seen = without_unseen(text)
    if len(seen) > _MAX_ADDRESS_LENGTH or any(_is_structure(one) for one in seen):
        return seen
    return without_unseen(normalized("NFKC", seen))


def address_key(text: str) -> str:
    """A key that two spellings of one e-mail address share, whatever their case, invisible characters and width.

    The domain is in ASCII.
    """
    local, at, domain = tidy_address(text).lower().rpartition("@")
    return f"{local}{at}{domain_in_ascii(domain)}"


def domain_in_ascii(domain: str) -> str:
    """A domain as it is looked up (IDNA 2008: ``straße.de`` is not ``strasse.de``); unchanged if it can't be one."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _without_ends(text: str, before: re.Pattern[str], behind: re.Pattern[str]) -> str:
    """``text`` without what matches at its ends.

    The end is matched on the reversed text: a pattern that looks for the end is tried everywhere, in quadratic time.
    """
    text = text[_length(before, text) :]
    return text[: len(text) - _length(behind, text[::-1])]


def _length(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return 0 if found is None else found.end()


def _is_structure(character: str) -> bool:
    """Whether the character's compatible form contains punctuation or a blank, and the character is neither."""
    if character.isascii() or _FULL_WIDTH.match(character):
        return False
    plain = unicodedata.normalize("NFKC", character)
    return any(one.isascii() and not one.isalnum() for one in plain)
