"""Answers of the API: shapes of ``wire`` as JSON."""

from typing import TypeVar

from litestar import Response
from litestar.types import ASGIApp, HTTPResponseBodyEvent, HTTPResponseStartEvent, Receive, Scope, Send

from openslot.api.conditional import NOT_MODIFIED, REVALIDATED, is_known, tag_of
from openslot.wire import codec
from openslot.wire.common import Collection, Resource

T = TypeVar("T")

JSON = "application/json"
OK = 200
CREATED = 201
ACCEPTED = 202


class JsonResponse(Response[bytes]):
    """JSON that is encoded already, without cookies and background tasks.

    The framework's own class looks for those, and for encoders, at every answer: a tenth of the cost of a short one.
    """

    __slots__ = ()

    def __init__(self, content: bytes, *, status_code: int, headers: dict[str, str] | None) -> None:
        """Set every attribute that the framework's own class does, without its checks."""
        self.content = content
        self.status_code = status_code
        self.headers = headers or {}
        self.media_type = JSON
        self.encoding = "utf-8"
        self.cookies = []
        self.background = None
        self.response_type_encoders = {}

    def to_asgi_response(self, *_: object, **__: object) -> ASGIApp:  # type: ignore[override]  # sends itself
        """The application that sends it."""
        return self._send

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- called by these names
        headers = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        status, content = self.status_code or OK, self.content
        if status == OK and scope.get("method") == "GET":  # HEAD comes as GET, too
            tag = tag_of(content)
            headers += [(b"etag", tag), (b"cache-control", REVALIDATED)]
            if is_known(scope["headers"], tag):
                status, content = NOT_MODIFIED, b""
        if status != NOT_MODIFIED:
            headers += [(b"content-type", JSON.encode()), (b"content-length", str(len(content)).encode())]
        start: HTTPResponseStartEvent = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        body: HTTPResponseBodyEvent = {"type": "http.response.body", "body": content, "more_body": False}
        await send(body)


def reply(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """``body`` as it is."""
    return JsonResponse(codec.encode(body), status_code=status, headers=headers)


def collection(rows: list[T]) -> Response[bytes]:
    """A whole list, where the API has no pages."""
    return reply(Collection(rows))


def resource(body: T, *, status: int = 200, headers: dict[str, str] | None = None) -> Response[bytes]:
    """``body`` in the envelope of one."""
    return reply(Resource(body), status=status, headers=headers)


def no_content() -> Response[None]:
    """204."""
    return Response(None, status_code=204)
