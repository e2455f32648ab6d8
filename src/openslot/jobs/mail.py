"""Sending mail: tried for two days where it is not taken at once.

A mail is in the queue's table until it is sent or given up, and nowhere else. The queue's own log shows the arguments
of its jobs, so it is off in the worker.
"""

import logging
from uuid import UUID

from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.jobs import Job

from openslot import queue
from openslot.providers.mail import MailDelayed, Mailer, MailRefused, Message

log = logging.getLogger(__name__)

WAITS_SECONDS = (60, 300, 900, 1800, 3600, 7200, *(14400,) * 11)
"""Between the attempts: two days in all."""


class _Later(BaseRetryStrategy):
    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002
        if job.attempts >= len(WAITS_SECONDS):
            return None
        return RetryDecision(retry_in={"seconds": WAITS_SECONDS[job.attempts]})


def register(app: App, mailer: Mailer) -> None:
    """Put the family's task on the app, under its name in ``queue``."""

    @app.task(name=queue.SEND_MAIL, queue="mail", retry=_Later(), pass_context=True)
    async def send(context: JobContext, message_id: str, to: str, subject: str, text: str) -> None:
        message = Message(id=UUID(message_id), to=to, subject=subject, text=text)
        try:
            await mailer.send(message)
        except MailRefused as exc:
            # A job that has failed would stay in the table, and with it what it says to whom.
            log.error("mail %s was refused and is given up: %s", message_id, exc)  # noqa: TRY400 -- no fault of ours
        except MailDelayed as exc:
            if context.job.attempts >= len(WAITS_SECONDS):
                log.error("mail %s was not taken for two days and is given up: %s", message_id, exc)  # noqa: TRY400
                return
            log.warning("mail %s was not taken and is tried again: %s", message_id, exc)
            raise
        except Exception:
            # The outer loop of a job: whatever it is, somebody must be able to read of it.
            log.exception("mail %s could not be sent", message_id)
            raise
