"""Work that is done over and over, whatever became of it the last time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg
from psycopg_pool import PoolTimeout

log = logging.getLogger(__name__)


async def repeat(work: Callable[[], Awaitable[object]], *, seconds: float, what: str) -> None:
    """Do ``work``, wait, and again, until canceled. Where the database is away it is tried again the next time.

    ``what`` says in the log what could not be done.
    """
    while True:
        try:
            await work()
        except (psycopg.Error, PoolTimeout) as exc:
            log.warning("%s: %s", what, exc)
        await asyncio.sleep(seconds)
