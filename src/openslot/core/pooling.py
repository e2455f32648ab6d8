"""Pooling: how several hosts share an event type, computed from a ledger of assignments only.

The functions are pure, so the same ledger always gives the same result. Ties go to the host whose last assignment is
the oldest, never to chance. Source: rules, section 7.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

DEFAULT_LEAD = 3
"""A host who is so many meetings ahead of the host furthest behind is hidden; Calendly's default."""

MILLION = 1_000_000
"""Credits are kept in whole millionths."""
_STARS = range(1, 5)


class Mode(StrEnum):
    """How the next host is chosen."""

    MAXIMIZE_AVAILABILITY = "maximize_availability"
    """By priority, then the host assigned least recently; nobody is hidden."""
    EQUAL_DISTRIBUTION = "equal_distribution"
    """By shares in proportion to weights; hosts who are too far ahead are hidden."""


@dataclass(frozen=True)
class Standing:
    """A host's terms and counts in the pool, derived from the ledger.

    Raises:
        ValueError: a weight that is not positive, or a priority that is not 1 to 4.
    """

    host: UUID
    position: int = 0
    """Display order."""
    weight: int = 100
    priority: int = 2
    """Stars, 4 first."""
    assigned: int = 0
    """The number of meetings assigned, without released ones."""
    credit: Fraction = Fraction(0)
    """Added to ``assigned`` to keep hosts level who joined late or were unavailable; in whole millionths."""
    last_sequence: int = 0
    """The sequence of the ledger entry of the last assignment; 0: none yet."""

    def __post_init__(self) -> None:
        _check(self.weight, self.priority)

    @property
    def count(self) -> Fraction:
        """The meetings assigned plus the credit."""
        return self.assigned + self.credit


def joining_credit(standings: Sequence[Standing], weight: int) -> Fraction:
    """The credit of a new host with this weight: the host's share of all meetings so far.

    It is rounded down to whole millionths, so that it can be stored exactly.
    """
    _check(weight)
    total = sum(standing.weight for standing in standings)
    return _millionths(sum((one.count for one in standings), Fraction(0)) * weight / total) if total else Fraction(0)


def away_credit(standings: Sequence[Standing], present: Collection[UUID]) -> dict[UUID, Fraction]:
    """The credits for hosts who were unavailable when one of ``present`` got a meeting: its average among these.

    The average is by weight, and rounded down to whole millionths. With it, hosts neither fall behind while they are
    away nor have to catch up afterwards.
    """
    total = sum(one.weight for one in standings if one.host in present)
    if not total:
        return {}
    return {one.host: _millionths(Fraction(one.weight, total)) for one in standings if one.host not in present}


def changing_credit(standings: Sequence[Standing], host: UUID, weight: int) -> Fraction:
    """The new credit of ``host`` when its weight changes, so that it stays as far ahead of or behind its share.

    Without it, a host whose weight is doubled would get every meeting until its past meetings were doubled as well.
    """
    _check(weight)
    own = _of(standings, host)
    others = [one for one in standings if one.host != host]
    total = sum(one.weight for one in standings)
    handed_out = sum((one.count for one in standings), Fraction(0))
    lag = own.weight * handed_out / total - own.count
    rest = sum((one.count for one in others), Fraction(0))
    other_weights = sum(one.weight for one in others)
    if not other_weights:
        return own.credit
    # count = weight * (rest + count) / (weight + other_weights) - lag, solved for count
    count = (weight * rest - lag * (weight + other_weights)) / other_weights
    return _millionths(count - own.assigned)


def leads(standings: Sequence[Standing]) -> dict[UUID, Fraction]:
    """How many meetings each host is ahead of the host who is furthest behind.

    With equal weights, this is the difference of their counts. In general, it is one meeting plus the host's count
    beyond its due share at the time at which the other's next meeting is due. It is never negative.
    """
    due = min(((one.count + 1) / one.weight for one in standings), default=Fraction(0))
    return {one.host: max(one.count - one.weight * due + 1, Fraction(0)) for one in standings}


def hidden(standings: Sequence[Standing], *, mode: Mode, threshold: int | None = DEFAULT_LEAD) -> dict[UUID, Fraction]:
    """The hosts who are hidden until the others catch up, with their leads; ``threshold`` None hides nobody."""
    if mode is not Mode.EQUAL_DISTRIBUTION or threshold is None:
        return {}
    return {host: lead for host, lead in leads(standings).items() if lead >= threshold}


def ranked(standings: Sequence[Standing], free: Collection[UUID], *, mode: Mode) -> list[Standing]:
    """The ``free`` hosts in the order of choice; shares are computed over all ``standings``.

    Equal distribution takes, among the hosts who are not ahead of their share, the one whose next meeting is due first
    (the fair queueing known as WF2Q). Both conditions matter: while all hosts are free, each stays within one meeting
    of its share, even if hosts join. The lead or lag of a host who leaves is spread over the others by weight, which
    may put a host further behind by its share of one meeting.
    """
    candidates = [one for one in standings if one.host in free]
    if mode is Mode.MAXIMIZE_AVAILABILITY:
        return sorted(candidates, key=lambda one: (-one.priority, one.last_sequence, *_by_position(one)))
    total = sum(one.weight for one in standings)
    handed_out = sum((one.count for one in standings), Fraction(0))
    return sorted(
        candidates,
        key=lambda one: (
            one.count * total > one.weight * handed_out,
            (one.count + 1) / one.weight,
            -one.priority,
            one.last_sequence,
            *_by_position(one),
        ),
    )


def why(standings: Sequence[Standing], host: UUID, *, mode: Mode) -> dict[str, str | int]:
    """The numbers behind assigning the next meeting to ``host``, to store with the assignment.

    Raises:
        ValueError: ``host`` is not in the pool.
    """
    own = _of(standings, host)
    total = sum(one.weight for one in standings)
    handed_out = sum((one.count for one in standings), Fraction(0))
    return {
        "mode": mode.value,
        "priority": own.priority,
        "weight": own.weight,
        "count": str(own.count),
        "share": str(own.weight * handed_out / total),
        "last_sequence": own.last_sequence,
    }


def _of(standings: Iterable[Standing], host: UUID) -> Standing:
    for one in standings:
        if one.host == host:
            return one
    raise ValueError(f"{host} is not in the pool")


def _by_position(standing: Standing) -> tuple[int, UUID]:
    return standing.position, standing.host


def _millionths(value: Fraction) -> Fraction:
    return Fraction(value * MILLION // 1, MILLION)


def _check(weight: int, priority: int = 1) -> None:
    if weight <= 0:
        raise ValueError("weight must be positive")
    if priority not in _STARS:
        raise ValueError("priority must be 1 to 4")
