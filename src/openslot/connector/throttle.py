"""The limit of calls of one connection: at most so many in any window of time, first come first served.

Callers of one connection may have lanes, as flows do: lanes take turns, so that none waits behind all calls of another.

Source: the connector's throttling, 100 calls per 60 s per connection (behaviours, section 5).
"""

import threading
from bisect import insort
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from enum import Enum

from openslot.client.errors import Throttled

LANE: ContextVar[str] = ContextVar("lane", default="")
"""Whose calls those of this task or thread are."""


class _State(Enum):
    WAITING = 1
    AWAY = 2


class _Ticket:
    """One call, from standing in line until its place is given back."""

    def __init__(self, lane: str, turn: int, number: int) -> None:
        self.state = _State.WAITING
        self.lane = lane
        self.order = (turn, number)


def _order(ticket: _Ticket) -> tuple[int, int]:
    return ticket.order


class Throttle:
    """A gate that keeps the limit exactly, wherever the calls are counted.

    A call holds its place from the moment it goes until ``period_seconds`` after it is over, because the moment at
    which the other side counts it lies somewhere in between. A place held by a call under way is therefore taken for
    at least another period, which is why waiting needs no wake-up: each call sleeps until its turn can have come,
    and looks again. Safe to use from several threads and event loops.
    """

    def __init__(
        self,
        calls: int,
        period_seconds: float,
        monotonic: Callable[[], float],
        *,
        fail: bool = False,
    ) -> None:
        """``fail``: raise ``Throttled`` where a call would have to wait."""
        self._calls = calls
        self._period_seconds = period_seconds
        self._monotonic = monotonic
        self._fail = fail
        self._lock = threading.Lock()
        self._line: list[_Ticket] = []
        """Ascending by turn; those of the same turn as they came."""
        self._turn = 0
        """The turn of the call that went last."""
        self._lanes: dict[str, int] = {}
        """The turn of each lane's last ticket that has gone or waits."""
        self._entered = 0
        self._away = 0
        self._free_at: deque[float] = deque()
        """When the places of calls that are over come free, ascending."""

    def enter(self) -> _Ticket:
        lane = LANE.get()
        with self._lock:
            if not self._line:
                self._lanes.clear()
            # a lane has one ticket a turn; one that comes late begins at the present turn
            turn = self._lanes[lane] = max(self._turn, self._lanes.get(lane, 0)) + 1
            self._entered += 1
            ticket = _Ticket(lane, turn, self._entered)
            insort(self._line, ticket, key=_order)
        return ticket

    def wait_seconds(self, ticket: object) -> float:
        """0 if the call may go now, else how long to wait before looking again.

        Raises:
            Throttled: it would have to wait, and this throttle fails instead.
        """
        ticket = _checked(ticket)
        with self._lock:
            now = self._monotonic()
            self._drop_free(now)
            place = self._line.index(ticket)
            free = self._calls - self._away - len(self._free_at)
            if place < free:
                del self._line[place]
                ticket.state = _State.AWAY
                self._turn = max(self._turn, ticket.order[0])
                self._away += 1
                return 0.0
            missing = place - free  # so many places must come free before ours
            free_at = self._free_at[missing] if missing < len(self._free_at) else now + self._period_seconds
        if self._fail:
            raise Throttled(free_at - now)
        return free_at - now

    def leave(self, ticket: object) -> None:
        ticket = _checked(ticket)
        with self._lock:
            if ticket.state is _State.WAITING:
                self._line.remove(ticket)
                # turns that were not taken don't count
                turns = (one.order[0] for one in self._line if one.lane == ticket.lane)
                self._lanes[ticket.lane] = max(turns, default=0)
            else:
                self._away -= 1
                self._free_at.append(self._monotonic() + self._period_seconds)

    def is_idle(self) -> bool:
        """Whether nothing counts any more: no call waits or is under way, and every place is free."""
        with self._lock:
            self._drop_free(self._monotonic())
            return not (self._line or self._away or self._free_at)

    def _drop_free(self, now: float) -> None:
        while self._free_at and self._free_at[0] <= now:
            self._free_at.popleft()


def _checked(ticket: object) -> _Ticket:
    if not isinstance(ticket, _Ticket):
        raise TypeError("a ticket comes from enter()")
    return ticket
