"""How often something may happen: so often at once, and again as time passes. Kept in this process alone (ADR 0030)."""

from datetime import datetime

from openslot.core.epoch import floor_seconds

MOST_KEYS = 20_000
"""About 3 MB. Who used a rate longest ago is forgotten first, so strangers can't fill the memory."""
MICROSECONDS = 1_000_000
"""In a second. Whole numbers, so that what is counted comes out even."""


class Rate:
    """``most`` times at once for each of many keys, and evenly again: all of them after ``seconds``.

    A key is remembered as one number, the moment at which it has all of its times again (the generic cell rate
    algorithm), and by its hash: names and addresses are not kept.
    """

    def __init__(self, most: int, seconds: float, *, keys: int = MOST_KEYS) -> None:
        """``most`` 0: any number."""
        self.most = most
        self._span = int(seconds * MICROSECONDS)
        self._each = self._span // (most or 1)
        self._keys = keys
        self._whole_at: dict[int, int] = {}

    def take(self, key: str, now: datetime) -> float:
        """Use one of the times of ``key``; 0 where there was one, else how many seconds it takes until there is."""
        if not self.most:
            return 0.0
        at = _microseconds(now)
        there = self._end(key, at)
        waits = there + self._each - at - self._span
        self._keep(key, there if waits > 0 else there + self._each)
        return max(waits, 0) / MICROSECONDS

    def give_back(self, key: str, now: datetime) -> None:
        """What was taken has led to nothing."""
        if self.most:
            self._keep(key, self._end(key, _microseconds(now)) - self._each)

    def remaining(self, key: str, now: datetime) -> int:
        """How many times are left at once."""
        at = _microseconds(now)
        return self.most + (at - self._end(key, at)) // self._each

    def whole_in(self, key: str, now: datetime) -> float:
        """Seconds until all of them are there again."""
        at = _microseconds(now)
        return (self._end(key, at) - at) / MICROSECONDS

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._whole_at)

    def _end(self, key: str, at: int) -> int:
        """When ``key`` has all its times again: not before now, nor, should the clock have been set back, too late."""
        return min(max(self._whole_at.get(hash(key), at), at), at + self._span)

    def _keep(self, key: str, whole_at: int) -> None:
        self._whole_at.pop(hash(key), None)  # so that the order is that of use
        if len(self._whole_at) >= self._keys:
            del self._whole_at[next(iter(self._whole_at))]
        self._whole_at[hash(key)] = whole_at


def _microseconds(moment: datetime) -> int:
    return floor_seconds(moment) * MICROSECONDS + moment.microsecond
