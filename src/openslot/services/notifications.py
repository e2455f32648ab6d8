"""Notifications by mail that are about no meeting: each is written with the rows it is about."""

from datetime import datetime
from uuid import UUID

from openslot.db import kept_mails, mails
from openslot.db.kept_mails import KeptMail
from openslot.db.mails import NOTE, NewMail
from openslot.db.pool import Conn
from openslot.providers.mail import Message


async def defer_mail(conn: Conn, *messages: Message, organization_id: UUID, now: datetime) -> None:
    """Have ``messages`` sent once the caller's transaction has committed, and never if it is rolled back.

    Only their recipient, subject and text count. A sandbox keeps them instead, with the time ``now``, unless it sends
    mail; the worker finds out which. Erasure finds those to somebody outside by their organization while they wait.
    """
    new = [
        NewMail(
            id=one.id, organization_id=organization_id, kind=NOTE, role="other", recipient=one.to,
            facts={"subject": one.subject, "text": one.text}, due_at=now,
        )
        for one in messages
    ]  # fmt: skip
    await mails.insert(conn, new, now=now)


async def keep_mail(conn: Conn, message: Message, organization_id: UUID, *, now: datetime) -> bool:
    """Keep a message that has the time ``now``, where its organization is a sandbox that sends none; else False."""
    kept = KeptMail(message.id, organization_id, message.to, message.subject, message.text, now)
    return await kept_mails.keep(conn, kept)
