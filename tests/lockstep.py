"""A clock for many workers, and what it is for: counting calls in windows of time."""

import asyncio
import heapq
import itertools


class LockstepClock:
    """Time that moves on to the next sleeper as soon as all workers sleep, and never otherwise but by ``advance``."""

    def __init__(self, workers: int) -> None:
        self.now = 0.0
        self._workers = workers
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def monotonic(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def sleep(self, seconds: float) -> None:
        raise AssertionError(f"nobody blocks here, for {seconds} s or at all")

    async def async_sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._numbers), future))
        self._move_on()
        await future

    def retire(self) -> None:
        self._workers -= 1
        self._move_on()

    def _move_on(self) -> None:
        if self._sleepers and len(self._sleepers) == self._workers:
            until, _, future = heapq.heappop(self._sleepers)
            self.now = max(self.now, until)
            future.set_result(None)


def most_in_a_window(times: list[float], seconds: float = 60.0) -> int:
    """The largest number of ``times`` (ascending) in any window of ``seconds``, its end excluded."""
    return max(sum(start <= time < start + seconds for time in times) for start in times)
