"""A pool's ledger replayed: the standings that its entries come to, apart from the columns that are stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import assert_never
from uuid import UUID

from openslot.core.pooling import Standing


@dataclass(frozen=True)
class Joined:
    """A host joined the pool."""

    sequence: int
    host: UUID
    weight: int = 100
    priority: int = 2
    position: int = 0
    credit: Fraction = Fraction(0)


@dataclass(frozen=True)
class Changed:
    """A host's weight, priority or place is another from here on; the credit keeps the host as far ahead as before."""

    sequence: int
    host: UUID
    weight: int
    priority: int
    position: int
    credit: Fraction


@dataclass(frozen=True)
class Left:
    """A host left the pool."""

    sequence: int
    host: UUID


Credits = tuple[tuple[UUID, Fraction], ...]
"""Hosts with what each is credited, in whole millionths."""


@dataclass(frozen=True)
class Assigned:
    """A host was given a meeting."""

    sequence: int
    host: UUID
    away: Credits = ()
    """Who could not have had it, with the others' average of it (``pooling.away_credit``)."""


@dataclass(frozen=True)
class Released:
    """A meeting that a host was given was canceled, so it does not count."""

    sequence: int
    host: UUID
    away: Credits = ()
    """What it had brought those who were away, and does not any more."""


Entry = Joined | Changed | Left | Assigned | Released


def after(standings: Sequence[Standing], entry: Entry) -> list[Standing]:
    """The standings once ``entry`` is in the ledger, by position and id.

    Raises:
        ValueError: somebody joins twice, the entry is about a host who is not there, or one without meetings has one
            released; the message names the entry.
    """
    if isinstance(entry, Joined):
        if any(one.host == entry.host for one in standings):
            raise ValueError(f"entry {entry.sequence}: {entry.host} has joined already")
        joiner = Standing(entry.host, entry.position, entry.weight, entry.priority, credit=entry.credit)
        return sorted([*standings, joiner], key=_by_position)
    try:
        own = _of(standings, entry.host)
    except ValueError as exc:
        raise ValueError(f"entry {entry.sequence}: {exc}") from None
    match entry:
        case Left():
            return [one for one in standings if one is not own]
        case Changed():
            new = replace(
                own, weight=entry.weight, priority=entry.priority, position=entry.position, credit=entry.credit
            )
        case Assigned():
            new = replace(own, assigned=own.assigned + 1, last_sequence=entry.sequence)
        case Released():
            if not own.assigned:
                raise ValueError(f"entry {entry.sequence}: {entry.host} has no meeting to release")
            new = replace(own, assigned=own.assigned - 1)
        case _:
            assert_never(entry)
    given: dict[UUID, Fraction] = {}
    if isinstance(entry, Assigned | Released):
        given = {host: credit if isinstance(entry, Assigned) else -credit for host, credit in entry.away}
    return sorted((_credited(new if one is own else one, given) for one in standings), key=_by_position)


def _credited(standing: Standing, given: Mapping[UUID, Fraction]) -> Standing:
    credit = given.get(standing.host)
    return replace(standing, credit=standing.credit + credit) if credit else standing


def replay(entries: Iterable[Entry]) -> list[Standing]:
    """The standings that a whole ledger comes to.

    Raises:
        ValueError: entries out of order, or one that can't be.
    """
    standings: list[Standing] = []
    last = 0
    for entry in entries:
        if entry.sequence <= last:
            raise ValueError(f"entry {entry.sequence}: comes after {last}")
        last = entry.sequence
        standings = after(standings, entry)
    return standings


def _of(standings: Sequence[Standing], host: UUID) -> Standing:
    for one in standings:
        if one.host == host:
            return one
    raise ValueError(f"{host} is not in the pool")


def _by_position(standing: Standing) -> tuple[int, UUID]:
    return standing.position, standing.host
