"""Rate limits: how often something may be done, for each key (ADR 0030, 0036). Pure: counts are stored elsewhere.

There are two rules. ``Window`` is the API's: so many uses in a window that begins with the first one, as the
``X-RateLimit`` headers describe it. ``Refill`` is for people: a burst of so many uses, refilled evenly over time, so
that nobody waits for the end of a window. Times are whole microseconds since 1970, so that sums are exact.

A process may ask with a moment that is a little older than what another has stored meanwhile, since it waited. Only a
count that lies further ahead than twice the span of its rule is from before the clock was set back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, Self

from openslot.core.epoch import EPOCH

MAX_KEYS = 20_000
"""About 4 MB. The least recently used key is dropped first, so that strangers can't fill the memory."""
MICROSECONDS = 1_000_000
"""Per second."""
_MICROSECOND = timedelta(microseconds=1)


Count = tuple[int, int]
"""What is stored of a key: from which moment on it is as if nothing had been counted, and the uses of a window."""
NOTHING: Count = (0, 0)

Step = tuple[Count, int, int, int]
"""What comes of a use: the new count, the uses that are left, how long until all are there again, and how long there
is none; where that is not 0, the use is refused and the count is without it."""


class Rule(Protocol):
    """Decides on one use of a key, from what is stored of it."""

    most: int
    """Uses at once; 0: any number."""

    def take(self, count: Count, at: int) -> Step:
        """One more use."""

    def give_back(self, count: Count, at: int) -> Count:
        """The count without one use, because nothing came of it."""


class Window:
    """At most ``most`` uses within ``seconds`` from the first one. Source: behaviours, section 5."""

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self._span = int(seconds * MICROSECONDS)

    def take(self, count: Count, at: int) -> Step:
        end, used = self._open(count, at)
        reset = min(end - at, self._span)
        if used >= self.most:
            return (end, used), 0, reset, reset
        return (end, used + 1), self.most - used - 1, reset, 0

    def give_back(self, count: Count, at: int) -> Count:
        end, used = self._open(count, at)
        return end, max(used - 1, 0)

    def _open(self, count: Count, at: int) -> Count:
        """The window that is open; a new one where the stored one is over."""
        return count if at < count[0] <= at + 2 * self._span else (at + self._span, 0)


class Refill:
    """``most`` uses at once, refilled evenly within ``seconds``.

    This is the generic cell rate algorithm: stored is the moment at which all uses are available again.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self._span = int(seconds * MICROSECONDS)
        self._each = self._span // (most or 1)

    def take(self, count: Count, at: int) -> Step:
        end = self._end(count, at)
        waits = end + self._each - at - self._span
        if waits > 0:
            return (end, 0), 0, end - at, waits
        end += self._each
        return (end, 0), self.most + (at - end) // self._each, end - at, 0

    def give_back(self, count: Count, at: int) -> Count:
        return self._end(count, at) - self._each, 0

    def _end(self, count: Count, at: int) -> int:
        """When all uses are there again: at the earliest now."""
        end = max(count[0], at)
        return end if end <= at + 2 * self._span else at + self._span


class Counts(Protocol):
    """Stores counts by key. Reading and writing happen inside ``with``, where nobody else does either."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def key(self, name: str, text: str) -> bytes:
        """The key of ``text`` under the limit ``name``: a digest, so that no address and no name is stored."""

    def get(self, key: bytes) -> Count:
        """What is stored; ``NOTHING`` where that is nothing."""

    def put(self, key: bytes, count: Count) -> None:
        """Store it."""


class OwnCounts:
    """The counts of one process, in its memory."""

    def __init__(self, keys: int = MAX_KEYS) -> None:
        self._keys = keys
        self._counts: dict[bytes, Count] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def key(self, name: str, text: str) -> bytes:
        return hash((name, text)).to_bytes(8, "big", signed=True)

    def get(self, key: bytes) -> Count:
        return self._counts.get(key, NOTHING)

    def put(self, key: bytes, count: Count) -> None:
        self._counts.pop(key, None)  # re-inserted at the end, so that the order is that of use
        if len(self._counts) >= self._keys:
            del self._counts[next(iter(self._counts))]
        self._counts[key] = count

    def __len__(self) -> int:
        """The number of stored keys."""
        return len(self._counts)


class Use(NamedTuple):
    """One use of a key under a rule."""

    rule: Rule
    key: bytes


class Taken(NamedTuple):
    """The outcome of a use, as its caller is told: of several rules, that of the one with the fewest uses left."""

    most: int
    remaining: int
    reset_seconds: float
    """Until all uses are available again."""
    wait_seconds: float
    """0: it was counted. Else nothing was, and until then there is no use."""


def take(counts: Counts, uses: Sequence[Use], now: datetime) -> Taken:
    """Count one use under every rule, or under none where one of them has no use left. ``uses`` is not empty."""
    at = microseconds(now)
    if len(uses) == 1:  # most calls; the rest below does the same for any number, at twice the cost
        rule, key = uses[0]
        with counts:
            before = counts.get(key)
            count, left, reset, wait = rule.take(before, at)
            if count != before:
                counts.put(key, count)
        return Taken(rule.most, left, reset / MICROSECONDS, wait / MICROSECONDS)
    with counts:
        stored = [counts.get(use.key) for use in uses]
        steps = [use.rule.take(count, at) for use, count in zip(uses, stored, strict=True)]
        is_refused = any(wait for _, _, _, wait in steps)
        for use, before, (count, _, _, wait) in zip(uses, stored, steps, strict=True):
            if count != before and (wait or not is_refused):  # a refused one differs where the clock was set back
                counts.put(use.key, count)
    # a rule that would allow it says how many were left after it; where others refuse, it is not what is shown
    shown = [(left, -wait, -reset, use.rule.most) for use, (_, left, reset, wait) in zip(uses, steps, strict=True)
             if wait or not is_refused]  # fmt: skip
    left, wait, reset, most = min(shown)
    return Taken(most, left, -reset / MICROSECONDS, -wait / MICROSECONDS)


def give_back(counts: Counts, uses: Sequence[Use], now: datetime) -> None:
    """Return uses that ``take`` has counted, because nothing came of them."""
    at = microseconds(now)
    with counts:
        for use in uses:
            counts.put(use.key, use.rule.give_back(counts.get(use.key), at))


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // _MICROSECOND
