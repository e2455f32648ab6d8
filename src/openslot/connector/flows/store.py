"""What flows remember: events, their runs, and a few named texts. Stored by ``sqlite``, or by a store of your own.

The rules of every store, which ``tests/connector/flows/test_stores.py`` checks for each:

- *Events* are known by ``NewEvent.id``: one that comes again adds nothing, and begins nothing again.
- *States*: a run is ``waiting`` until it is claimed, then ``running``, then ``done``, ``failed`` (a dead letter) or
  ``waiting`` again. ``canceled`` is a delayed run whose invitee canceled or moved, or a run that was discarded.
- *Claim order*: what is due first goes first, and of that what came in first. A run that is not delayed waits until
  every earlier run of its flow about the same invitee or submission has ended; delayed runs keep no order.
- *A cancellation* ends the delayed runs about its invitee that still wait, also those that come in after it.
- *A killed runner's* runs wait again once its flow is taken over; whatever it noted of their progress is kept.
- *The backlog* of a flow is what is ``waiting``, ``running`` or ``failed``. It is never pruned.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Literal, Protocol

from msgspec import Struct

State = Literal["waiting", "running", "done", "failed", "canceled"]
"""See above."""

KEEP_DAYS = 30
"""How long what is finished is kept. An event that comes again within that time runs nothing again."""


class NewRun(Struct, frozen=True):
    """A function of a flow that is to run on an event."""

    flow: str
    handler: str
    due_at: float
    """Unix seconds."""
    is_delayed: bool = False
    """Delayed runs keep no order, and end when their invitee cancels."""


class NewEvent(Struct, frozen=True):
    """An event as it came in, and what it is for."""

    id: str
    """The same however often it comes; see ``triggers.event_id``."""
    name: str
    about: str
    """URI of the invitee or submission: runs of one flow about one of them go in the order of the events."""
    body: bytes
    received_at: float
    """Unix seconds."""
    runs: tuple[NewRun, ...]
    ends_delayed_of: tuple[str, ...] = ()
    """The flows whose earlier delayed runs about the same invitee end with this event."""


class Run(Struct, frozen=True, kw_only=True):
    """One function, one event."""

    id: int
    flow: str
    handler: str
    state: State
    event_id: str
    event: str
    about: str
    body: bytes
    received_at: float
    """When the event came in; Unix seconds."""
    due_at: float
    """When it may begin, or begin again; Unix seconds."""
    finished_at: float | None
    """When it was done, given up, canceled or discarded; Unix seconds."""
    attempts: int
    """How often it was begun."""
    failures: int
    """How often it was begun and failed; else the process ended, or the last one is under way."""
    error: str | None
    """What the last attempt came to, where that was a failure."""
    progress: str | None
    """What a flow in YAML has done of its actions, as JSON."""


class Backlog(Struct, frozen=True):
    """What there is of a flow that is neither done nor canceled."""

    flow: str
    waiting: int
    """Runs that wait, are under way, or were cut off."""
    failed: int
    """Dead letters."""


class Erased(Struct, frozen=True):
    """What was erased, and what could not be."""

    events: int
    runs: int
    """Of these events."""
    left: int
    """Events with a run that was under way."""


class StateError(Exception):
    """Flows can't run on this state."""


class StateTaken(StateError):
    """Another process runs the same flow on the same state; both would do everything."""


class StateUnusable(StateError):
    """The state can't be stored there; the message gives the reason, without passwords."""


class RunTaken(Exception):
    """The run is not ours any more: another machine has it, since this one seemed to be gone, or it was discarded."""


class Store(Protocol):
    """Every method is one transaction, and durable once it returns."""

    async def open(self, flows: Sequence[str]) -> None:
        """Open the state as the runner of these flows: what a killed runner had begun waits again.

        Raises:
            StateTaken: another process runs one of them, and the store can't share.
            StateUnusable: nothing can be stored there.
        """

    async def close(self) -> None:
        """Close the state; others may run the flows from now on."""

    async def is_run(self, flow: str) -> bool:
        """Whether any process, this one included, runs a flow."""

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        """A lock: no other process on the same state is inside with the same name."""

    async def accept(self, events: Sequence[NewEvent], kept: Mapping[str, str | None] | None = None) -> None:
        """Add events and runs that are not there yet; what exists is left alone. ``kept`` as in ``keep``."""

    async def claim(self, flow: str, now: float, limit: int, under_way: Collection[int] = ()) -> list[Run]:
        """Begin runs that are due, oldest first, and not behind an earlier one about the same invitee.

        None of those ``under_way`` here is begun. One that was begun by us and is not among them is: the answer of that
        claim was lost. With ``limit`` 0 nothing is begun; others still see that this runner is alive.
        """

    async def next_due(self, flow: str) -> float | None:
        """When the next run that is behind no other is due; ``None`` if there is none."""

    async def note(self, run: int, progress: str) -> None:
        """Remember how far a run has come.

        Raises:
            RunTaken: another runner has the run now.
        """

    async def done(self, run: int, now: float) -> None:
        """The run is complete: it never begins again by itself."""

    async def failed(self, run: int, error: str, now: float, again_at: float | None) -> None:
        """The attempt failed: the run waits until ``again_at``, or is a dead letter."""

    async def let_go(self, run: int) -> None:
        """The attempt was cut short by us: the run waits as it did before."""

    async def runs(self, *, state: State | None = None, flow: str | None = None, limit: int = 100) -> list[Run]:
        """The latest runs, latest first."""

    async def find(self, run: int) -> Run | None:
        """One run."""

    async def backlog(self) -> list[Backlog]:
        """The flows of which something is neither done nor canceled, by name."""

    async def rerun(self, run: int, now: float, *, from_start: bool = False) -> bool:
        """Have a run again, whatever became of it; false where it is unknown or under way.

        A run that is done begins from the start. Any other goes on where it stopped, as far as it was noted, unless all
        of it is wanted ``from_start``.
        """

    async def rerun_all(self, flow: str, now: float, *, from_start: bool = False) -> int:
        """Have all dead letters of a flow again, as ``rerun`` does; how many there were."""

    async def discard(self, run: int, now: float, *, unfinished: bool = False) -> bool:
        """Give up a dead letter for good, or what waits or was cut off where ``unfinished``; false if it is neither.

        It is ``canceled`` then: when its event comes again it does not run, and it is forgotten as what is done.
        ``unfinished`` is for flows that nobody runs.
        """

    async def discard_all(self, flow: str, now: float, *, unfinished: bool = False) -> int:
        """Discard all dead letters of a flow, as ``discard`` does; how many there were."""

    async def erase(self, is_meant: Callable[[bytes], bool]) -> Erased:
        """Erase the events of whose bodies this is true, and their runs; not where one is under way."""

    async def kept(self, prefix: str) -> dict[str, str]:
        """The texts whose names begin so."""

    async def keep(self, texts: Mapping[str, str | None]) -> None:
        """Keep texts by name; ``None`` forgets."""

    async def prune(self, before: float) -> None:
        """Forget events that came in and whose runs ended before; not where one waits, runs or is a dead letter."""
