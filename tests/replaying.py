"""The ledger of a pool, replayed: the standings it comes to, and the choices it tells of."""

from fractions import Fraction
from itertools import groupby
from uuid import UUID

from core.ledger import Assigned, Changed, Credits, Entry, Joined, Left, Released, replay
from openslot.core import pooling
from openslot.core.kinds import Pooling
from openslot.core.pooling import MILLION, Mode
from openslot.db import assignments
from openslot.db.assignments import AWAY, Assignment
from openslot.db.pool import Conn
from openslot.services import serving
from openslot.services.ledger import ChoiceReason


async def assert_replays(conn: Conn, organization_id: UUID, event_type_id: UUID) -> list[ChoiceReason]:
    """See that the ledger comes to the stored standings, and that every choice follows from what came before it.

    Returns why each host was given an event, in order. Pools are those of today: the ledger does not name them.
    """
    served = await serving.serve(conn, organization_id, event_type_id)
    entries = await ledger_of(conn, organization_id, event_type_id)
    rows = await assignments.list_for(conn, organization_id, event_type_id)
    assert replay(entries) == served.standings()

    pool_of = {host.user_id: host.pool for host in served.stored.hosts}
    together = sum(served.needed)
    found = []
    done = 0
    for (kind, _), group in groupby(rows, key=lambda row: (row.entry, row.scheduled_event_id)):
        given = list(group)
        while given:
            chosen, given = (
                given[:together],
                given[together:],
            )  # those who meet; then who takes the place of one of them
            before = replay(entries[:done])
            done += len(chosen)
            for row in chosen if kind == "assigned" else ():
                assert row.reason is not None
                members = before
                if served.row.pooling_type == Pooling.MULTI_POOL:
                    members = [one for one in before if pool_of[one.host] == pool_of[row.user_id]]
                because, mode = ChoiceReason(row.reason["because"]), Mode(row.reason["mode"])
                why = pooling.why(members, row.user_id, mode=mode)
                away = {"away": row.reason["away"]} if "away" in row.reason else {}
                assert row.reason == {**why, "because": because.value, "free": row.reason["free"]} | away
                if because is ChoiceReason.RANKED:
                    free = [UUID(one) for one in row.reason["free"]]
                    assert pooling.ranked(members, free, mode=mode)[0].host == row.user_id, row
                found.append(because)
    return found


async def ledger_of(conn: Conn, organization_id: UUID, event_type_id: UUID) -> list[Entry]:
    """Every entry of an event type's ledger, in order."""
    return [_entry(stored) for stored in await assignments.list_for(conn, organization_id, event_type_id)]


def _entry(stored: Assignment) -> Entry:
    match stored.entry:
        case "assigned":
            return Assigned(stored.sequence, stored.user_id, _away(stored))
        case "released":
            return Released(stored.sequence, stored.user_id, _away(stored))
        case "left":
            return Left(stored.sequence, stored.user_id)
    kind = Joined if stored.entry == "joined" else Changed
    assert stored.weight is not None  # what joined and changed entries say
    assert stored.priority is not None
    return kind(
        stored.sequence,
        stored.user_id,
        stored.weight,
        stored.priority,
        stored.position or 0,
        Fraction(stored.credit_millionths or 0, MILLION),
    )


def _away(stored: Assignment) -> Credits:
    given: dict[str, int] = (stored.reason or {}).get(AWAY, {})
    return tuple((UUID(host), Fraction(credit, MILLION)) for host, credit in given.items())
