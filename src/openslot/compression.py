"""Answers as gzip for those who ask for it: pages, what they load, JSON. Never what holds a secret (ADR 0023)."""

import re
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

SMALLEST, LARGEST = 1024, 4 * 1024 * 1024
"""Bytes; what is smaller fits into a packet or two as it is, and what is larger would keep others waiting."""
QUICK, THOROUGH = 5, 9
"""Levels: for what is made for one reader, and for what is packed once for all."""
CODING = "gzip"
NOT_MODIFIED = 304
_GZIP = 31
"""What zlib calls the format."""
_KINDS = re.compile(rb"(text/(html|css|javascript|plain|csv)|application/([\w.-]+\+)?json|image/svg\+xml)\b")
_KEPT_TO_ITSELF = re.compile(rb"\bno-(store|transform)\b")
"""Somebody's data, or a page with a form's token: beside text of the visitor's, its packed length would tell of it."""

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
    """Whether there is enough to be packed."""
    return SMALLEST <= len(body) <= LARGEST


def packed(body: bytes, *, level: int = QUICK) -> bytes:
    """``body`` as gzip."""
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()


def compressing(app: ASGIApp, *, is_left_alone: Callable[[str], bool]) -> ASGIApp:
    """``app``, packing its answers for those who accept that; whoever does not ask costs nothing.

    Left as they are: paths that ``is_left_alone`` names, what is packed already, small, of a kind that does not shrink,
    a part of something, or kept to itself; and what comes in pieces without saying how much.
    """

    async def compressed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            asked = [value for name, value in scope["headers"] if name == b"accept-encoding"]
            if asked and is_accepted(one.decode("latin-1") for one in asked) and not is_left_alone(scope["path"]):
                send = _Packing(send, is_head=scope["method"] == "HEAD")
        await app(scope, receive, send)

    return compressed


class _Packing:
    """Holds the head of an answer until it is clear what becomes of the body."""

    def __init__(self, send: Send, *, is_head: bool) -> None:
        self.send = send
        self.is_head = is_head
        self.head: HTTPResponseStartEvent | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _may_be_packed(message):
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
            head["headers"] = _without(head["headers"], b"content-length")  # that of GET is known to GET alone
        if not is_worth_it(self.body):
            await self._send_as_it_is(self.body)
            return
        is_public = b"public" in (_value(head["headers"], b"cache-control") or b"")
        body = _packed_once(self.body) if is_public else packed(self.body)
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


def _may_be_packed(head: HTTPResponseStartEvent) -> bool:
    headers = list(head["headers"])
    kind = _value(headers, b"content-type")
    length = _value(headers, b"content-length")
    return (
        kind is not None
        and _KINDS.match(kind) is not None
        and (length is None or int(length) <= LARGEST)
        and _value(headers, b"content-encoding") is None
        and _value(headers, b"content-range") is None
        and not _KEPT_TO_ITSELF.search(_value(headers, b"cache-control") or b"")
    )


@lru_cache(maxsize=64)
def _packed_once(body: bytes) -> bytes:
    return packed(body, level=THOROUGH)


def _with_weak_tag(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Packed, it is the same text in other bytes; so a tag that promises the bytes is made to promise the text."""
    return [
        (name, b"W/" + value if name.lower() == b"etag" and not value.startswith(b"W/") else value)
        for name, value in headers
    ]


def _value(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    return next((value for key, value in headers if key.lower() == name), None)


def _without(headers: Iterable[tuple[bytes, bytes]], *names: bytes) -> Headers:
    return [(key, value) for key, value in headers if key.lower() not in names]
