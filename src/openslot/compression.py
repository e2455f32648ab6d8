"""Compresses responses with gzip for callers who accept it: pages, their files and JSON. Never secrets (ADR 0023)."""

import re
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

SMALLEST, LARGEST = 1024, 4 * 1024 * 1024
"""Bytes of a body to compress: a smaller one fits into a packet or two anyway, a larger one would delay others."""
QUICK, THOROUGH = 5, 9
"""Levels: for a response to one caller, and for a public one that is compressed once for all callers."""
CODING = "gzip"
NOT_MODIFIED = 304
_GZIP = 31
"""The ``wbits`` argument of zlib for the gzip format."""
_KINDS = re.compile(rb"(text/(html|css|javascript|plain|csv)|application/([\w.-]+\+)?json|image/svg\+xml)\b")
_NOT_COMPRESSED = re.compile(rb"\bno-(store|transform)\b")
"""In ``Cache-Control``: personal data, or a page with a form's token. If such a response also contains text that a
caller chose, its compressed length reveals secrets (the BREACH attack)."""

Headers = list[tuple[bytes, bytes]]


def is_accepted(values: Iterable[str]) -> bool:
    """Whether the values of ``Accept-Encoding`` ask for gzip. Source: RFC 9110, section 12.5.3."""
    for value in values:
        for part in value.lower().split(","):
            coding, _, parameters = part.partition(";")
            if coding.strip() in (CODING, "x-gzip"):
                return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", parameters)
    return False


def is_worth_it(body: bytes) -> bool:
    """Whether the size of ``body`` is worth compressing."""
    return SMALLEST <= len(body) <= LARGEST


def compressed(body: bytes, *, level: int = QUICK) -> bytes:
    """``body`` as gzip."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return compressor.compress(body) + compressor.flush()


def compressing(app: ASGIApp, *, is_excluded: Callable[[str], bool]) -> ASGIApp:
    """Wrap ``app`` to compress its responses for callers who accept gzip; no cost for the others.

    Not compressed are paths for which ``is_excluded`` is true, and responses that are compressed already, small, of a
    type that does not shrink, partial, marked ``no-store`` or ``no-transform``, or streamed without a length.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            accepted = [value for name, value in scope["headers"] if name == b"accept-encoding"]
            if accepted and is_accepted(one.decode("latin-1") for one in accepted) and not is_excluded(scope["path"]):
                send = _CompressingSend(send, is_head=scope["method"] == "HEAD")
        await app(scope, receive, send)

    return wrapped


class _CompressingSend:
    """Holds the head of a response back until it is clear whether its body is compressed."""

    def __init__(self, send: Send, *, is_head: bool) -> None:
        self.send = send
        self.is_head = is_head
        self.head: HTTPResponseStartEvent | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _may_be_compressed(message):
            self.head = message
            return
        if message["type"] == "http.response.start" and message["status"] == NOT_MODIFIED:
            message["headers"] = _with_weak_tag(message["headers"])
        if self.head is None or message["type"] != "http.response.body":
            await self.send(message)
            return
        more = message.get("more_body", False)
        if more and not self.body and _value(self.head["headers"], b"content-length") is None:
            await self._send_as_it_is(message["body"], more=True)
            return
        self.body += message["body"]
        if not more:
            await self._finish(self.head)

    async def _finish(self, head: HTTPResponseStartEvent) -> None:
        length = _value(head["headers"], b"content-length")
        if self.is_head and length is not None and int(length) >= SMALLEST:
            head["headers"] = _without(head["headers"], b"content-length")  # HEAD can't know the compressed length
        if not is_worth_it(self.body):
            await self._send_as_it_is(self.body)
            return
        is_public = b"public" in (_value(head["headers"], b"cache-control") or b"")
        body = _compressed_once(self.body) if is_public else compressed(self.body)
        head["headers"] = [
            *_without(_with_weak_tag(head["headers"]), b"content-length", b"accept-ranges"),
            (b"content-length", str(len(body)).encode()),
            (b"content-encoding", CODING.encode()),
        ]
        await self._send_as_it_is(body)

    async def _send_as_it_is(self, body: bytes, *, more: bool = False) -> None:
        assert self.head is not None
        head, self.head = self.head, None
        vary = _value(head["headers"], b"vary")
        if vary is None or b"accept-encoding" not in vary.lower():
            varying = b"Accept-Encoding" if vary is None else vary + b", Accept-Encoding"
            head["headers"] = [*_without(head["headers"], b"vary"), (b"vary", varying)]
        await self.send(head)
        await self.send({"type": "http.response.body", "body": body, "more_body": more})


def _may_be_compressed(head: HTTPResponseStartEvent) -> bool:
    headers = list(head["headers"])
    kind = _value(headers, b"content-type")
    length = _value(headers, b"content-length")
    return (
        kind is not None
        and _KINDS.match(kind) is not None
        and (length is None or int(length) <= LARGEST)
        and _value(headers, b"content-encoding") is None
        and _value(headers, b"content-range") is None
        and not _NOT_COMPRESSED.search(_value(headers, b"cache-control") or b"")
    )


@lru_cache(maxsize=64)
def _compressed_once(body: bytes) -> bytes:
    return compressed(body, level=THOROUGH)


def _with_weak_tag(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Make the entity tag weak: a strong one promises the same bytes, which a compressed body does not have."""
    return [
        (name, b"W/" + value if name.lower() == b"etag" and not value.startswith(b"W/") else value)
        for name, value in headers
    ]


def _value(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    return next((value for key, value in headers if key.lower() == name), None)


def _without(headers: Iterable[tuple[bytes, bytes]], *names: bytes) -> Headers:
    return [(key, value) for key, value in headers if key.lower() not in names]
