"""Webhook subscriptions narrowed down, changed, paused; their deliveries inspected and made again."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from litestar import Response, get, patch, post
from litestar.params import FromPath
from msgspec import UNSET

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import body_of, path_id, query_of, uri_id
from openslot.api.pagination import PageQuery, SortField, Sorting, page_request, paged
from openslot.api.replies import ACCEPTED, CREATED, reply, resource
from openslot.api.webhook_subscriptions import wanted_subscription
from openslot.core.errors import invalid
from openslot.db import deliveries
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.edges import AnyRequest
from openslot.presenters import webhook_audit as present
from openslot.services import quotas
from openslot.services.webhooks import audit, subscriptions
from openslot.services.webhooks.subscriptions import Change
from openslot.wire.codec import Timestamp
from openslot.wire.webhook_audit import (
    ChangeWebhookSubscription,
    CreateNarrowedSubscription,
    ReplayDeliveries,
    Replayed,
    SendTest,
    State,
)
from openslot.wire.webhooks import ALL_EVENT_SCOPES

SORTING = Sorting(
    {"sequence": SortField("delivery.sequence", int)}, default="sequence:desc", tiebreak="delivery.sequence"
)


@post("/openslot/webhook_subscriptions", scope="webhooks:write")
async def create_webhook_subscription(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """As POST /webhook_subscriptions, narrowed down to event types."""
    body, wanted = await wanted_subscription(call, request, CreateNarrowedSubscription)
    if body.event_types is not None:
        wanted = replace(wanted, event_type_ids=_event_type_ids(body.event_types))
    made = await subscriptions.subscribe(
        call.conn,
        call.principal,
        wanted,
        vault=call.vault,
        outbound=call.outbound,
        most=quotas.subscriptions_of(call.principal, call.settings),
        now=call.now,
    )
    return await _shown(call, made, status=CREATED)


@get("/openslot/webhook_subscriptions/{uuid:str}", scope="webhooks:read")
async def get_webhook_subscription(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """How it stands."""
    return await _shown(call, await _subscription(call, uuid))


@patch("/openslot/webhook_subscriptions/{uuid:str}", scope="webhooks:write")
async def update_webhook_subscription(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """What is left out stays, and so do its id and its backlog."""
    body = await body_of(request, ChangeWebhookSubscription)
    named = body.event_types
    wanted = Change(
        url=body.url,
        events=body.events,
        event_type_ids=named if named is None or named is UNSET else _event_type_ids(named),
        signing_key=body.signing_key,
    )
    subscription_id = path_id(uuid, "webhook subscription")
    changed = await subscriptions.change(
        call.conn,
        call.principal,
        subscription_id,
        wanted,
        vault=call.vault,
        outbound=call.outbound,
        uris=call.uris,
        now=call.now,
    )
    return await _shown(call, changed)


@post("/openslot/webhook_subscriptions/{uuid:str}/enable", scope="webhooks:write")
async def enable_webhook_subscription(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Active again; what waits is due at once."""
    row = await _subscription(call, uuid)
    row = await audit.enable(call.conn, row, by=call.user_id, uris=call.uris, now=call.now)
    return await _shown(call, row)


@post("/openslot/webhook_subscriptions/{uuid:str}/disable", scope="webhooks:write")
async def disable_webhook_subscription(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """A pause; what happens meanwhile is kept."""
    row = await _subscription(call, uuid)
    row = await audit.disable(call.conn, row, by=call.user_id, uris=call.uris, now=call.now)
    return await _shown(call, row)


@post("/openslot/webhook_subscriptions/{uuid:str}/test", scope="webhooks:write")
async def test_webhook_subscription(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """Sends a made-up event, and answers with its delivery."""
    body = await body_of(request, SendTest)
    row = await _subscription(call, uuid)
    made = await audit.send_test(call.conn, row, body.event, uris=call.uris, now=call.now)
    return resource(present.delivery(made, call.uris), status=ACCEPTED)


@post("/openslot/webhook_subscriptions/{uuid:str}/replay", scope="webhooks:write")
async def replay_webhook_subscription(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """Everything since a time once more, and what was never delivered."""
    body = await body_of(request, ReplayDeliveries)
    row = await _subscription(call, uuid)
    count = await audit.replay(
        call.conn, row, since=body.since, until=body.until, states=body.states, uris=call.uris, now=call.now
    )
    return reply(Replayed(count), status=ACCEPTED)


class ListDeliveries(PageQuery, kw_only=True):
    """Source: GET /openslot/webhook_subscriptions/{uuid}/deliveries."""

    state: State | None = None
    event: str | None = None
    since: Timestamp | None = None


@get("/openslot/webhook_subscriptions/{uuid:str}/deliveries", scope="webhooks:read")
async def list_deliveries(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """The newest first.

    Raises:
        Invalid: an unknown event.
    """
    query = await query_of(request, ListDeliveries)
    if query.event is not None and query.event not in ALL_EVENT_SCOPES:
        raise invalid("event", "is not a known event")
    row = await _subscription(call, uuid)
    page = await deliveries.list_page(
        call.conn,
        row.organization_id,
        row.id,
        page_request(query, SORTING),
        state=query.state,
        event=query.event,
        since=query.since,
    )
    path = f"/openslot/webhook_subscriptions/{row.id}/deliveries"
    return paged(request, call.uris, path, query, page, lambda one: present.delivery(one, call.uris))


@get("/openslot/webhook_deliveries/{uuid:str}", scope="webhooks:read")
async def get_delivery(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """With every attempt and the request; the token must be able to read its contents."""
    found = await audit.delivery(call.conn, call.principal, path_id(uuid, "webhook delivery"), uris=call.uris)
    subscriptions.require_reading(call.principal, [found.event_name])
    inspected = await audit.inspect(call.conn, found)
    return resource(present.details(inspected.delivery, inspected.attempts, call.uris))


@post("/openslot/webhook_deliveries/{uuid:str}/redelivery", scope="webhooks:write")
async def redeliver(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """Once more, with the same id and bytes."""
    found = await audit.delivery(call.conn, call.principal, path_id(uuid, "webhook delivery"), uris=call.uris)
    due = await audit.redeliver(call.conn, found, uris=call.uris, now=call.now)
    return resource(present.delivery(due, call.uris), status=ACCEPTED)


async def _subscription(call: Call, uuid: str) -> WebhookSubscription:
    return await subscriptions.get(call.conn, call.principal, path_id(uuid, "webhook subscription"))


async def _shown(call: Call, row: WebhookSubscription, *, status: int = 200) -> Response[bytes]:
    standing = await audit.standing(call.conn, row)
    shown = present.subscription(standing.subscription, standing.backlog, call.uris)
    return resource(shown, status=status, headers={"Location": shown.uri} if status == CREATED else None)


def _event_type_ids(uris: Sequence[str]) -> list[UUID]:
    return [uri_id(uri, "event_types", f"event_types[{index}]") for index, uri in enumerate(uris)]


HANDLERS = [
    create_webhook_subscription,
    get_webhook_subscription,
    update_webhook_subscription,
    enable_webhook_subscription,
    disable_webhook_subscription,
    test_webhook_subscription,
    replay_webhook_subscription,
    list_deliveries,
    get_delivery,
    redeliver,
]
