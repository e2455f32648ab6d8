"""A stand-in for the API: real HTTP on a loopback port, with the answers of a test, recording every request."""

import threading
from collections import defaultdict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import msgspec
from msgspec import Struct

_LOOPBACK = "127.0.0.1"


class Received(Struct, frozen=True):
    """A request as received."""

    method: str
    path: str
    """Below the stand-in's prefix."""
    query: dict[str, str]
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Reply(Struct, frozen=True):
    """An answer to send."""

    status: int = 200
    json: Any = None
    """The body, unless ``body`` is given."""
    headers: dict[str, str] = {}
    body: bytes | None = None

    def content(self) -> bytes:
        if self.body is not None:
            return self.body
        return b"" if self.json is None else msgspec.json.encode(self.json)


class HangUp(Struct, frozen=True):
    """Close the connection without an answer."""


Answer = Reply | HangUp | Callable[[Received], Reply | HangUp]


class StandIn:
    """Answers ``(method, path)`` with the answers of ``on``, in turn, repeating the last; 404 for all else.

    A context manager: it runs until exit. Answers that are functions run in a thread per connection, and may block.
    """

    def __init__(self, prefix: str = "") -> None:
        self.received: list[Received] = []
        self._prefix = prefix
        self._answers: dict[tuple[str, str], list[Answer]] = defaultdict(list)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((_LOOPBACK, 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.url = f"http://{_LOOPBACK}:{self._server.server_address[1]}{prefix}"

    def on(self, method: str, path: str, *answers: Answer) -> None:
        """Answer ``method`` at ``path`` with these, in turn, from now on."""
        with self._lock:
            self._answers[method, path] = list(answers)

    def calls(self) -> list[str]:
        """The requests so far, as ``METHOD /path``, in order."""
        return [f"{request.method} {request.path}" for request in self.received]

    def answer(self, request: Received) -> Reply | HangUp:
        with self._lock:
            self.received.append(request)
            answers = self._answers[request.method, request.path]
            answer = answers.pop(0) if len(answers) > 1 else next(iter(answers), _NOT_FOUND)
        return answer if isinstance(answer, Reply | HangUp) else answer(request)

    def read(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Received:
        """The request in its parts."""
        parts = urlsplit(target)
        return Received(method, parts.path.removeprefix(self._prefix), dict(parse_qsl(parts.query)), headers, body)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


_NOT_FOUND = Reply(404, {"title": "Resource Not Found", "message": "The server could not find the requested resource."})


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # headers and body leave in two writes: without this, each answer waits 40 ms for an acknowledgement
        disable_nagle_algorithm = True

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:  # clients may close a connection at any time
                self.close_connection = True

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = stand_in.answer(stand_in.read(self.command, self.path, headers, body))
            if isinstance(reply, HangUp):
                self.close_connection = True
                return
            content = reply.content()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 -- named by http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's
            """Log nothing: tests read ``received``."""

    return Handler
