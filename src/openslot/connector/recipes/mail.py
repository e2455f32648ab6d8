"""The mail that flows in YAML send; see ``effects.Effect``."""

import contextlib
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from openslot.connector.flows import GiveUp
from openslot.connector.flows.threads import in_thread
from openslot.connector.recipes.addresses import Mailbox
from openslot.connector.recipes.effects import TIMEOUT_SECONDS, Clients, EffectFailed
from openslot.connector.recipes.escapes import in_header

SMTP_URL = "OPENSLOT_FLOW_SMTP_URL"
MAIL_FROM = "OPENSLOT_FLOW_MAIL_FROM"


class Mail(Struct, frozen=True):
    """A mail in plain text, through the server of an SMTP URL."""

    smtp_url: str
    sender: Mailbox | None
    to: tuple[Mailbox, ...]
    subject: str
    text: str
    key: str

    def describe(self) -> dict[str, Any]:
        sender = None if self.sender is None else str(self.sender)
        to = ", ".join(map(str, self.to))
        return {"mail": {"from": sender, "to": to, "subject": self.subject, "text": self.text}}

    async def perform(self, _: Clients) -> Any:
        await in_thread(self._send)

    def _send(self) -> None:
        server = _smtp_server(self.smtp_url)
        if self.sender is None:
            raise GiveUp(f"a mail has a 'from', or {MAIL_FROM} is set")
        message = EmailMessage()
        message["From"] = self.sender.header()
        message["To"] = [one.header() for one in self.to]
        message["Subject"] = in_header(self.subject)
        message["Date"] = formatdate()
        # the same at every attempt, so that mailboxes recognize a repetition
        message["Message-ID"] = f"<{self.key}@flows.openslot>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        with server.connect() as smtp:
            # the addresses are named here, so that no server has to read them from the headers
            smtp.send_message(message, self.sender.address, [one.address for one in self.to])


class _SmtpServer(Struct, frozen=True):
    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None

    def connect(self) -> smtplib.SMTP:
        """Connect, encrypt as far as the scheme wants it, and log in.

        Raises:
            EffectFailed: the server offers no TLS, and something would travel in the clear that must not.
            OSError, smtplib.SMTPException: the server can't be reached, or refuses.
        """
        tls = ssl.create_default_context()
        with contextlib.ExitStack() as opened:
            if self.scheme == "smtps":
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=tls)
                opened.callback(smtp.close)
            else:
                smtp = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
                opened.callback(smtp.close)
                smtp.ehlo()
                if smtp.has_extn("starttls"):
                    smtp.starttls(context=tls)
                elif self.scheme == "smtp+starttls":
                    raise EffectFailed(f"{self.host} offers no TLS: the mail is not sent in the clear")
                elif self.user is not None:
                    raise EffectFailed(f"{self.host} offers no TLS: the password is not sent in the clear")
            if self.user is not None:
                smtp.login(self.user, self.password or "")
            opened.pop_all()
        return smtp


_PORTS: Mapping[str, int] = {"smtp": 587, "smtp+starttls": 587, "smtps": 465}
"""``smtp`` takes TLS where the server offers it, ``smtp+starttls`` insists on it, as in the server's own setting."""


def _smtp_server(url: str) -> _SmtpServer:
    usage = (
        f"{SMTP_URL} is smtp://user:password@host:587, smtp+starttls://... or smtps://user:password@host:465;"
        " what is special in the password is percent-encoded"
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:  # its text repeats a part of the password
        raise GiveUp(usage) from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise GiveUp(usage)
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return _SmtpServer(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], user, password)
