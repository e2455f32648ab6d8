"""Sandboxes: the clock, and what is sent."""

from datetime import timedelta

from litestar import Response, get, patch, post
from msgspec import UNSET

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import body_of
from openslot.api.replies import resource
from openslot.db.sandboxes import Changes, Sandbox
from openslot.edges import AnyRequest
from openslot.presenters import sandboxes as present
from openslot.services import sandbox_clock, sandboxes
from openslot.wire.sandboxes import ChangeSandbox, MoveClock

READ, WRITE = "organizations:read", "organizations:write"


@get("/openslot/sandbox", scope=READ)
async def get_sandbox(call: ThisCall) -> Response[bytes]:
    """The caller's organization as a sandbox."""
    return _shown(call, await sandboxes.get(call.conn, call.principal))


@patch("/openslot/sandbox", scope=WRITE)
async def update_sandbox(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """What is left out stays."""
    body = await body_of(request, ChangeSandbox)
    changes = Changes(
        sends_mail=UNSET if body.mail is UNSET else body.mail == "sent",
        sends_webhooks=UNSET if body.webhooks is UNSET else body.webhooks == "sent",
        plan=body.plan,
    )
    return _shown(call, await sandboxes.change(call.conn, call.principal, changes, now=call.now))


@post("/openslot/sandbox/clock", scope=WRITE)
async def move_clock(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Set or advance; answered when all that is due by then is done, deliveries aside."""
    body = await body_of(request, MoveClock)
    seconds = body.advance_seconds
    advance = None if seconds is None else timedelta(seconds=seconds)
    to = sandbox_clock.target(call.now, body.now, advance)
    await call.take_time()
    warn_after = timedelta(seconds=call.settings.webhook_warn_seconds)
    moved = await sandbox_clock.move(
        call.conn, call.principal, to, uris=call.uris, warn_after=warn_after, now=call.real_now
    )
    return _shown(call, moved)


def _shown(call: Call, row: Sandbox) -> Response[bytes]:
    return resource(present.sandbox(row, call.uris, now=call.real_now))


HANDLERS = [get_sandbox, update_sandbox, move_clock]
