"""Sends the mail that an earlier version put on the queue, and retries for two days. Sandboxes keep theirs.

What is written today waits in a table of its own (``jobs.mails``, ADR 0043).

The queue's table holds a mail until it is sent or given up; nothing else stores it. The queue's own log would show the
arguments of its jobs, so the worker turns that log off.
"""

import logging
from datetime import datetime
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.jobs import Job
from psycopg_pool import AsyncConnectionPool

from openslot import queue
from openslot.db.pool import Conn
from openslot.providers.mail import MailDelayed, Mailer, MailRefused, Message
from openslot.services import notifications

log = logging.getLogger(__name__)

WAITS_SECONDS = (60, 300, 900, 1800, 3600, 7200, *(14400,) * 11)
"""Waits between attempts, two days in all."""


class _RetryWithWaits(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002
        if job.attempts >= len(WAITS_SECONDS):
            return None
        return RetryDecision(retry_in={"seconds": WAITS_SECONDS[job.attempts]})


def register(app: App, mailer: Mailer, pool: AsyncConnectionPool[Conn]) -> None:
    """Register the task with the app, under its name in ``queue``."""

    @app.task(name=queue.SEND_MAIL, queue="mail", retry=_RetryWithWaits(), pass_context=True)
    async def send(
        context: JobContext,
        *,
        message_id: str,
        to: str,
        subject: str,
        text: str,
        organization_id: str | None = None,  # left out in jobs of earlier versions, which knew no sandboxes
        deferred_at: str = "",
    ) -> None:
        message = Message(id=UUID(message_id), to=to, subject=subject, text=text)
        try:
            if organization_id is not None:
                async with pool.connection() as conn:
                    now = datetime.fromisoformat(deferred_at)
                    if await notifications.keep_mail(conn, message, UUID(organization_id), now=now):
                        return
            await mailer.send(message)
        except MailRefused as exc:
            # Not raised: a failed job stays in the table, and with it the recipient and the text of the mail.
            log.error("mail %s was refused and is given up: %s", message_id, exc)  # noqa: TRY400 -- no fault of ours
        except MailDelayed as exc:
            if context.job.attempts >= len(WAITS_SECONDS):
                log.error("mail %s was not taken for two days and is given up: %s", message_id, exc)  # noqa: TRY400
                return
            log.warning("mail %s was not taken and is tried again: %s", message_id, exc)
            raise
        except Exception:
            # The outermost handler of a job. The queue's own log is off, so an error that is not logged here is lost.
            log.exception("mail %s could not be sent", message_id)
            raise
