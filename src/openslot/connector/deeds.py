"""What flows in YAML do to the world: one of the connector's actions, an HTTP request, a mail, a chat message.

Each is a value that tells what it would do before anything is done.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit

import msgspec
from msgspec import Struct

from openslot.client import answers
from openslot.connector.actions import AsyncConnector
from openslot.connector.flows import GiveUp

TIMEOUT_SECONDS = 30
_SUCCESS = range(200, 300)
_EXCERPT = 300


class Deed(Protocol):
    """Something that is to be done."""

    def told(self) -> dict[str, Any]:
        """What it is, for people; without secrets of ours."""

    async def do(self, connector: AsyncConnector) -> Any:
        """Do it; what comes back is plain JSON.

        Raises:
            Exception: it did not work; the run is tried again.
        """


class DeedFailed(Exception):
    """The other side would not."""


class ConnectorCall(Struct, frozen=True):
    """One of the connector's actions."""

    name: str
    arguments: dict[str, Any]

    def told(self) -> dict[str, Any]:
        return {"connector": self.name, "with": self.arguments}

    async def do(self, connector: AsyncConnector) -> Any:
        try:
            answer = await getattr(connector, self.name)(**self.arguments)
        except TypeError as exc:
            raise GiveUp(f"{self.name}: {exc}") from exc
        return answers.builtins(answer)


class HttpRequest(Struct, frozen=True):
    """Any call; 2xx is a success. Redirects are not followed."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None
    key: str
    """The same for every attempt, and no other deed's: ``Idempotency-Key``."""

    def told(self) -> dict[str, Any]:
        body = None if self.content is None else self.content.decode("utf-8", "replace")
        # values of headers are the usual place of tokens
        return {"http": {"method": self.method, "url": self.url, "headers": sorted(self.headers), "body": body}}

    async def do(self, _: AsyncConnector) -> Any:
        import httpx  # noqa: PLC0415 -- slow import

        headers = {"Idempotency-Key": self.key, **self.headers}
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as http:
            answer = await http.request(self.method, self.url, headers=headers, content=self.content)
        if answer.status_code not in _SUCCESS:
            # the host alone: the rest of a URL may be a secret, and this is kept and logged
            host = urlsplit(self.url).hostname
            raise DeedFailed(f"{self.method} to {host} was answered {answer.status_code}: {answer.text[:_EXCERPT]}")
        try:
            body = answer.json() if answer.content else None
        except ValueError:
            body = answer.text
        return {"status": answer.status_code, "body": body}


class ChatMessage(Struct, frozen=True):
    """A message to a webhook as Slack, Mattermost, Rocket.Chat and others take it."""

    url: str
    text: str
    key: str

    def told(self) -> dict[str, Any]:
        return {"slack": {"text": self.text}}  # the URL is what whoever knows it may post to

    async def do(self, connector: AsyncConnector) -> Any:
        content = msgspec.json.encode({"text": self.text})
        headers = {"Content-Type": "application/json"}
        await HttpRequest("POST", self.url, headers, content, self.key).do(connector)


class Mail(Struct, frozen=True):
    """A mail in plain text, through the server of an SMTP URL."""

    smtp_url: str
    sender: str
    to: str
    subject: str
    text: str
    key: str

    def told(self) -> dict[str, Any]:
        return {"mail": {"from": self.sender, "to": self.to, "subject": self.subject, "text": self.text}}

    async def do(self, _: AsyncConnector) -> Any:
        await asyncio.to_thread(self._send)

    def _send(self) -> None:
        message = EmailMessage()
        for name, value in (("From", self.sender), ("To", self.to), ("Subject", self.subject)):
            message[name] = " ".join(value.split())  # a line break would begin another header
        message["Date"] = formatdate()
        # the same at every attempt, so that mailboxes can tell a repetition
        message["Message-ID"] = f"<{self.key}@flows.openslot>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        server = _smtp_server(self.smtp_url)
        with server.connect() as smtp:
            smtp.send_message(message)


class _SmtpServer(Struct, frozen=True):
    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None

    def connect(self) -> smtplib.SMTP:
        tls = ssl.create_default_context()
        if self.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=tls)
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
            smtp.ehlo()
            if smtp.has_extn("starttls"):
                smtp.starttls(context=tls)
            elif self.user is not None:
                smtp.close()
                raise DeedFailed(f"{self.host} offers no TLS: the password is not sent in the clear")
        if self.user is not None:
            smtp.login(self.user, self.password or "")
        return smtp


_PORTS: Mapping[str, int] = {"smtp": 587, "smtps": 465}


def _smtp_server(url: str) -> _SmtpServer:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise GiveUp("OPENSLOT_FLOW_SMTP_URL is smtp://user:password@host:587 or smtps://user:password@host:465")
    user = None if parts.username is None else unquote(parts.username)
    password = None if parts.password is None else unquote(parts.password)
    return _SmtpServer(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme], user, password)
