"""Durations as flows in YAML have them: ``90s``, ``15m``, ``2h``, ``1d``."""

import re
from datetime import timedelta

_DURATION = re.compile(r"(-?\d{1,12})\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = timedelta(days=3650)


def duration(text: str) -> timedelta:
    """``90s``, ``15m``, ``2h``, ``1d``, with a minus sign for earlier.

    Raises:
        ValueError: not so.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no duration: write 90s, 15m, 2h or 1d")
    seconds = int(found[1]) * _SECONDS[found[2]]
    if abs(seconds) > _LONGEST.total_seconds():
        raise ValueError(f"{text!r} is more than ten years")
    return timedelta(seconds=seconds)
