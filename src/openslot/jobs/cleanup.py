"""Tidying, over and over: holds that have ended, forms sent long ago, months of the event log. Nothing waits for it.

Whether a hold counts, or a form may do something, is judged by the clock; an event without a month has a place as well.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from psycopg_pool import AsyncConnectionPool

from openslot.db import partitions
from openslot.db.pool import Conn
from openslot.jobs.periodic import repeat
from openslot.services import sending
from openslot.services.booking import holds

log = logging.getLogger(__name__)

SWEEP_SECONDS = 15.0
MONTHS_SECONDS = 3600.0


async def run(pool: AsyncConnectionPool[Conn], clock: Callable[[], datetime]) -> None:
    """Sweep until canceled. Any number may do so at once: each deletes what the others have not."""
    await repeat(lambda: sweep(pool, clock()), seconds=SWEEP_SECONDS, what="holds that have ended could not be swept")


async def sweep(pool: AsyncConnectionPool[Conn], now: datetime) -> int:
    """Free what holds kept that have ended, and forget forms that were sent long ago; how many holds there were."""
    async with pool.connection() as conn:
        freed = await holds.sweep(conn, now=now)
        await sending.sweep(conn, now=now)
    if freed:
        log.info("%s holds have ended", freed)
    return freed


async def keep_months(pool: AsyncConnectionPool[Conn], clock: Callable[[], datetime], retention_days: int) -> None:
    """Make the months to come and drop those past ``retention_days`` (0: none), until canceled."""
    what = "the months of the event log could not be kept"
    await repeat(lambda: months(pool, clock(), retention_days), seconds=MONTHS_SECONDS, what=what)


async def months(pool: AsyncConnectionPool[Conn], now: datetime, retention_days: int) -> None:
    """Make the months to come, and drop those that ended so many days ago."""
    async with pool.connection() as conn:
        made = await partitions.ensure(conn, now)
        if made:
            log.info("made %s", ", ".join(made))
        if not retention_days:
            return
        dropped, kept = await partitions.drop_before(conn, now - timedelta(days=retention_days))
    if dropped:
        log.info("dropped %s", ", ".join(dropped))
    if kept:
        log.warning("%s stay beyond the retention for deliveries that are still pending", ", ".join(kept))
