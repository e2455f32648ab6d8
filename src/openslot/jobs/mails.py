"""The loop that sends mails that are due (ADR 0043). Any number of workers may run it at once."""

import asyncio
import logging

import psycopg
from psycopg_pool import PoolTimeout

from openslot.services.mails.sending import Sender

log = logging.getLogger(__name__)

POLLING_SECONDS = 1.0
BATCH = 20


async def run(sender: Sender) -> None:
    """Send until canceled: all that is due, then again after ``POLLING_SECONDS``."""
    while True:
        try:
            while await sender.send_due(limit=BATCH):
                pass
        except (psycopg.Error, PoolTimeout, OSError) as exc:
            log.warning("mails can't be sent: %s", exc)
        await asyncio.sleep(POLLING_SECONDS)
