"""Calls from web pages of other origins, as clients of the Model Context Protocol in a browser make them.

The calls know nobody by a cookie, so any page may read what they answer. ``/oauth/authorize`` is none of them.
"""

from litestar.types import HTTPResponseStartEvent, Scope

NO_CONTENT = 204
ANY = (b"access-control-allow-origin", b"*")
PREFLIGHT = (
    (b"access-control-allow-methods", b"GET, POST"),
    (b"access-control-allow-headers", b"Authorization, Content-Type, MCP-Protocol-Version"),
    (b"access-control-max-age", b"3600"),
)


def add_cross_origin(message: HTTPResponseStartEvent, scope: Scope) -> None:
    """Let pages of any origin read an answer, and make the call that they ask about. Source: the Fetch standard."""
    is_preflight = scope.get("method") == "OPTIONS" and message["status"] == NO_CONTENT
    message["headers"] = [*message["headers"], ANY, *(PREFLIGHT if is_preflight else ())]
