"""Somebody who reads a text outside the pages, such as a mail: language, formats and zone."""

from dataclasses import dataclass
from typing import Self
from zoneinfo import ZoneInfo

from openslot.i18n import languages, timezones
from openslot.i18n.formatting import Formats
from openslot.i18n.languages import Language

UTC = ZoneInfo("UTC")


def N_(message: str) -> str:  # noqa: N802 -- the name by which catalogues find a message
    """A message of the catalogues that is translated later."""
    return message


@dataclass(frozen=True)
class Reader:
    language: Language
    formats: Formats

    @classmethod
    def of(cls, timezone: str | None, *tags: str | None) -> Self:
        """Who reads the first of these languages that there is, in a zone; UTC where that is none."""
        language = languages.choose(None, "", *(tag for tag in tags if tag))
        return cls(language, Formats.of(language, timezones.find(timezone) or UTC))

    def gettext(self, message: str, **values: object) -> str:
        """``message`` in the reader's language, with ``%(name)s`` filled in."""
        text = self.language.translations.gettext(message)
        return text % values if values else text
