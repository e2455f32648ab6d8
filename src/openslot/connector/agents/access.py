"""Who reaches the agents' server over HTTP: by which names, with which key, and load balancers without one."""

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from mcp.server.transport_security import TransportSecuritySettings

from openslot.client import Secret
from openslot.connector.asgi import respond

HEALTH = "/health"

_Scope = MutableMapping[str, Any]
_App = Callable[[_Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


def security(host: str, public_url: str | None) -> TransportSecuritySettings:
    """The names under which requests and pages may reach us."""
    names = {"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host}
    hosts = [name for one in sorted(names) for name in (one, f"{one}:*")]
    origins = [f"http://{name}" for name in hosts]
    if public_url:
        public = urlsplit(public_url)
        hosts.append(public.netloc)
        origins.append(f"{public.scheme}://{public.netloc}")
    return TransportSecuritySettings(enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=origins)


def with_key(app: _App, key: Secret) -> _App:
    """``app`` for those who know ``key``."""
    wanted = key.reveal().encode()

    async def guarded(scope: _Scope, receive: Any, send: Any) -> None:
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, credential = given.partition(b" ")
        if scheme.lower() == b"bearer" and hmac.compare_digest(credential.strip(), wanted):
            await app(scope, receive, send)
            return
        await respond(send, 401, {"www-authenticate": "Bearer"}, b"")

    return guarded


def with_health(app: _App) -> _App:
    """``app`` with a health check for load balancers: under any name, and without a key."""

    async def answering(scope: _Scope, receive: Any, send: Any) -> None:
        if scope["path"] != HEALTH:
            await app(scope, receive, send)
        elif scope["method"] in {"GET", "HEAD"}:
            # the server leaves the body of an answer to HEAD out
            await respond(send, 200, {"content-type": "application/json"}, b'{"status":"ok"}')
        else:
            await respond(send, 405, {"allow": "GET, HEAD"}, b"")

    return answering
