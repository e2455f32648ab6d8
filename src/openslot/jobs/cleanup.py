"""Tidying what has ended, over and over. Nothing waits for it: whether a hold counts is judged by the clock."""

import logging
from collections.abc import Callable
from datetime import datetime

from psycopg_pool import AsyncConnectionPool

from openslot.db.pool import Conn
from openslot.jobs.periodic import repeat
from openslot.services import holds

log = logging.getLogger(__name__)

SWEEP_SECONDS = 15.0


async def run(pool: AsyncConnectionPool[Conn], clock: Callable[[], datetime]) -> None:
    """Sweep until canceled. Any number may do so at once: each deletes what the others have not."""
    await repeat(lambda: sweep(pool, clock()), seconds=SWEEP_SECONDS, what="holds that have ended could not be swept")


async def sweep(pool: AsyncConnectionPool[Conn], now: datetime) -> int:
    """Free what holds kept that have ended; how many there were."""
    async with pool.connection() as conn:
        freed = await holds.sweep(conn, now=now)
    if freed:
        log.info("%s holds have ended", freed)
    return freed
