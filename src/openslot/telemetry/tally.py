"""Counters of a worker: plain numbers, which its heartbeat stores and ``/metrics`` reads."""

from bisect import bisect_left
from collections import Counter
from typing import Any

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
"""Upper bounds of a histogram's buckets, in seconds; there is one more bucket without a bound."""


class Histogram:
    """The number of observations in each bucket, and their sum."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._sum += seconds

    def as_dict(self) -> dict[str, Any]:
        """The counts by bucket, not cumulative, and the sum."""
        return {"counts": list(self._counts), "sum": round(self._sum, 6)}


class Tally:
    """The counts of one worker since its start."""

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        """Attempts by the class of the response: ``2xx`` to ``5xx``, or ``error`` where there was none."""
        self.outcomes: Counter[str] = Counter()
        """Attempts by outcome: ``delivered``, ``retry``, ``failed``, ``disabled``, ``fault``, ``lost``."""
        self.attempt_seconds = Histogram()
        """From sending to the response."""
        self.lag_seconds = Histogram()
        """From the event to the end of the first attempt, if that succeeded."""

    def as_dict(self) -> dict[str, Any]:
        return {
            "answers": dict(self.answers),
            "outcomes": dict(self.outcomes),
            "attempt_seconds": self.attempt_seconds.as_dict(),
            "lag_seconds": self.lag_seconds.as_dict(),
        }
