"""How often a failed run is attempted again, and after which waits."""

from datetime import timedelta

from msgspec import Struct


class Backoff(Struct, frozen=True):
    """How often a run that fails is begun, and the waits in between: each twice the one before."""

    attempts: int = 14
    """The last failure makes a dead letter: with the waits below, after some 17 hours."""
    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(hours=6)

    def __post_init__(self) -> None:
        """Check it.

        Raises:
            ValueError: not one attempt, or a wait of less than nothing.
        """
        if self.attempts < 1:
            raise ValueError(f"a flow makes one attempt or more, not {self.attempts}")
        if min(self.first, self.longest) < timedelta():
            raise ValueError("the waits between attempts are no shorter than nothing")

    def wait(self, attempt: int) -> timedelta | None:
        """What lies between attempt number ``attempt``, from 1, and the next; ``None`` if there is no next one."""
        if attempt >= self.attempts:
            return None
        factor: int = 2 ** min(attempt - 1, 30)
        return min(self.first * factor, self.longest)
