"""An event type's color made into an accent that is readable, on light pages and on dark ones.

Source of the arithmetic: WCAG 2.2, relative luminance and contrast ratio.
"""

import re
from functools import lru_cache

HEX = re.compile(r"[0-9a-f]{6}")
TEXT_CONTRAST = 4.5
LIGHT_SURFACE = "ffffff"
DARK_SURFACE = "17191e"
_TINT = 0.12
_DARK_TINT = 0.2
_STEPS = 20
_LINEAR_BELOW = 0.04045

Rgb = tuple[float, float, float]


@lru_cache(maxsize=256)
def accent_stylesheet(color: str) -> str:
    """CSS that sets ``--accent`` and what stands on and beside it; ``color`` is six hex digits, lower case."""
    light = _declarations(color, LIGHT_SURFACE, towards="000000", tint=_TINT)
    dark = _declarations(color, DARK_SURFACE, towards="ffffff", tint=_DARK_TINT)
    return f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def contrast(one: str, other: str) -> float:
    """From 1 (equal) to 21 (black on white)."""
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def mix(color: str, other: str, share: float) -> str:
    """``color`` with ``share`` (0 to 1) of ``other``."""
    pairs = zip(_rgb(color), _rgb(other), strict=True)
    return "".join(f"{round(255 * (a + (b - a) * share)):02x}" for a, b in pairs)


def _declarations(color: str, surface: str, *, towards: str, tint: float) -> str:
    ground = _readable(color, (surface,), towards, wanted=3)  # a button is seen against the page as well
    soft = mix(surface, ground, tint)  # of what is seen: a tint of a color that is nearly the page's would not be
    ink = _readable(color, (surface, soft), towards)
    text = max(("ffffff", "000000"), key=lambda candidate: (contrast(candidate, ground) >= TEXT_CONTRAST, candidate))
    return f"--accent:#{ground};--on-accent:#{text};--accent-ink:#{ink};--accent-soft:#{soft}"


def _readable(color: str, grounds: tuple[str, ...], towards: str, *, wanted: float = TEXT_CONTRAST) -> str:
    """``color``, moved towards black or white until it can be read on each of ``grounds``."""
    steps = (mix(color, towards, step / _STEPS) for step in range(_STEPS + 1))
    return next((step for step in steps if all(contrast(step, ground) >= wanted for ground in grounds)), towards)


def _rgb(color: str) -> Rgb:
    red, green, blue = (int(color[index : index + 2], 16) / 255 for index in (0, 2, 4))
    return red, green, blue


def _luminance(color: str) -> float:
    linear = (part / 12.92 if part <= _LINEAR_BELOW else ((part + 0.055) / 1.055) ** 2.4 for part in _rgb(color))
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
