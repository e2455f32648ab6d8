"""Answers of the API: shapes of ``wire`` as JSON."""

from typing import TypeVar

from litestar import Response

from openslot.wire import codec
from openslot.wire.common import Resource

T = TypeVar("T")

CREATED = 201
ACCEPTED = 202


def reply(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """``body`` as it is."""
    return Response(codec.encode(body), status_code=status, media_type="application/json", headers=headers)


def resource(body: T, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """``body`` in the envelope of one."""
    return reply(Resource(body), status=status, headers=headers)


def no_content() -> Response[None]:
    """204."""
    return Response(None, status_code=204)
