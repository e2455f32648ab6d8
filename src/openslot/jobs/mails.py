"""The loop that sends mails that are due (ADR 0043). Any number of workers may run it at once."""

import asyncio
import logging
from contextlib import suppress

import psycopg
from psycopg_pool import PoolTimeout

from openslot.services.mails.sending import Sender

log = logging.getLogger(__name__)

POLLING_SECONDS = 1.0


async def run(sender: Sender, stopping: asyncio.Event) -> None:
    """Send all that is due, and look again after ``POLLING_SECONDS``, until ``stopping`` is set.

    The mail in progress is finished: one that the server has taken, and that is not recorded, would be sent again.
    """
    while not stopping.is_set():
        try:
            while not stopping.is_set() and await sender.send_due():
                pass
        except (psycopg.Error, PoolTimeout, OSError) as exc:
            log.warning("mails can't be sent: %s", exc)
        except Exception:
            log.exception("mails can't be sent")  # a bug of ours must be visible, and must not stop the loop
        with suppress(TimeoutError):
            async with asyncio.timeout(POLLING_SECONDS):
                await stopping.wait()
