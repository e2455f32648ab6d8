"""How connections are set up."""

from typing import LiteralString

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from openslot.db.pool import Timeouts, connected, make_pool, with_ends

NAMES: list[LiteralString] = ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"]
NONE = Timeouts(0, 0, 0)


@pytest.mark.parametrize(("timeouts", "shown"), [(Timeouts(3, 15, 1.5), ["3s", "15s", "1500ms"]), (NONE, ["0"] * 3)])
async def test_a_connection_waits_no_longer_than_its_kind_may(
    database_url: str, timeouts: Timeouts, shown: list[str]
) -> None:
    async with (
        make_pool(database_url, size=1, timeouts=timeouts) as pool,
        pool.connection() as pooled,
        connected(database_url, timeouts) as single,
    ):
        for conn in (pooled, single):
            rows = [await (await conn.execute(f"SHOW {name}")).fetchone() for name in [*NAMES, "TimeZone"]]
            assert [row[0] for row in rows if row is not None] == [*shown, "UTC"]


async def test_what_we_set_no_bound_for_keeps_the_servers_setting_of_the_role(database_url: str) -> None:
    theirs = database_url + " options='-c lock_timeout=7s -c statement_timeout=8s'"
    async with connected(theirs, NONE) as conn:
        rows = [await (await conn.execute(f"SHOW {name}")).fetchone() for name in NAMES]
    assert [row[0] for row in rows if row is not None] == ["7s", "8s", "0"]


async def test_a_transaction_that_does_nothing_is_ended_and_its_locks_with_it(database_url: str) -> None:
    """As that of a process that was stopped in the middle of it."""
    lock: LiteralString = "SELECT pg_advisory_xact_lock(2147483647, 26)"
    async with connected(database_url, Timeouts(0, 0, 0.1)) as stopped, connected(database_url, NONE) as other:
        await stopped.execute("BEGIN")
        await stopped.execute(lock)
        await other.execute(lock)  # returns, since the first has lost it
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            await stopped.execute("SELECT 1")


def test_a_server_that_is_gone_without_a_word_is_not_waited_for_forever() -> None:
    bounded = conninfo_to_dict(with_ends("postgresql://user@host/db?connect_timeout=3"))
    assert (bounded["connect_timeout"], bounded["keepalives_idle"]) == ("3", "30")
