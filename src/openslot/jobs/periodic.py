"""Work that is done over and over, whatever became of it the last time, and whoever keeps a part of it waiting."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout

from openslot.db.pool import Conn, is_undone

T = TypeVar("T")

log = logging.getLogger(__name__)


class Round:
    """One time round all organizations: what somebody has locked in one of them keeps nobody else waiting."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn
        self._stuck: set[UUID] = set()

    async def take(self, organization_id: UUID, step: Callable[[], Awaitable[T]]) -> T | None:
        """Do ``step`` in a transaction of its own; None where it had to wait too long, now or earlier in this round."""
        if organization_id in self._stuck:
            return None
        try:
            async with self._conn.transaction():
                return await step()
        except psycopg.Error as exc:
            if not is_undone(exc):
                raise
            self._stuck.add(organization_id)
            log.warning("organization %s is left out of this round: %s", organization_id, " ".join(str(exc).split()))
            return None


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
