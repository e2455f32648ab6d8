"""Periodic cleanup: ended holds, form tokens, sessions and OAuth tokens; monthly partitions of the event log.

Nothing depends on its timing. Services compare all of these with the clock, and an event whose month has no
partition yet goes to the default partition.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from psycopg_pool import AsyncConnectionPool

from openslot.db import answered_requests, mails, partitions
from openslot.db.pool import Conn
from openslot.jobs.periodic import repeat
from openslot.services import idempotency, resubmission, sessions, sign_in_links
from openslot.services.booking import holds
from openslot.services.oauth import grants

log = logging.getLogger(__name__)

SWEEP_SECONDS = 15.0
MONTHS_SECONDS = 3600.0


async def run(pool: AsyncConnectionPool[Conn], clock: Callable[[], datetime]) -> None:
    """Sweep until canceled. Any number of workers may do so at once: each row is deleted by one of them."""
    await repeat(lambda: sweep(pool, clock()), seconds=SWEEP_SECONDS, what="ended holds could not be deleted")


async def sweep(pool: AsyncConnectionPool[Conn], now: datetime) -> int:
    """Delete ended holds with the time they kept, old form tokens, keys, sessions and tokens; return how many holds."""
    async with pool.connection() as conn:
        freed = await holds.sweep(conn, now=now)
        await resubmission.sweep(conn, now=now)
        await sessions.sweep(conn, now=now)
        await sign_in_links.sweep(conn, now=now)
        await grants.sweep(conn, now=now)
        await idempotency.sweep(conn, now=now)
    if freed:
        log.info("%s holds have ended", freed)
    return freed


async def maintain_partitions(
    pool: AsyncConnectionPool[Conn], clock: Callable[[], datetime], retention_days: int
) -> None:
    """Create the partitions of coming months and drop those past ``retention_days`` (0: none), until canceled."""
    what = "partitions of the event log could not be updated"
    await repeat(lambda: update_partitions(pool, clock(), retention_days), seconds=MONTHS_SECONDS, what=what)


async def update_partitions(pool: AsyncConnectionPool[Conn], now: datetime, retention_days: int) -> None:
    """Create the partitions of coming months, and drop those that ended ``retention_days`` ago (0: none); mails too."""
    async with pool.connection() as conn:
        created = await partitions.ensure(conn, now)
        if created:
            log.info("created partitions: %s", ", ".join(created))
        if not retention_days:
            return
        await answered_requests.delete_before(conn, now - timedelta(days=retention_days))
        while await mails.delete_before(conn, now - timedelta(days=retention_days)):
            pass
        dropped, kept = await partitions.drop_before(conn, now - timedelta(days=retention_days))
    if dropped:
        log.info("dropped partitions: %s", ", ".join(dropped))
    if kept:
        log.warning("partitions kept beyond the retention, since deliveries are still pending: %s", ", ".join(kept))
