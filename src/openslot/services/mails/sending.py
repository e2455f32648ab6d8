"""One attempt to send a mail, and what becomes of it: sent, kept, missed, tried again for days, or given up."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from psycopg_pool import AsyncConnectionPool

from openslot.db import mails
from openslot.db.mails import Content, Mail
from openslot.db.pool import Conn
from openslot.providers.mail import MailDelayed, Mailer, MailRefused, Message
from openslot.services import notifications
from openslot.services.mails.composing import Composed, Composer, compose
from openslot.services.mails.kinds import Kind

log = logging.getLogger(__name__)

WAITS_SECONDS = (60, 300, 900, 1800, 3600, 7200, *(14400,) * 29)
"""Waits between attempts, five days in all."""
LEASE = timedelta(minutes=5)
"""How long an attempt may take before another worker takes over: longer than ``smtp.TIMEOUT_SECONDS``."""
GONE = "what it was about is there no more"


@dataclass(frozen=True)
class Sender:
    """What it takes to send mails."""

    pool: AsyncConnectionPool[Conn]
    mailer: Mailer
    composer: Composer
    clock: Callable[[], datetime] = field(repr=False)
    """The real time."""

    async def send_due(self, *, limit: int = 1) -> int:
        """Send what is due, one after the other; how many mails were tried.

        What is claimed is tried, so a caller who may be stopped claims one at a time.
        """
        async with self.pool.connection() as conn:
            claimed = await mails.claim(conn, limit=limit, lease=LEASE, now=self.clock())
        for mail in claimed:
            try:
                await self._try(mail)
            except Exception:
                # A mail server that fails raises none of these: a bug of ours must not keep the others waiting.
                log.exception("mail %s could not be sent", mail.id)
                await self._put_off(mail, "a fault of ours; see the log")
        return len(claimed)

    async def _try(self, mail: Mail) -> None:
        """Compose without holding a connection while the server answers."""
        now = self.clock()
        on_its_clock = now + (mail.clock_ahead or timedelta())
        async with self.pool.connection() as conn:
            composed = await compose(conn, self.composer, mail, now=on_its_clock)
            if composed is None:
                await mails.finish(conn, mail, "failed", error=GONE, now=on_its_clock)
                return
            if _comes_too_late(mail, composed, on_its_clock):
                await mails.finish(conn, mail, "missed", now=on_its_clock)
                log.warning("reminder %s was due at %s, and the meeting has begun: not sent", mail.id, mail.due_at)
                return
            if mail.subject is not None and mail.text is not None:  # what is sent again is the same
                composed = Composed(
                    Content(subject=mail.subject, text=mail.text, html=mail.html, calendar=mail.calendar),
                    composed.reply_to,
                    composed.stop_url,
                )
            else:
                await mails.keep_content(conn, mail, composed.content)
            message = _message(mail, composed)
            if mail.clock_ahead is not None and await notifications.keep_mail(
                conn, message, mail.organization_id, now=mail.due_at
            ):
                await mails.finish(conn, mail, "kept", now=on_its_clock)
                return
        await self._forward(mail, message)

    async def _forward(self, mail: Mail, message: Message) -> None:
        try:
            was_sent = await self.mailer.send(message)
        except MailRefused as exc:
            log.error("mail %s was refused and is given up: %s", mail.id, exc)  # noqa: TRY400 -- no fault of ours
            await self._finish(mail, "failed", str(exc))
        except MailDelayed as exc:
            await self._put_off(mail, str(exc))
        else:
            await self._finish(mail, "sent" if was_sent else "kept")

    async def _put_off(self, mail: Mail, reason: str) -> None:
        if mail.attempts > len(WAITS_SECONDS):
            log.error("mail %s was not taken for days and is given up: %s", mail.id, reason)
            await self._finish(mail, "failed", reason)
            return
        log.warning("mail %s was not taken and is tried again: %s", mail.id, reason)
        until = self.clock() + timedelta(seconds=WAITS_SECONDS[mail.attempts - 1])
        async with self.pool.connection() as conn:
            await mails.put_off(conn, mail, error=reason, until=until)

    async def _finish(self, mail: Mail, state: str, error: str | None = None) -> None:
        now = self.clock() + (mail.clock_ahead or timedelta())
        async with self.pool.connection() as conn:
            await mails.finish(conn, mail, state, error=error, now=now)


def _comes_too_late(mail: Mail, composed: Composed, now: datetime) -> bool:
    """Whether a reminder would come after the start. A sandbox whose clock jumps was there at the time."""
    if mail.kind != Kind.REMINDER or mail.clock_ahead is not None or composed.starts_at is None:
        return False
    return composed.starts_at <= now


def _message(mail: Mail, composed: Composed) -> Message:
    return Message(
        id=mail.id,
        to=mail.recipient,
        subject=composed.content.subject,
        text=composed.content.text,
        html=composed.content.html,
        calendar=composed.content.calendar,
        method=mail.method,
        reply_to=composed.reply_to,
        stop_url=composed.stop_url,
    )
