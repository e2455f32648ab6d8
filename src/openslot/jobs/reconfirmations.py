"""Asking invitees to confirm again, and acting where they do not, over and over."""

import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

from psycopg_pool import AsyncConnectionPool

from openslot.core.errors import OpenSlotError
from openslot.db import reconfirmations
from openslot.db.pool import Conn
from openslot.jobs.periodic import Round, repeat
from openslot.presenters.uris import Uris
from openslot.services.booking import reconfirming

log = logging.getLogger(__name__)

ROUND_SECONDS = 30.0


async def run(pool: AsyncConnectionPool[Conn], clock: Callable[[], datetime], uris: Uris) -> None:
    """Go round until canceled. Any number may do so at once: each step is taken by one of them alone."""
    what = "invitees could not be asked to confirm again"
    await repeat(lambda: go_round(pool, uris, clock()), seconds=ROUND_SECONDS, what=what)


async def go_round(pool: AsyncConnectionPool[Conn], uris: Uris, now: datetime) -> tuple[int, int]:
    """Ask who is due, and act where no answer came; how many of each. Each in a transaction of its own."""
    asked = acted = 0
    async with pool.connection() as conn:
        around = Round(conn)
        for due in await reconfirmations.list_to_ask(conn, now=now):
            asking = partial(reconfirming.request, conn, due, uris=uris, now=now)
            asked += await around.take(due.organization_id, asking) or 0
        for due in await reconfirmations.list_unanswered(conn, now=now):
            acting = partial(reconfirming.act_on_silence, conn, due, uris=uris, now=now)
            try:
                acted += await around.take(due.organization_id, acting) or 0
            except OpenSlotError as exc:  # one that can't be canceled must not keep the others waiting
                log.warning("invitee %s: %s", due.invitee_id, exc)
    if asked or acted:
        log.info("%s invitees were asked to confirm again, %s did not in time", asked, acted)
    return asked, acted
