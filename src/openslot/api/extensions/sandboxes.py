"""Sandboxes: the clock, and what is sent."""

from datetime import timedelta

from litestar import Response, get, patch, post
from msgspec import UNSET

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import body_of, query_of
from openslot.api.pagination import PageQuery, SortField, Sorting, by_creation, page_request, paged
from openslot.api.replies import resource
from openslot.core.errors import invalid
from openslot.db import deliveries, kept_mails
from openslot.db.sandboxes import Changes, Sandbox
from openslot.edges import AnyRequest
from openslot.presenters import sandboxes as present
from openslot.services import sandbox_clock, sandboxes
from openslot.services.webhooks import subscriptions
from openslot.wire.sandboxes import ChangeSandbox, MoveClock
from openslot.wire.webhooks import ALL_EVENT_SCOPES

READ, WRITE = "organizations:read", "organizations:write"
MAILS = by_creation("kept_mails")
WEBHOOKS = Sorting({"sequence": SortField("delivery.sequence", int)}, default="sequence:asc", tiebreak="delivery.id")


class ListKeptMails(PageQuery, kw_only=True):
    """Source: GET /openslot/sandbox/mails."""

    to: str | None = None


class ListKeptWebhooks(PageQuery, kw_only=True):
    """Source: GET /openslot/sandbox/webhooks."""

    event: str | None = None


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


@post("/openslot/sandbox/reset", scope=WRITE)
async def reset_sandbox(call: ThisCall) -> Response[bytes]:
    """Empty, with the real time."""
    await call.take_time()
    return _shown(call, await sandboxes.reset(call.conn, call.principal, now=call.real_now))


@get("/openslot/sandbox/mails", scope=READ)
async def list_kept_mails(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """What would have been sent; for admins and owners."""
    query = await query_of(request, ListKeptMails)
    await sandboxes.open_outbox(call.conn, call.principal)
    page = await kept_mails.list_page(call.conn, call.organization_id, page_request(query, MAILS), recipient=query.to)
    return paged(request, call.uris, "/openslot/sandbox/mails", query, page, present.mail)


@get("/openslot/sandbox/webhooks", scope="webhooks:read")
async def list_kept_webhooks(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """With their bodies, sent or not; for admins and owners with a token that may read them.

    Raises:
        Invalid: an unknown event.
    """
    query = await query_of(request, ListKeptWebhooks)
    if query.event is not None and query.event not in ALL_EVENT_SCOPES:
        raise invalid("event", "is not a known event")
    await sandboxes.open_outbox(call.conn, call.principal)
    subscriptions.require_reading(call.principal, list(ALL_EVENT_SCOPES) if query.event is None else [query.event])
    page = await deliveries.list_of_organization(
        call.conn,
        call.organization_id,
        page_request(query, WEBHOOKS),
        event=query.event,
        users_uri=call.uris.user_prefix,
    )
    path = "/openslot/sandbox/webhooks"
    return paged(request, call.uris, path, query, page, lambda row: present.webhook(row, call.uris))


def _shown(call: Call, row: Sandbox) -> Response[bytes]:
    return resource(present.sandbox(row, call.uris, now=call.real_now))


HANDLERS = [get_sandbox, update_sandbox, move_clock, reset_sandbox, list_kept_mails, list_kept_webhooks]
