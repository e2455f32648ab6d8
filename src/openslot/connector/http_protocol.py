"""HTTP/1.1 as our own server speaks it: nobody is waited for without an end, and a refused body is read on (ADR 0028).

Imported where a server is started, since uvicorn is slow to import.
"""

import asyncio
from enum import Enum
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15.0
"""For the head of a request, and between two of a connection."""
BODY_SECONDS = 30.0
"""From the end of the head to that of the body."""
DRAINED_BYTES = 64 * 1024 * 1024
"""Of a body that is refused, so much is taken and thrown away."""
MAX_WAITING = 500
"""Connections for whose callers we wait; for another one the oldest is closed. Often 1,024 files may be open."""

_TOO_SLOW = h11.Response(
    status_code=408, reason=b"Request Timeout", headers=[("connection", "close"), ("content-length", "0")]
)


class _Phase(Enum):
    """What the caller has still to send."""

    HEAD = "head"
    BODY = "body"


_PHASES = {h11.IDLE: _Phase.HEAD, h11.SEND_BODY: _Phase.BODY}


class BoundedProtocol(H11Protocol):
    """One connection. ``waiting`` is shared by those of a server: all that wait for their callers, the oldest first."""

    def __init__(self, *args: Any, waiting: "dict[BoundedProtocol, None]", **options: Any) -> None:
        super().__init__(*args, **options)
        self.is_lingering = False
        self._waiting = waiting
        self._phase: _Phase | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._real: asyncio.Transport
        self._unsent = self._drained = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as there
        self._real = transport
        super().connection_made(_Lingering(transport, self))  # type: ignore[arg-type] # but for closing, it is one
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._enter(None)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.is_lingering:
            self._drained += len(data)
            if self._drained > DRAINED_BYTES:
                self._real.abort()
            return
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._unset_keepalive_if_required()  # ours goes on where a first byte ends that one
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect(BODY_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._enter(None)
        self._watch()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; where an answer is out already, nothing is sent."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self._real.abort()

    @property
    def is_body_on_its_way(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY

    def linger(self) -> None:
        """Send no more, and read on: a system that gets more than it reads throws away its own answer."""
        if not self.is_lingering:
            self.is_lingering = True
            if self._real.can_write_eof():
                self._real.write_eof()
            self.flow.resume_reading()

    def _watch(self) -> None:
        """Wait for what the caller has to send, each time anew, and never anew for another byte of it."""
        phase = None if self._real.is_closing() else _PHASES.get(self.conn.their_state)
        if phase is not self._phase and not self.flow.write_paused:
            self._enter(phase)

    def _enter(self, phase: _Phase | None) -> None:
        self._phase = phase
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._waiting.pop(self, None)
        if phase is not None:
            self._waiting[self] = None
            self._expect(HEAD_SECONDS if phase is _Phase.HEAD else BODY_SECONDS)
            if len(self._waiting) > MAX_WAITING:
                next(iter(self._waiting))._real.abort()  # noqa: SLF001 -- another of us

    def _expect(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._unsent = self._real.get_write_buffer_size()
        self._timer = self.loop.call_later(seconds, self._give_up, seconds)

    def _give_up(self, seconds: float) -> None:
        if 0 < self._real.get_write_buffer_size() < self._unsent:  # slowly, but the caller takes our answer
            self._expect(seconds)
            return
        if self._phase is _Phase.BODY and self.conn.our_state is h11.SEND_RESPONSE:
            self._real.write(self.conn.send(_TOO_SLOW) or b"")
            self._real.close()
        else:
            self._real.abort()


class _Lingering:
    """A transport that closes once the body that is on its way is in."""

    def __init__(self, transport: asyncio.Transport, protocol: BoundedProtocol) -> None:
        self._transport = transport
        self._protocol = protocol

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def close(self) -> None:
        if self._protocol.is_body_on_its_way:
            self._protocol.linger()
        else:
            self._transport.close()

    def is_closing(self) -> bool:
        return self._protocol.is_lingering or self._transport.is_closing()
