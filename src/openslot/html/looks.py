"""The colors that the page around an embed wishes for, made into a stylesheet in which all can be read.

Source of the keys: behaviours, section 14. Source of the contrasts: WCAG 2.2, 1.4.3 and 1.4.11.
"""

import re
from functools import lru_cache
from typing import NamedTuple, Self

from openslot.html.colors import (
    DARK_SURFACE,
    LIGHT_SURFACE,
    TEXT_CONTRAST,
    accent_declarations,
    contrast,
    mix,
    readable,
)

USUAL = "auto"
"""Stands in a look's name for a color that is ours."""
_COLOR = re.compile(r"#?([0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_NAME = re.compile(rf"({USUAL}|[0-9a-f]{{6}})-({USUAL}|[0-9a-f]{{6}})-([0-9a-f]{{6}})\.css")
LIGHT_GROUND, DARK_GROUND = "f4f5f7", "0e0f12"
"""What is around a card; those of page.css."""
_LIGHT_INK, _DARK_INK = "16181d", "eceef2"
_LIGHT_BAD, _DARK_BAD = "b3261e", "ff9d94"
_GRAPHIC = 3
"""The contrast that borders need."""


class Look(NamedTuple):
    """Six hex digits each, in lower case; None: ours, for light and for dark pages."""

    background: str | None
    text: str | None
    accent: str

    @property
    def name(self) -> str:
        """The last part of its stylesheet's address."""
        return f"{self.background or USUAL}-{self.text or USUAL}-{self.accent}.css"

    @classmethod
    def named(cls, name: str) -> Self | None:
        """The look whose stylesheet has this name."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        background, text, accent = found.groups()
        return cls(None if background == USUAL else background, None if text == USUAL else text, accent)


def color_of(text: str) -> str | None:
    """A color as the query of a page has it: six hex digits, or three; None: it is none."""
    found = _COLOR.fullmatch(text)
    if found is None:
        return None
    digits = found[1].lower()
    return digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)  # noqa: PLR2004 # one per half byte


@lru_cache(maxsize=256)
def look_stylesheet(look: Look) -> str:
    """CSS that sets the colors of a page. A background of the site's own is the same on light and on dark screens."""
    if look.background is None:
        light, dark = _colors(look, LIGHT_SURFACE, is_dark=False), _colors(look, DARK_SURFACE, is_dark=True)
        return f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    is_dark = contrast(look.background, "ffffff") > contrast(look.background, "000000")
    scheme = "dark" if is_dark else "light"
    return f":root{{color-scheme:{scheme};{_colors(look, look.background, is_dark=is_dark)}}}\n"


def _colors(look: Look, surface: str, *, is_dark: bool) -> str:
    strongest = "ffffff" if is_dark else "000000"
    ground = surface if look.background else DARK_GROUND if is_dark else LIGHT_GROUND
    ink = readable(look.text or (_DARK_INK if is_dark else _LIGHT_INK), (surface, ground), strongest)
    colors = {"ink": ink, "ink-2": readable(mix(ink, surface, 0.3), (surface, ground), strongest)}
    if look.background:
        colors |= _surfaces(surface, ink, strongest, bad=_DARK_BAD if is_dark else _LIGHT_BAD)
    declared = ";".join(f"--{name}:#{color}" for name, color in colors.items())
    return f"{declared};{accent_declarations(look.accent, surface, towards=strongest, is_dark=is_dark)}"


def _surfaces(surface: str, ink: str, strongest: str, *, bad: str) -> dict[str, str]:
    """What else depends on a background of the site's own."""
    bad_soft = mix(surface, bad, 0.08)
    if contrast(strongest, bad_soft) < TEXT_CONTRAST:
        bad_soft = surface
    return {
        "surface": surface,
        "ground": surface,
        "line": mix(surface, ink, 0.14),
        "line-strong": readable(mix(surface, ink, 0.5), (surface,), strongest, wanted=_GRAPHIC),
        "bad": readable(bad, (surface, bad_soft), strongest),
        "bad-soft": bad_soft,
    }
