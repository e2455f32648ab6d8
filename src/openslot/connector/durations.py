"""Durations as people write them in flows: ``90s``, ``15m``, ``2h``, ``1d``."""

import re
from datetime import timedelta

_DURATION = re.compile(r"(-?\d+)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """``90s``, ``15m``, ``2h``, ``1d``, with a minus sign for earlier.

    Raises:
        ValueError: not so.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no duration: write 90s, 15m, 2h or 1d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
