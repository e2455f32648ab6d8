"""Methods that handlers do not declare: HEAD as GET without the body, and ``Allow`` with all methods of a path.

Source: RFC 9110, sections 9.3.2, 9.3.7, 10.2.1 and 15.5.6.
"""

from typing import Any, cast

from litestar import Litestar
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, MethodNotAllowedException
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send
from litestar.utils import normalize_path

NO_CONTENT, NOT_ALLOWED = 204, 405
_NO_METHOD: Any = "-"
"""A name that no method has, to make the router raise with the list of methods."""


def methods_at(app: Litestar, path: str) -> list[str]:
    """The methods that a path supports, sorted; empty where nothing is at the path."""
    try:
        app.asgi_router.handle_routing(path=normalize_path(path), method=_NO_METHOD)
    except MethodNotAllowedException as exc:
        named = set((exc.headers or {})["allow"].split(", "))
        return sorted(named | {"HEAD"} if "GET" in named else named)
    except HTTPException:
        pass
    return []


def add_allow(message: HTTPResponseStartEvent, scope: Scope) -> None:
    """Set ``Allow`` on responses to OPTIONS and to unsupported methods.

    The framework sets it too, but only with the methods of one handler where a path has several.
    """
    is_options = scope.get("method") == "OPTIONS" and message["status"] == NO_CONTENT
    if is_options or message["status"] == NOT_ALLOWED:
        headers = [(name, value) for name, value in message["headers"] if name.lower() != b"allow"]
        allowed = ", ".join(methods_at(Litestar.from_scope(scope), scope["path"]))
        message["headers"] = [*headers, (b"allow", allowed.encode())]


def answering_head(app: Litestar, handler: ASGIApp) -> ASGIApp:
    """Wrap ``handler`` of ``app`` so that HEAD works wherever GET does, unless a route has a HEAD of its own."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD" or _has_head(app, scope["path"]):
            await handler(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        await handler(cast(Scope, {**scope, "method": "GET"}), receive, send_head)

    return answering


def _has_head(app: Litestar, path: str) -> bool:
    try:
        app.asgi_router.handle_routing(path=normalize_path(path), method="HEAD")
    except HTTPException as exc:
        return "GET" not in methods_at(app, path) or not isinstance(exc, MethodNotAllowedException)
    return True
