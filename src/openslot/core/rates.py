"""Rate limits: a burst of so many uses, refilled evenly over time. Each process counts for itself (ADR 0030)."""

from datetime import datetime

from openslot.core.epoch import floor_seconds

MAX_KEYS = 20_000
"""About 3 MB. The least recently used key is dropped first, so that strangers can't fill the memory."""
MICROSECONDS = 1_000_000
"""Per second. Times are whole numbers, so that sums are exact."""


class Rate:
    """Allows ``most`` uses at once for each key, refilled evenly within ``seconds``.

    This is the generic cell rate algorithm: a key is stored as one number, the moment at which all its uses are
    available again. Keys are stored by their hash, so that no names and addresses are kept.
    """

    def __init__(self, most: int, seconds: float, *, keys: int = MAX_KEYS) -> None:
        """``most`` 0: no limit."""
        self.most = most
        self._span = int(seconds * MICROSECONDS)
        self._each = self._span // (most or 1)
        self._keys = keys
        self._full_at: dict[int, int] = {}

    def take(self, key: str, now: datetime) -> float:
        """Take one use of ``key``; 0 if there was one, else the seconds until there is one."""
        if not self.most:
            return 0.0
        at = _microseconds(now)
        there = self._end(key, at)
        waits = there + self._each - at - self._span
        self._keep(key, there if waits > 0 else there + self._each)
        return max(waits, 0) / MICROSECONDS

    def give_back(self, key: str, now: datetime) -> None:
        """Return a use that ``take`` has taken, because nothing came of it."""
        if self.most:
            self._keep(key, self._end(key, _microseconds(now)) - self._each)

    def remaining(self, key: str, now: datetime) -> int:
        """The number of uses available now."""
        at = _microseconds(now)
        return self.most + (at - self._end(key, at)) // self._each

    def seconds_until_full(self, key: str, now: datetime) -> float:
        """Seconds until all uses are available again."""
        at = _microseconds(now)
        return (self._end(key, at) - at) / MICROSECONDS

    def __len__(self) -> int:
        """The number of stored keys."""
        return len(self._full_at)

    def _end(self, key: str, at: int) -> int:
        """When ``key`` has all its uses again: at the earliest now, and at the latest in ``seconds``.

        The stored moment may be later than that after the clock was set back.
        """
        return min(max(self._full_at.get(hash(key), at), at), at + self._span)

    def _keep(self, key: str, full_at: int) -> None:
        self._full_at.pop(hash(key), None)  # re-inserted at the end, so that the order is that of use
        if len(self._full_at) >= self._keys:
            del self._full_at[next(iter(self._full_at))]
        self._full_at[hash(key)] = full_at


def _microseconds(moment: datetime) -> int:
    return floor_seconds(moment) * MICROSECONDS + moment.microsecond
