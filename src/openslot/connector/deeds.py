"""What flows in YAML do to the world: one of the connector's actions, an HTTP request, a chat message; or a mail.

Each is a value that tells what it would do before anything is done.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from openslot.client import Forbidden, NotFound, Refused, answers, operations
from openslot.connector.actions import AsyncConnector
from openslot.connector.flows import GiveUp
from openslot.connector.outside import Answer, host_of

TIMEOUT_SECONDS = 30
FOR_GOOD = frozenset({400, 404, 405, 410, 422})
"""Refusals of others that no wait will mend: the request is what is wrong. Not among them are those that people mend
without touching the request (401, 403: a token has run out) or that ask to come again (408, 409, 425, 429, 5xx)."""
_FOR_GOOD_BY_API = frozenset({400, 403, 404, 422})
"""The API's 403 is a matter of roles, which the token has for as long as we have it; its 401 means another token."""
_MARKED_ALREADY = frozenset({400, 403, 409, 422})
"""OpenSlot says 400. Calendly documents an error without its status. Source: behaviours, section 11."""
_SUCCESS = frozenset(range(200, 300))
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


class DeedRefused(GiveUp):
    """The other side would not, and never will."""


class ConnectorCall(Struct, frozen=True):
    """One of the connector's actions."""

    name: str
    arguments: dict[str, Any]

    def told(self) -> dict[str, Any]:
        return {"connector": self.name, "with": self.arguments}

    async def do(self, connector: AsyncConnector) -> Any:
        try:
            return answers.builtins(await getattr(connector, self.name)(**self.arguments))
        except Refused as exc:
            done_already = _DONE_ALREADY.get(self.name)
            done = None if done_already is None else await done_already(exc, self.arguments, connector)
            if done is not None:
                return done.answer
            if exc.status in _FOR_GOOD_BY_API:
                raise DeedRefused(str(exc)) from exc
            raise
        except ValueError as exc:
            raise GiveUp(f"{self.name}: {exc}") from exc


class _Done(Struct, frozen=True):
    answer: Any


async def _marked(refusal: Refused, arguments: Mapping[str, Any], connector: AsyncConnector) -> _Done | None:
    """The mark that the invitee has, by an earlier attempt or somebody else; there is never a second."""
    event, _, invitee = arguments["invitee"].rstrip("/").rpartition("/invitees/")
    if refusal.status not in _MARKED_ALREADY or not event:
        return None
    try:
        found = await connector.connection.async_client.send(operations.GetEventInvitee(event, invitee))
    except (Forbidden, NotFound, ValueError):
        return None
    if found.no_show is None:
        return None
    return _Done({**answers.builtins(found.no_show), "invitee": found.uri})


async def _gone(refusal: Refused, _: Mapping[str, Any], __: AsyncConnector) -> _Done | None:
    return _Done(None) if isinstance(refusal, NotFound) else None


_DONE_ALREADY = {"create_invitee_no_show": _marked, "delete_invitee_no_show": _gone}
"""What a refusal means where the deed can't be done twice: attempts are repeated, and people do the same by hand."""


class HttpRequest(Struct, frozen=True):
    """Any call. Redirects are not followed."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None
    key: str
    """The same for every attempt, and no other deed's: ``Idempotency-Key``."""
    timeout_seconds: float = TIMEOUT_SECONDS
    """For all of it."""
    success: frozenset[int] = frozenset()
    """Statuses that are a success besides 2xx."""
    for_good: frozenset[int] = FOR_GOOD
    """Statuses after which there is no other attempt."""

    def told(self) -> dict[str, Any]:
        body = None if self.content is None else self.content.decode("utf-8", "replace")
        # values of headers are the usual place of tokens
        return {"http": {"method": self.method, "url": self.url, "headers": sorted(self.headers), "body": body}}

    async def do(self, connector: AsyncConnector) -> Any:
        headers = {"Idempotency-Key": self.key, **self.headers}
        request = (self.method, self.url, headers, self.content, self.timeout_seconds)
        what = f"{self.method} to {host_of(self.url)}"
        try:
            answer = await connector.connection.outside.request(*request)
        except ValueError as exc:
            raise GiveUp(str(exc)) from exc
        except TimeoutError as exc:
            raise DeedFailed(f"{what} took longer than {self.timeout_seconds:g} s") from exc
        if answer.status not in _SUCCESS | self.success:
            error = DeedRefused if answer.status in self.for_good else DeedFailed
            raise error(f"{what} was answered {answer.status}: {answer.text[:_EXCERPT]}")
        return {"status": answer.status, "body": _body(answer)}


def _body(answer: Answer) -> Any:
    """Never an error, whatever came: the call has been made, and would be made again.

    ``msgspec`` reads nothing that it could not write again, such as half a surrogate pair; the answer is recorded.
    """
    if not answer.content or not answer.is_whole:
        return None
    try:
        return msgspec.json.decode(answer.content.removeprefix(BOM_UTF8))
    except (msgspec.DecodeError, ValueError, RecursionError):
        return answer.text


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
