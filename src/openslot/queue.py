"""Defers jobs by name on the caller's connection, so that a job exists if and only if the transaction commits.

It imports no task: ``jobs/`` registers the functions that run under these names.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DEFAULT_PRIORITY, Job
from psycopg import AsyncConnection

SEND_MAIL = "mail.send"
"""Arguments: ``message_id``, ``to``, ``subject``, ``text``, ``organization_id``, ``deferred_at`` (on its clock)."""

# Never opened: every statement runs on the caller's connection.
_manager = App(connector=PsycopgConnector()).job_manager


class NewJob(NamedTuple):
    """A job to defer. Jobs with the same ``lock`` run one after the other, in the order in which they were deferred."""

    task: str
    arguments: dict[str, Any]
    lock: str | None = None


async def defer(conn: AsyncConnection[Any], jobs: Sequence[NewJob]) -> None:
    """Add jobs to the queue in the caller's transaction, in one statement; workers see them after the commit.

    Raises:
        psycopg.Error: the statement failed.
    """
    if not jobs:
        return
    try:
        await _manager.batch_defer_jobs_async(
            [
                Job(
                    id=None,
                    lock=job.lock,
                    queueing_lock=None,
                    task_name=job.task,
                    queue=job.task.partition(".")[0],
                    task_kwargs=job.arguments,
                    scheduled_at=None,
                    priority=DEFAULT_PRIORITY,
                )
                for job in jobs
            ],
            connection=conn,
        )
    except ConnectorException as exc:
        # Unwrapped: callers handle errors of the database, and this statement ran on their connection.
        if isinstance(exc.__cause__, psycopg.Error):
            raise exc.__cause__ from None
        raise
