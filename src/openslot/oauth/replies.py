"""Answers to clients: JSON that nobody keeps."""

from litestar import Response

from openslot.wire import codec

JSON = "application/json"
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""Source: RFC 6749, section 5.1."""


def reply(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """``body`` as JSON."""
    return Response(codec.encode(body), status_code=status, headers=NO_STORE | (headers or {}), media_type=JSON)
