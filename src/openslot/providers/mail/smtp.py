"""Mail through an SMTP server. Source: RFC 5321, 5322; 3834 for mail that no person wrote."""

import asyncio
import re
from contextlib import suppress
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPException, SMTPNotSupported, SMTPRecipientsRefused, SMTPResponseException

from openslot.providers.mail.base import MailDelayed, MailRefused, Message
from openslot.wire.characters import domain_in_ascii

STEP_TIMEOUT_SECONDS = 30
"""For the connection, and for each answer."""
TIMEOUT_SECONDS = 120
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
PERMANENT = 500
OUR_ACCOUNT = frozenset({530, 534, 535, 538})
"""Refusals of us and not of the mail: the operator can mend them. Source: RFC 4954, section 6."""


class SmtpMailer:
    """One connection per mail: there are few, and a server may close an idle one at any time."""

    def __init__(self, url: str, sender: str) -> None:
        """``url`` as in ``OPENSLOT_SMTP_URL``, ``sender`` as in ``OPENSLOT_MAIL_FROM``; both were checked there."""
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._host = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._user = None if parts.username is None else unquote(parts.username)
        self._password = None if parts.password is None else unquote(parts.password)
        self._sender = sender

    async def send(self, message: Message) -> bool:
        """Hand it over.

        Raises:
            MailDelayed: not taken now.
            MailRefused: never taken.
        """
        composed = compose(message, self._sender, now=datetime.now(UTC))
        client = self._client(composed)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._connect(client, message)
                await self._hand_over(client, composed, message)
        except (OSError, TimeoutError) as exc:
            raise MailDelayed(self._words(exc, message)) from exc
        else:
            # It is taken: whatever becomes of the good-bye, it must not be sent again.
            with suppress(SMTPException, OSError):
                await client.quit()
        finally:
            client.close()
        return True

    def _client(self, composed: EmailMessage) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            local_hostname=_sender_of(composed).domain,
            timeout=STEP_TIMEOUT_SECONDS,
            use_tls=self._scheme == "smtps",
            start_tls=self._scheme == "smtp+starttls",
        )

    async def _connect(self, client: aiosmtplib.SMTP, message: Message) -> None:
        """Connect, encrypt and log in. What fails here is about us or the server, not about the mail."""
        try:
            await client.connect()
        except SMTPException as exc:
            raise MailDelayed(self._words(exc, message)) from exc

    async def _hand_over(self, client: aiosmtplib.SMTP, composed: EmailMessage, message: Message) -> None:
        try:
            await client.send_message(composed)
        except (SMTPException, ValueError) as exc:
            raise self._judged(exc, message) from exc

    def _judged(self, exc: Exception, message: Message) -> MailDelayed | MailRefused:
        told: Exception = exc
        if isinstance(exc, SMTPRecipientsRefused):
            told = exc.recipients[0]  # there is one
        words = self._words(told, message)
        if isinstance(told, SMTPResponseException):
            code = told.code
            return MailRefused(words) if code >= PERMANENT and code not in OUR_ACCOUNT else MailDelayed(words)
        # An address that this server can't write, or that none can.
        return MailRefused(words) if isinstance(told, SMTPNotSupported | ValueError) else MailDelayed(words)

    def _words(self, exc: BaseException, message: Message) -> str:
        """The reason, fit for a log: servers repeat addresses, and some what they were logged in with."""
        if isinstance(exc, SMTPResponseException):
            text = f"{exc.code} {exc.message}"
        elif isinstance(exc, TimeoutError):
            text = str(exc) or "no answer in time"
        else:
            text = f"{type(exc).__name__}: {exc}"
        for secret, instead in ((message.to, "the recipient"), (self._password, "***"), (self._user, "***")):
            if secret:
                text = re.sub(re.escape(secret), instead, text, flags=re.IGNORECASE)
        return " ".join(text.split())[:300]


def compose(message: Message, sender: str, *, now: datetime) -> EmailMessage:
    """The mail as it goes out. No value can add a header: line breaks in the subject become spaces.

    An encoded word (RFC 2047) is taken apart: Python's own library decodes it, line breaks included.

    Raises:
        MailRefused: the recipient is no address.
    """
    composed = EmailMessage(policy=policy.SMTP)
    local, at, domain = message.to.rpartition("@")
    if not (local and at and domain) or "=?" in message.to:
        raise MailRefused("the recipient is no address")
    try:
        composed["To"] = Address(username=local, domain=domain_in_ascii(domain).encode("idna").decode())
    except ValueError as exc:
        raise MailRefused("the recipient is no address") from exc
    composed["From"] = sender
    composed["Subject"] = " ".join(message.subject.split()).replace("=?", "= ?")
    composed["Date"] = now
    composed["Message-ID"] = f"<{message.id}@{_sender_of(composed).domain}>"
    composed["Auto-Submitted"] = "auto-generated"
    composed.set_content(message.text)
    return composed


def _sender_of(composed: EmailMessage) -> Address:
    address: Address = composed["From"].addresses[0]
    return address
