"""Periodic work that survives errors of the database and locks that others hold."""

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
    """One pass over all organizations. It skips an organization after a lock timeout, so that others do not wait."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn
        self._locked: set[UUID] = set()

    async def run(self, organization_id: UUID, step: Callable[[], Awaitable[T]]) -> T | None:
        """Run ``step`` in its own transaction; None if the organization timed out, now or earlier in this round.

        Raises:
            psycopg.Error: the database failed for another reason than waiting too long.
        """
        if organization_id in self._locked:
            return None
        try:
            async with self._conn.transaction():
                return await step()
        except psycopg.Error as exc:
            if not is_undone(exc):
                raise
            self._locked.add(organization_id)
            log.warning("organization %s is left out of this round: %s", organization_id, " ".join(str(exc).split()))
            return None


async def repeat(work: Callable[[], Awaitable[object]], *, seconds: float, what: str) -> None:
    """Run ``work`` every ``seconds`` until canceled. An error of the database is logged, and the loop goes on.

    ``what`` is the log message for such an error.
    """
    while True:
        try:
            await work()
        except (psycopg.Error, PoolTimeout) as exc:
            log.warning("%s: %s", what, exc)
        await asyncio.sleep(seconds)
