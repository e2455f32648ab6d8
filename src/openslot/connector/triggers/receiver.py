"""Where deliveries come in: an ASGI app to mount anywhere."""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable

from openslot.connector import asgi
from openslot.connector.triggers.events import Event, UnknownEvent, UnreadableEvent
from openslot.connector.triggers.signatures import SignatureRefused
from openslot.connector.triggers.trigger import AnyTrigger
from openslot.wire import codec

Handle = Callable[[Event], Awaitable[None]]
HandleUnreadable = Callable[[UnreadableEvent, AnyTrigger], Awaitable[None]]

BODY_LIMIT = 1024 * 1024
"""Bytes; a delivery is a few thousand."""

_log = logging.getLogger("openslot.connector")


class _Declined(Exception):
    """The delivery is not handled, and this is the answer."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message


class Receiver:
    """ASGI app that answers 200 only once the handler is done with the event.

    Any other answer makes the sender try again later, so a handler that raised (500) gets its event again. Refused for
    good are unsigned bodies (401), large ones (413), and other methods than POST (405). Events without a known shape
    are answered 204 and logged. What is signed and can't be read is kept and answered 200: a sender that is refused
    again and again ends the subscription, and with it what could be read.
    """

    def __init__(
        self, handle: Handle, *triggers: AnyTrigger, handle_unreadable: HandleUnreadable | None = None
    ) -> None:
        """With several triggers, each is reached at a path that ends in its name; one alone at any path.

        ``handle_unreadable`` keeps what can't be read; where there is none, the whole body is in the log.
        """
        self._handle = handle
        self._handle_unreadable = handle_unreadable or _log_body
        self._triggers = {trigger.name: trigger for trigger in triggers}

    async def __call__(self, scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
        if scope["type"] == "lifespan":
            await asgi.live(receive, send)
        elif scope["type"] == "http":
            # a sender that hung up gets no answer
            with contextlib.suppress(asgi.Gone):
                status, message = await self._answer(scope, receive)
                await _respond(send, status, message)

    async def _answer(self, scope: asgi.Scope, receive: asgi.Receive) -> tuple[int, str]:
        try:
            trigger = self._trigger(scope["method"], scope["path"])
            event = _event(trigger, await _body(receive), scope["headers"])
        except _Declined as exc:
            return exc.status, exc.message
        if isinstance(event, UnreadableEvent):
            return await self._keep(event, trigger)
        try:
            await self._handle(event)
        except Exception:  # noqa: BLE001 -- the outer loop of code that is not ours: the sender shall try again
            _log.exception("the handler failed on %s, the sender will try again", event.event)
            return 500, "the handler failed"
        return 200, "handled"

    async def _keep(self, unreadable: UnreadableEvent, trigger: AnyTrigger) -> tuple[int, str]:
        try:
            await self._handle_unreadable(unreadable, trigger)
        except Exception:  # noqa: BLE001 -- as for the handler
            _log.exception("%s, and it could not be kept, the sender will try again", unreadable)
            return 500, "the handler failed"
        return 200, "kept, though it can't be read"

    def _trigger(self, method: str, path: str) -> AnyTrigger:
        alone = next(iter(self._triggers.values())) if len(self._triggers) == 1 else None
        trigger = alone or self._triggers.get(path.rstrip("/").rpartition("/")[2])
        if trigger is None:
            raise _Declined(404, "no trigger listens here")
        if method != "POST":
            raise _Declined(405, "deliveries are posted")
        return trigger


def _event(trigger: AnyTrigger, body: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Event | UnreadableEvent:
    if trigger.signing_key is None:  # while starting, at the URL of an earlier start
        raise _Declined(503, "not listening yet")
    try:
        return trigger.receive(body, headers)
    except SignatureRefused as exc:
        _log.warning("refused a delivery: %s", exc)
        raise _Declined(401, str(exc)) from exc
    except UnknownEvent as exc:
        _log.warning("ignored a delivery: %s", exc)
        raise _Declined(204, "") from exc
    except UnreadableEvent as exc:
        return exc


async def _log_body(unreadable: UnreadableEvent, _: AnyTrigger) -> None:
    _log.error("%s: %r", unreadable, unreadable.body)


async def _body(receive: asgi.Receive) -> bytes:
    try:
        return await asgi.read_body(receive, BODY_LIMIT)
    except asgi.TooLarge:
        raise _Declined(413, "no delivery is that large") from None


async def _respond(send: asgi.Send, status: int, message: str) -> None:
    headers = {
        "content-type": "application/json",
        **({"allow": "POST"} if status == asgi.METHOD_NOT_ALLOWED else {}),
    }
    content = b"" if status == asgi.NO_CONTENT else codec.encode({"message": message})
    await asgi.respond(send, status, headers, content)
