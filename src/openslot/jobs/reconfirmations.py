"""Periodically requests reconfirmations from invitees, and acts on those that got no answer."""

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
    """Run every ``ROUND_SECONDS`` until canceled. Any number of workers may do so at once: each step happens once."""
    what = "invitees could not be asked to confirm again"
    await repeat(lambda: run_once(pool, uris, clock()), seconds=ROUND_SECONDS, what=what)


async def run_once(pool: AsyncConnectionPool[Conn], uris: Uris, now: datetime) -> tuple[int, int]:
    """Send the requests that are due and act on those without an answer; return how many of each.

    Every step is a transaction of its own.
    """
    requested = acted = 0
    async with pool.connection() as conn:
        this_round = Round(conn)
        for due in await reconfirmations.list_due_for_request(conn, now=now):
            step = partial(reconfirming.request, conn, due, uris=uris, now=now)
            requested += await this_round.run(due.organization_id, step) or 0
        for due in await reconfirmations.list_unanswered(conn, now=now):
            step = partial(reconfirming.act_on_silence, conn, due, uris=uris, now=now)
            try:
                acted += await this_round.run(due.organization_id, step) or 0
            except OpenSlotError as exc:  # one that can't be canceled must not keep the others waiting
                log.warning("could not act on the missing confirmation of invitee %s: %s", due.invitee_id, exc)
    if requested or acted:
        log.info("%s invitees were asked to confirm again, %s did not in time", requested, acted)
    return requested, acted
