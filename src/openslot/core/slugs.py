"""Slugs: names as path segments, transliterated to ASCII, and numbered if taken."""

import re

from anyascii import anyascii

from openslot.core.errors import FieldError
from openslot.wire.characters import trimmed

MAX_SLUG_LENGTH = 50
ALLOWED = f"must have letters from a to z, digits and hyphens alone, {MAX_SLUG_LENGTH} at most"

_OTHERS = re.compile(r"[^a-z0-9]+")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def slugify(text: str, otherwise: str = "host") -> str:
    """``text`` as a path segment: lower-case letters, digits and hyphens; ``otherwise`` where nothing is left."""
    return _cut(_OTHERS.sub("-", anyascii(text).lower()).strip("-"), MAX_SLUG_LENGTH) or otherwise


def numbered(slug: str, number: int) -> str:
    """``slug`` with a number from 2 on: ``ada``, ``ada-2``, ``ada-3``; shortened where it would be too long."""
    ending = f"-{number}" if number > 1 else ""
    return _cut(slug, MAX_SLUG_LENGTH - len(ending)) + ending


def tidy_slug(text: str) -> str:
    """A slug that a user has entered, stripped and in lower case."""
    return trimmed(text).lower()


def check_slug(text: str, errors: list[FieldError], parameter: str = "slug") -> str:
    """A slug that a user has entered; other letters are refused, not transliterated."""
    slug = tidy_slug(text)
    if len(slug) > MAX_SLUG_LENGTH or not _SLUG.fullmatch(slug):
        errors.append(FieldError(parameter, ALLOWED))
    return slug


def _cut(slug: str, length: int) -> str:
    return slug[:length].strip("-")
