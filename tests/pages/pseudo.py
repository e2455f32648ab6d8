"""A made-up language to prove the pages with: every message, and no other text, is in Hebrew letters and 40 % longer.

Hebrew is written from right to left, so its pages are mirrored; and what is still in Latin letters on one of them was
never given to gettext.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from math import ceil
from pathlib import Path
from string import ascii_lowercase

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from openslot.i18n import extraction, languages

CODE = "he"
LONGER = 0.4
"""By how much: as translations may be, compared with English."""
_PLACEHOLDER = re.compile(r"(%\(\w+\)[sd])")
_LETTERS = str.maketrans({letter: chr(0x5D0 + number) for number, letter in enumerate(ascii_lowercase)})


def disguised(message: str) -> str:
    """The message in Hebrew letters, longer, with what is filled in as it was."""
    parts = _PLACEHOLDER.split(message)
    words = "".join(part if _PLACEHOLDER.fullmatch(part) else part.lower().translate(_LETTERS) for part in parts)
    more = ("\N{HEBREW LETTER SHIN}" * 6 + " ") * len(message)
    return words + " " + more[: ceil(LONGER * len(message))].strip()


@cache
def catalogue() -> Catalog:
    """Every message of the sources, disguised; the plural forms differ in nothing."""
    made = Catalog(locale=CODE, domain=languages.DOMAIN)
    for message in extraction.messages():
        if message.id and isinstance(message.id, str):
            made.add(message.id, disguised(message.id))
        elif message.id:
            made.add(message.id, (disguised(message.id[1]),) * made.num_plurals)
    return made


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    """English and the made-up language are the only ones until the block ends."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(languages, "FOLDER", folder)
        path = languages.path_of(CODE)
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_po(file, catalogue())
        languages.codes.cache_clear()
        yield
    languages.codes.cache_clear()
