"""Over HTTP, for callers with tokens of their own: who gets in, and where the others get a token.

Source: Model Context Protocol, Authorization; RFC 6750, 9728; ADR 0042.
"""

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from openslot.client import ClientError, Secret
from openslot.connector.agents.access import bearer, names_of
from openslot.connector.agents.callers import Caller, Callers, Refused, audience
from openslot.connector.agents.discovery import WELL_KNOWN, AuthorizationServers, Unknown
from openslot.connector.asgi import App, Receive, Scope, Send, respond

CALLER = "openslot.caller"
"""The key of a request under which its caller is."""
SCOPES = ("mcp:scheduling:read", "mcp:scheduling:write")
_JSON = "application/json"
_UNAUTHORIZED, _NOT_FOUND, _UNAVAILABLE, _NO_CONTENT = 401, 404, 503, 204
_HEADER_NAMES = re.compile(r"[A-Za-z0-9-]+( *, *[A-Za-z0-9-]+)*")


class Place:
    """Where callers find the server: its URL, under each of its names."""

    def __init__(self, host: str, path: str, public_url: str | None) -> None:
        self.path = path
        self._public = public_url.rstrip("/") if public_url else None
        self._names = names_of(host)
        self._own = ""

    def listen(self, url: str) -> None:
        """``url``: without the path."""
        self._own = url

    def base(self, scope: Scope) -> str:
        """The URL without the path, by the name that a caller used for it."""
        if self._public:
            return self._public
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        return f"http://{host}" if f"http://{host}" in self._bases() else self._own

    def is_meant(self, resources: Sequence[str]) -> bool:
        """Whether one of ``resources``, as a token has them, is this server."""
        bases = {self._public} if self._public else self._bases()
        return not {f"{base}{self.path}".casefold() for base in bases}.isdisjoint(
            one.rstrip("/").casefold() for one in resources
        )

    def _bases(self) -> set[str]:
        port = urlsplit(self._own).port
        return {f"http://{name}:{port}" for name in self._names}


def with_own_tokens(app: App, place: Place, callers: Callers[Any], servers: AuthorizationServers) -> App:
    """``app`` for callers whose token the API takes; each request has its caller under ``CALLER``."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith(WELL_KNOWN):
            await _metadata(scope, send, place, servers)
            return
        shown = bearer(scope)
        if shown is None:
            await _unauthorized(scope, send, place)
            return
        try:
            token = _read(shown, place, scope)
            async with callers.admitted(token) as caller:
                scope[CALLER] = caller
                await _answer(app, scope, receive, send, caller)
        except Refused as exc:
            await _unauthorized(scope, send, place, str(exc))
        except (ClientError, TimeoutError):  # of the check: those of tools are results
            body = json.dumps({"error": "temporarily_unavailable", "error_description": "the API can't be reached"})
            await respond(send, _UNAVAILABLE, {"content-type": _JSON, "retry-after": "5"}, body.encode())

    return guarded


def with_cross_origin(app: App, origins: Sequence[str]) -> App:
    """``app`` for pages of ``origins`` too, of which one that ends in ``:*`` stands for any port. Source: Fetch."""

    def is_ours(origin: str) -> bool:
        return origin in origins or f"{origin.rpartition(':')[0]}:*" in origins

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get(b"origin", "")
        if not is_ours(origin):
            await app(scope, receive, send)
            return
        granted = {"access-control-allow-origin": origin, "vary": "Origin"}
        if scope["method"] == "OPTIONS":
            wanted = headers.get(b"access-control-request-headers", "")
            names = wanted if _HEADER_NAMES.fullmatch(wanted) else "Authorization, Content-Type"
            granted |= {"access-control-allow-methods": "GET, POST, DELETE", "access-control-allow-headers": names}
            await respond(send, _NO_CONTENT, granted | {"access-control-max-age": "3600"}, b"")
            return
        granted["access-control-expose-headers"] = "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version"

        async def granting(message: Any) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode("latin-1")) for name, value in granted.items()]
                message = {**message, "headers": [*message.get("headers", []), *added]}
            await send(message)

        await app(scope, receive, granting)

    return answering


async def _answer(app: App, scope: Scope, receive: Receive, send: Send, caller: Caller[Any]) -> None:
    """Answer a request of a caller whose token worked when it came.

    Raises:
        Refused: it worked no more at the call that needed it, and nothing is answered yet. Clients get another one on
            a 401 alone.
    """
    is_withheld = False

    async def withholding(message: Any) -> None:
        nonlocal is_withheld
        if message["type"] == "http.response.start" and caller.is_refused:
            is_withheld = True
        if not is_withheld:
            await send(message)

    await app(scope, receive, withholding)
    if is_withheld:
        raise Refused("the token is not accepted any more")


def _read(shown: bytes, place: Place, scope: Scope) -> Secret:
    try:
        token = Secret(shown.decode("latin-1"))
    except ValueError:
        raise Refused("that is no token") from None
    meant_for = audience(token)
    if meant_for is not None and not place.is_meant(meant_for):
        raise Refused(f"the token is not for this server: get one for the resource {place.base(scope)}{place.path}")
    return token


async def _metadata(scope: Scope, send: Send, place: Place, servers: AuthorizationServers) -> None:
    try:
        found = await servers.get()
    except Unknown as exc:
        body = json.dumps({"error": "not_found", "error_description": str(exc)})
        await respond(send, _NOT_FOUND, {"content-type": _JSON}, body.encode())
        return
    metadata = {
        "resource": f"{place.base(scope)}{place.path}",
        "authorization_servers": found,
        "scopes_supported": SCOPES,
        "bearer_methods_supported": ["header"],
        "resource_name": "OpenSlot",
    }
    headers = {"content-type": _JSON, "cache-control": "public, max-age=300"}
    await respond(send, 200, headers, json.dumps(metadata).encode())


async def _unauthorized(scope: Scope, send: Send, place: Place, problem: str = "") -> None:
    """A refusal that shows where a token is to be had; without one, it names no error (RFC 6750, section 3.1)."""
    error = {"error": "invalid_token", "error_description": problem} if problem else {}
    named = {**error, "resource_metadata": f"{place.base(scope)}{WELL_KNOWN}{place.path}"}
    challenge = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in named.items())
    body = json.dumps(error or {"error": "unauthorized", "error_description": "send a bearer token"})
    await respond(send, _UNAUTHORIZED, {"content-type": _JSON, "www-authenticate": challenge}, body.encode())
