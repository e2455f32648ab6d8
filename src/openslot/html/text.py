"""Text as it arrives from forms and addresses."""

import re
from uuid import UUID

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]+")
_BLANK_LINES = re.compile(r"\n\s*\n")


def clean(text: str) -> str:
    """Without control characters and halves of surrogate pairs, which no database keeps; line ends are unified."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def paragraphs(text: str | None) -> list[list[str]]:
    """The paragraphs of a plain text, each as its lines."""
    blocks = _BLANK_LINES.split((text or "").strip())
    return [block.split("\n") for block in blocks if block]


def excerpt(text: str | None, *, longest: int = 200) -> str:
    """The beginning of a text in one line, of at most ``longest`` characters, cut between words."""
    line = " ".join((text or "").split())
    return line if len(line) <= longest else f"{line[: longest - 1].rsplit(' ', 1)[0]}\N{HORIZONTAL ELLIPSIS}"


def initials(name: str) -> str:
    """One or two letters that stand for a picture."""
    words = [word for word in name.split() if word[0].isalnum()]
    chosen = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0] for word in chosen).upper()


def identifier(text: str | None) -> UUID | None:
    """The id that ``text`` spells, if it does."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
