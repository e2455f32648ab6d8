"""What flows in YAML do to the world: one of the connector's actions, an HTTP request, a chat message; or a mail.

Each is a value that tells what it would do before anything is done.
"""

from typing import Any, Protocol

import msgspec
from msgspec import Struct

from openslot.client import answers
from openslot.connector.actions import AsyncConnector
from openslot.connector.flows import GiveUp
from openslot.connector.outside import host_of

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

    async def do(self, connector: AsyncConnector) -> Any:
        headers = {"Idempotency-Key": self.key, **self.headers}
        request = (self.method, self.url, headers, self.content, TIMEOUT_SECONDS)
        try:
            answer = await connector.connection.outside.request(*request)
        except ValueError as exc:
            raise GiveUp(str(exc)) from exc
        except TimeoutError as exc:
            raise DeedFailed(f"{self.method} to {host_of(self.url)} took longer than {TIMEOUT_SECONDS} s") from exc
        if answer.status_code not in _SUCCESS:
            said = f"{answer.status_code}: {answer.text[:_EXCERPT]}"
            raise DeedFailed(f"{self.method} to {host_of(self.url)} was answered {said}")
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
