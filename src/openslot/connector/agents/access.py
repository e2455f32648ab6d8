"""Who reaches the agents' server over HTTP: by which names, with which key, and load balancers without one."""

import hmac
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from mcp.server.transport_security import TransportSecuritySettings

from openslot.client import Secret
from openslot.connector.asgi import App, Scope, respond

HEALTH = "/health"


def names_of(host: str) -> set[str]:
    """The names of a server that listens at ``host``, as URLs have them."""
    return {"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host}


def security(host: str, public_url: str | None, origins: Sequence[str] = ()) -> TransportSecuritySettings:
    """The names under which requests and pages may reach us; ``origins``: of further pages."""
    hosts = [name for one in sorted(names_of(host)) for name in (one, f"{one}:*")]
    origins = [*origins, *(f"http://{name}" for name in hosts)]
    if public_url:
        public = urlsplit(public_url)
        hosts.append(public.netloc)
        origins.append(f"{public.scheme}://{public.netloc}")
    return TransportSecuritySettings(enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=origins)


def with_key(app: App, key: Secret) -> App:
    """``app`` for those who know ``key``."""
    wanted = key.reveal().encode()

    async def guarded(scope: Scope, receive: Any, send: Any) -> None:
        if hmac.compare_digest(bearer(scope) or b"", wanted):
            await app(scope, receive, send)
            return
        await respond(send, 401, {"www-authenticate": "Bearer"}, b"")

    return guarded


def bearer(scope: Scope) -> bytes | None:
    """What a request shows as its bearer token."""
    given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    scheme, _, credential = given.partition(b" ")
    return credential.strip() or None if scheme.lower() == b"bearer" else None


def with_health(app: App) -> App:
    """``app`` with a health check for load balancers: under any name, and without a key."""

    async def answering(scope: Scope, receive: Any, send: Any) -> None:
        if scope["path"] != HEALTH:
            await app(scope, receive, send)
        elif scope["method"] in {"GET", "HEAD"}:
            # the server leaves the body of an answer to HEAD out
            await respond(send, 200, {"content-type": "application/json"}, b'{"status":"ok"}')
        else:
            await respond(send, 405, {"allow": "GET, HEAD"}, b"")

    return answering
