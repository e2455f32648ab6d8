"""The ledger of a pool, replayed: the standings it comes to, and the choices it tells of."""

from itertools import groupby
from uuid import UUID

from openslot.core import pooling
from openslot.core.pooling import Mode
from openslot.db import assignments
from openslot.db.pool import Conn
from openslot.services import slots
from openslot.services.ledger import Because, ledger
from openslot.services.offering import hosts_needed, standings_of


async def assert_replays(conn: Conn, organization_id: UUID, event_type_id: UUID) -> list[Because]:
    """See that the ledger comes to the stored standings, and that every choice follows from what came before it.

    Returns why each host was given an event, in order. Pools are those of today: the ledger does not name them.
    """
    served = await slots.serve(conn, organization_id, event_type_id)
    entries = await ledger(conn, organization_id, event_type_id)
    rows = await assignments.list_for(conn, organization_id, event_type_id)
    assert pooling.replay(entries) == standings_of(served)

    pool_of = {host.user_id: host.pool for host in served.hosts}
    together = sum(hosts_needed(served))
    found = []
    done = 0
    for (kind, _), group in groupby(rows, key=lambda row: (row.entry, row.scheduled_event_id)):
        given = list(group)
        while given:
            chosen, given = (
                given[:together],
                given[together:],
            )  # those who meet; then who takes the place of one of them
            before = pooling.replay(entries[:done])
            done += len(chosen)
            for row in chosen if kind == "assigned" else ():
                assert row.reason is not None
                members = before
                if served.pooling_type == "multi_pool":
                    members = [one for one in before if pool_of[one.host] == pool_of[row.user_id]]
                because, mode = Because(row.reason["because"]), Mode(row.reason["mode"])
                why = pooling.why(members, row.user_id, mode=mode)
                away = {"away": row.reason["away"]} if "away" in row.reason else {}
                assert row.reason == {**why, "because": because.value, "free": row.reason["free"]} | away
                if because is Because.RANKED:
                    free = [UUID(one) for one in row.reason["free"]]
                    assert pooling.ranked(members, free, mode=mode)[0].host == row.user_id, row
                found.append(because)
    return found
