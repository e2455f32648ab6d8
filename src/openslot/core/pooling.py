"""Pooling: how several hosts share an event type, decided from a ledger of assignments and from nothing else.

Pure, so the same ledger always gives the same answer. Ties go to the lowest assignment sequence, never to chance.
Source: rules, section 7.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

DEFAULT_LEAD = 3
"""Meetings ahead of the furthest behind at which a host is hidden, as Calendly has it."""

MILLION = 1_000_000
"""Credits are kept in whole millionths."""
_STARS = range(1, 5)


class Mode(StrEnum):
    """How the next host is found."""

    MAXIMIZE_AVAILABILITY = "maximize_availability"
    """By priority, then who was assigned least recently; nobody is hidden."""
    EQUAL_DISTRIBUTION = "equal_distribution"
    """By shares in proportion to weights; who is too far ahead is hidden."""


@dataclass(frozen=True)
class Standing:
    """Where a host stands in the pool: derived from the ledger.

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
    """Meetings that count; released ones do not."""
    credit: Fraction = Fraction(0)
    """What was given so as to stand level with the others, for joining late or being away; in whole millionths."""
    last_sequence: int = 0
    """Of the ledger entry of the last assignment; 0: none yet."""

    def __post_init__(self) -> None:
        _check(self.weight, self.priority)

    @property
    def count(self) -> Fraction:
        """What was handed out to the host, credit included."""
        return self.assigned + self.credit


def joining_credit(standings: Sequence[Standing], weight: int) -> Fraction:
    """What a joiner of that weight starts with: the share that membership from the beginning would have given.

    Rounded down to whole millionths, so that it can be stored as it is.
    """
    _check(weight)
    total = sum(standing.weight for standing in standings)
    return _millionths(sum((one.count for one in standings), Fraction(0)) * weight / total) if total else Fraction(0)


def away_credit(standings: Sequence[Standing], present: Collection[UUID]) -> dict[UUID, Fraction]:
    """What a meeting of one of ``present`` brings those who could not have had it: the others' average, by weight.

    So nobody falls behind, or is to catch up afterwards, for the time away. Rounded down to whole millionths.
    """
    total = sum(one.weight for one in standings if one.host in present)
    if not total:
        return {}
    return {one.host: _millionths(Fraction(one.weight, total)) for one in standings if one.host not in present}


def changing_credit(standings: Sequence[Standing], host: UUID, weight: int) -> Fraction:
    """The credit with which ``host`` changes to ``weight`` and stays as far ahead or behind its share as it is.

    Without it, a host whose weight is doubled would be given everything until the past was doubled too.
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
    """How many meetings each host is ahead of the furthest behind.

    With equal weights that is the difference of their counts. Otherwise it is how far the host is beyond what its
    weight gives it until the other's next meeting is due, plus that one meeting. Nobody is ahead of oneself.
    """
    due = min(((one.count + 1) / one.weight for one in standings), default=Fraction(0))
    return {one.host: max(one.count - one.weight * due + 1, Fraction(0)) for one in standings}


def hidden(standings: Sequence[Standing], *, mode: Mode, threshold: int | None = DEFAULT_LEAD) -> dict[UUID, Fraction]:
    """The hosts who are not offered until the others catch up, with their lead; ``threshold`` None hides nobody."""
    if mode is not Mode.EQUAL_DISTRIBUTION or threshold is None:
        return {}
    return {host: lead for host, lead in leads(standings).items() if lead >= threshold}


def ranked(standings: Sequence[Standing], free: Collection[UUID], *, mode: Mode) -> list[Standing]:
    """The ``free`` hosts in the order in which they are to be tried; shares are reckoned over all ``standings``.

    Equal distribution takes the host whose next meeting is due first among those who are not ahead of their share (the
    fair queueing known as WF2Q). Both halves matter: with everybody free, it keeps every host less than one meeting
    from its share, whoever joins. Who leaves hands a lead or lag on to the others, by weight; that may put a host
    behind by as much more as its share of one meeting.
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
    """The numbers behind giving ``host`` the next meeting, to be kept with the assignment."""
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
