"""What the actions of flows in YAML do: call the connector, send an HTTP request or a chat message; ``mail`` has mail.

An effect is a value: it can be described before it is performed.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import msgspec
from msgspec import Struct

from openslot.client import Forbidden, NotFound, Refused, answers, operations
from openslot.connector.actions import AsyncConnector
from openslot.connector.flows import GiveUp
from openslot.connector.recipes.http_client import HttpAnswer, HttpClient, host_of

TIMEOUT_SECONDS = 30
FOR_GOOD = frozenset({400, 404, 405, 410, 422})
"""Refusals that no wait will mend, because the request is wrong. Left out are those that are mended without a change
of the request (401, 403: a token has expired) and those that invite another attempt (408, 409, 425, 429, 5xx)."""
_FOR_GOOD_BY_API = frozenset({400, 403, 404, 422})
"""The API's 403 is a matter of roles, which the token has for as long as we have it; its 401 means another token."""
_MARKED_ALREADY = frozenset({400, 403, 409, 422})
"""OpenSlot answers 400. Calendly documents an error without its status. Source: behaviours, section 11."""
_SUCCESS = frozenset(range(200, 300))
_EXCERPT = 300


class Clients(NamedTuple):
    """What effects are performed with."""

    connector: AsyncConnector
    http: HttpClient
    """For all but the API: it has neither the token nor the limit of calls."""


class Effect(Protocol):
    """One change in another system, ready to be performed."""

    def describe(self) -> dict[str, Any]:
        """Return what it would do as plain JSON, without our secrets."""

    async def perform(self, clients: Clients) -> Any:
        """Do it, and return the answer as plain JSON.

        Raises:
            GiveUp: it failed, and another attempt would fail too.
            Exception: it failed; the run is tried again.
        """


class EffectFailed(Exception):
    """The other side failed or refused; a later attempt may succeed."""


class EffectRefused(GiveUp):
    """The other side refused, and will refuse every other attempt."""


class ConnectorCall(Struct, frozen=True):
    """One of the connector's actions."""

    name: str
    arguments: dict[str, Any]

    def describe(self) -> dict[str, Any]:
        return {"connector": self.name, "with": self.arguments}

    async def perform(self, clients: Clients) -> Any:
        try:
            return answers.builtins(await getattr(clients.connector, self.name)(**self.arguments))
        except Refused as exc:
            done_already = _DONE_ALREADY.get(self.name)
            done = None if done_already is None else await done_already(exc, self.arguments, clients.connector)
            if done is not None:
                return done.answer
            if exc.status in _FOR_GOOD_BY_API:
                raise EffectRefused(str(exc)) from exc
            raise
        except ValueError as exc:
            raise GiveUp(f"{self.name}: {exc}") from exc


class _Done(Struct, frozen=True):
    answer: Any


async def _marked(refusal: Refused, arguments: Mapping[str, Any], connector: AsyncConnector) -> _Done | None:
    """The mark that the invitee has already, by an earlier attempt or somebody else: an invitee has one at most."""
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
"""What a refusal means where an action can't be done twice: attempts are repeated, and users do the same by hand."""


class HttpRequest(Struct, frozen=True):
    """Any call. Redirects are not followed."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes | None
    key: str
    """The same for every attempt, and different for every other effect: ``Idempotency-Key``."""
    timeout_seconds: float = TIMEOUT_SECONDS
    """For all of it."""
    success: frozenset[int] = frozenset()
    """Statuses that are a success besides 2xx."""
    for_good: frozenset[int] = FOR_GOOD
    """Statuses after which there is no other attempt."""

    def describe(self) -> dict[str, Any]:
        body = None if self.content is None else self.content.decode("utf-8", "replace")
        # values of headers are the usual place of tokens
        return {"http": {"method": self.method, "url": self.url, "headers": sorted(self.headers), "body": body}}

    async def perform(self, clients: Clients) -> Any:
        headers = {"Idempotency-Key": self.key, **self.headers}
        request = (self.method, self.url, headers, self.content, self.timeout_seconds)
        what = f"{self.method} to {host_of(self.url)}"
        try:
            answer = await clients.http.request(*request)
        except ValueError as exc:
            raise GiveUp(str(exc)) from exc
        except TimeoutError as exc:
            raise EffectFailed(f"{what} took longer than {self.timeout_seconds:g} s") from exc
        if answer.status not in _SUCCESS | self.success:
            error = EffectRefused if answer.status in self.for_good else EffectFailed
            raise error(f"{what} was answered {answer.status}: {answer.text[:_EXCERPT]}")
        return {"status": answer.status, "body": _body(answer)}


def _body(answer: HttpAnswer) -> Any:
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

    def describe(self) -> dict[str, Any]:
        return {"slack": {"text": self.text}}  # the URL is a secret: it is all that posting needs

    async def perform(self, clients: Clients) -> Any:
        content = msgspec.json.encode({"text": self.text})
        headers = {"Content-Type": "application/json"}
        await HttpRequest("POST", self.url, headers, content, self.key).perform(clients)
