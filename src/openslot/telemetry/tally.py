"""What a worker counts: plain numbers that travel with its heartbeat and become metrics where they are asked for."""

from bisect import bisect_left
from collections import Counter
from typing import Any

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
"""Upper ends of a histogram's buckets, in seconds; one more is without end."""


class Histogram:
    """How many observations lay below each bound, and their sum."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._sum += seconds

    def as_dict(self) -> dict[str, Any]:
        """Counts bucket by bucket (not added up) and the sum."""
        return {"counts": list(self._counts), "sum": round(self._sum, 6)}


class Tally:
    """Of one worker, since its start."""

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        """Attempts by the kind of answer: ``2xx`` to ``5xx``, or ``error`` where none came."""
        self.outcomes: Counter[str] = Counter()
        """Attempts by what follows: ``delivered``, ``retry``, ``failed``, ``disabled``, ``lost``."""
        self.attempt_seconds = Histogram()
        """From sending to the answer."""
        self.lag_seconds = Histogram()
        """From the event to the end of a first attempt that got through."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "answers": dict(self.answers),
            "outcomes": dict(self.outcomes),
            "attempt_seconds": self.attempt_seconds.as_dict(),
            "lag_seconds": self.lag_seconds.as_dict(),
        }
