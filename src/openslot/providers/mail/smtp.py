"""Sends mail through an SMTP server. Source: RFC 5321, 5322; RFC 3834 for automatic mail."""

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
"""For the connection, and for each reply of the server."""
TIMEOUT_SECONDS = 120
PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
PERMANENT = 500
LOGIN_ERRORS = frozenset({530, 534, 535, 538})
"""Codes that refuse our login and not the mail, so the operator can fix them. Source: RFC 4954, section 6."""


class SmtpMailer:
    """Sends each mail on its own connection: there are few, and servers close idle connections at any time."""

    def __init__(self, url: str, sender: str) -> None:
        """``url`` as in ``OPENSLOT_SMTP_URL``, ``sender`` as in ``OPENSLOT_MAIL_FROM``; ``config`` has checked both."""
        parts = urlsplit(url)
        self._scheme = parts.scheme
        self._host = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._user = None if parts.username is None else unquote(parts.username)
        self._password = None if parts.password is None else unquote(parts.password)
        self._sender = sender

    async def send(self, message: Message) -> bool:
        """Send the mail.

        Raises:
            MailDelayed: not accepted now.
            MailRefused: never accepted.
        """
        composed = compose(message, self._sender, now=datetime.now(UTC))
        client = self._client(composed)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._connect(client, message)
                await self._submit(client, composed, message)
        except (OSError, TimeoutError) as exc:
            raise MailDelayed(self._reason(exc, message)) from exc
        else:
            # The server has accepted the mail, so an error in QUIT must not lead to another attempt.
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
        """Connect, encrypt and log in. An error here is about us or the server, not about the mail."""
        try:
            await client.connect()
        except SMTPException as exc:
            raise MailDelayed(self._reason(exc, message)) from exc

    async def _submit(self, client: aiosmtplib.SMTP, composed: EmailMessage, message: Message) -> None:
        try:
            await client.send_message(composed)
        except (SMTPException, ValueError) as exc:
            raise self._mail_error(exc, message) from exc

    def _mail_error(self, exc: Exception, message: Message) -> MailDelayed | MailRefused:
        cause: Exception = exc
        if isinstance(exc, SMTPRecipientsRefused):
            cause = exc.recipients[0]  # a mail has one recipient
        reason = self._reason(cause, message)
        if isinstance(cause, SMTPResponseException):
            code = cause.code
            return MailRefused(reason) if code >= PERMANENT and code not in LOGIN_ERRORS else MailDelayed(reason)
        # The address can't be written for this server, or for any.
        return MailRefused(reason) if isinstance(cause, SMTPNotSupported | ValueError) else MailDelayed(reason)

    def _reason(self, exc: BaseException, message: Message) -> str:
        """The reason of a failure without secrets: servers repeat addresses, and some repeat user and password."""
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
    """The mail to send. No value can add a header: line breaks in the subject become spaces.

    Encoded words (RFC 2047) in the subject are broken up, since Python's library would decode them, line breaks
    included.

    Raises:
        MailRefused: the recipient is not an address.
    """
    composed = EmailMessage(policy=policy.SMTP)
    recipient = _address(message.to)
    if recipient is None:
        raise MailRefused("the recipient is no address")
    composed["To"] = recipient
    composed["From"] = sender
    reply_to = [address for one in message.reply_to if (address := _address(one)) is not None]
    if reply_to:
        composed["Reply-To"] = reply_to
    composed["Subject"] = " ".join(message.subject.split()).replace("=?", "= ?")
    composed["Date"] = now
    composed["Message-ID"] = f"<{message.id}@{_sender_of(composed).domain}>"
    composed["Auto-Submitted"] = "auto-generated"
    if message.stop_url is not None:
        composed["List-Unsubscribe"] = f"<{message.stop_url}>"
        composed["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    composed.set_content(message.text)
    if message.html is not None:
        composed.add_alternative(message.html, subtype="html")
    if message.calendar is not None:
        _add_calendar(composed, message.calendar, message.method or "")
    return composed


def _add_calendar(composed: EmailMessage, calendar: str, method: str) -> None:
    """Add the entry twice: as a part that mail programs act on, which names the method, and as a file to open.

    Source: RFC 6047, section 2.4; faces, section 3.
    """
    composed.add_alternative(calendar, subtype="calendar", params={"method": method}, cte="base64")
    composed.add_attachment(calendar.encode(), maintype="application", subtype="ics", filename="invite.ics")


def _address(text: str) -> Address | None:
    """A bare address for a header; None where it is none."""
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or "=?" in text:
        return None
    try:
        return Address(username=local, domain=domain_in_ascii(domain).encode("idna").decode())
    except ValueError:
        return None


def _sender_of(composed: EmailMessage) -> Address:
    address: Address = composed["From"].addresses[0]
    return address
