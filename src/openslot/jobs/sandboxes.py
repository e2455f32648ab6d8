"""Periodically does what has become due in sandboxes, whose clocks other rounds know nothing of (ADR 0041)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from psycopg_pool import AsyncConnectionPool

from openslot.db import sandboxes
from openslot.db.pool import Conn
from openslot.jobs.periodic import Round, repeat
from openslot.presenters.uris import Uris
from openslot.services import sandbox_clock

ROUND_SECONDS = 15.0
"""Moving a clock does at once what is due by then: rounds are for clocks that go on by themselves."""


async def run(
    pool: AsyncConnectionPool[Conn], clock: Callable[[], datetime], uris: Uris, *, warn_after: timedelta
) -> None:
    """Run every ``ROUND_SECONDS`` until canceled. Any number of workers may do so at once: each step happens once."""
    what = "what is due in sandboxes could not be done"
    await repeat(lambda: run_once(pool, uris, clock(), warn_after=warn_after), seconds=ROUND_SECONDS, what=what)


async def run_once(pool: AsyncConnectionPool[Conn], uris: Uris, now: datetime, *, warn_after: timedelta) -> None:
    """Do what is due in each sandbox, in a transaction of its own; ``now`` is the real time."""
    async with pool.connection() as conn:
        this_round = Round(conn)
        for one in await sandboxes.list_all(conn):
            step = partial(
                sandbox_clock.catch_up, conn, one.organization_id, uris=uris, warn_after=warn_after,
                now=now + one.clock_ahead,
            )  # fmt: skip
            await this_round.run(one.organization_id, step)
