"""Webhook subscriptions: which events go where, what became of each delivery, and sending one again."""

from datetime import datetime
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.sessions import Account, ThisAccount
from openslot.console.page import render
from openslot.core.errors import Conflict, Forbidden, Invalid, NotFound, WrongState
from openslot.core.ids import parse_id
from openslot.core.roles import Action
from openslot.db import deliveries, webhook_subscriptions
from openslot.db.deliveries import Delivery
from openslot.db.rows import Key, PageRequest
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.html.fields import Choice, Field, Filled, filled, first, problems
from openslot.html.page import read
from openslot.services import quotas
from openslot.services.webhooks import audit, subscriptions
from openslot.services.webhooks.subscriptions import Wanted
from openslot.wire.webhooks import ALL_EVENT_SCOPES

ROWS = 25
NEWEST_FIRST = (Key("delivery.sequence", descending=True),)
USUAL = frozenset({"invitee.created", "invitee.canceled"})
HTTP_UNPROCESSABLE = 422


@read("/app/webhooks")
async def show(account: ThisAccount) -> Response[bytes]:
    """The member's own subscriptions, all for those who run the organization."""
    return await _page(account, {})


@post("/app/webhooks", include_in_schema=False, status_code=303)
async def create(account: ThisAccount) -> Redirect | Response[bytes]:
    """Subscribe a URL to events."""
    page = account.page
    state, data = page.request.app.state, filled(page.request)
    is_own = first(data, "scope") != "organization"
    wanted = Wanted(
        url=first(data, "url"),
        events=[event for event in data.get("events", ()) if event in ALL_EVENT_SCOPES],
        scope="user" if is_own else "organization",
        user_id=account.user.id if is_own else None,
        signing_key=first(data, "signing_key") or None,
    )
    try:
        async with account.conn.transaction():
            made = await subscriptions.subscribe(
                account.conn, account.principal, wanted, vault=state.vault, outbound=state.outbound,
                most=quotas.subscriptions_of(account.principal, page.settings), now=account.now,
            )  # fmt: skip
    except Invalid as error:
        found = {one.parameter.partition("[")[0]: one.message for one in error.details}
        return await _page(account, data, found)
    except (Conflict, Forbidden) as error:
        return await _page(account, data, {"url": str(error)})
    return page.redirect(page.to(f"/app/webhooks/{made.id}"))


@read("/app/webhooks/{subscription_id:str}")
async def show_subscription(account: ThisAccount, subscription_id: FromPath[str]) -> Response[bytes]:
    """One subscription with its newest deliveries."""
    page = account.page
    row = await subscriptions.get(account.conn, account.principal, _id(subscription_id))
    found = await deliveries.list_page(account.conn, row.organization_id, row.id, PageRequest(NEWEST_FIRST, ROWS))
    path = f"/app/webhooks/{row.id}"
    context = {
        "one": _row(account, row),
        "events": row.events,
        "deliveries": [_delivery(account, one) for one in found.rows],
        "act": page.to(path),
        "is_active": row.state == "active",
        "was_refused": page.query.get("refused") == "1",
        "back": page.to("/app/webhooks"),
    }
    return render(account, "webhook.html", "webhooks", context)


@post("/app/webhooks/{subscription_id:str}", include_in_schema=False, status_code=303)
async def act(account: ThisAccount, subscription_id: FromPath[str]) -> Redirect:
    """Pause it, go on, send a test, send a delivery again, or end it."""
    page, conn, uris, now = account.page, account.conn, account.page.uris, account.now
    data = filled(page.request)
    row = await subscriptions.get(conn, account.principal, _id(subscription_id))
    path = f"/app/webhooks/{row.id}"
    try:
        async with conn.transaction():
            match first(data, "act"):
                case "enable":
                    await audit.enable(conn, row, by=account.user.id, uris=uris, now=now)
                case "disable":
                    await audit.disable(conn, row, by=account.user.id, uris=uris, now=now)
                case "test":
                    await audit.send_test(conn, row, uris=uris, now=now)
                case "delete":
                    await subscriptions.unsubscribe(conn, account.principal, row.id, now=now)
                    path = "/app/webhooks"
                case "redeliver":
                    found = await audit.delivery(conn, account.principal, _id(first(data, "delivery")), uris=uris)
                    await audit.redeliver(conn, found, uris=uris, now=now)
    except WrongState:  # disabled, erased, or a worker has it in hand
        return page.redirect(page.to(path, refused="1"))
    return page.redirect(page.to(path))


async def _page(account: Account, data: Filled, errors: dict[str, str] | None = None) -> Response[bytes]:
    page = account.page
    is_admin = account.principal.reaches_all(Action.SUBSCRIBE_FOR_ORGANIZATION)
    found = await webhook_subscriptions.list_all(account.conn, account.user.organization_id)
    fields = _fields(account, data, errors or {}, is_admin=is_admin)
    context = {
        "webhooks": [_row(account, one) for one in found if is_admin or one.user_id == account.user.id],
        "fields": fields,
        "problems": problems(page, fields) if errors else [],
        "action": page.to("/app/webhooks"),
    }
    return render(account, "webhooks.html", "webhooks", context, status=HTTP_UNPROCESSABLE if errors else 200)


def _fields(account: Account, data: Filled, errors: dict[str, str], *, is_admin: bool) -> list[Field]:
    page = account.page
    chosen = set(data.get("events", ())) if data else USUAL
    scope = first(data, "scope") or ("organization" if is_admin else "user")
    scopes = {"user": page.gettext("My own meetings")}
    if is_admin:
        scopes = {"organization": page.gettext("Everybody's meetings"), **scopes}
    return [
        Field("url", page.gettext("Address to call"), "url", required=True, value=first(data, "url"),
              error=errors.get("url")),
        Field("scope", page.gettext("About"), "radios", required=True,
              choices=tuple(Choice(value, text, is_chosen=value == scope) for value, text in scopes.items()),
              error=errors.get("scope")),
        Field("events", page.gettext("Events"), "checkboxes",
              choices=tuple(Choice(event, event, is_chosen=event in chosen) for event in ALL_EVENT_SCOPES),
              error=errors.get("events")),
        Field("signing_key", page.gettext("Signing key"), value=first(data, "signing_key"),
              hint=page.gettext("Your program checks with it that a call came from here."),
              error=errors.get("signing_key")),
    ]  # fmt: skip


def _row(account: Account, row: WebhookSubscription) -> dict[str, object]:
    page = account.page
    return {
        "url": row.callback_url,
        "page": page.to(f"/app/webhooks/{row.id}"),
        "events": ", ".join(row.events),
        "scope": page.gettext("Everybody's meetings") if row.scope == "organization" else (
            page.gettext("A group's meetings") if row.scope == "group" else page.gettext("One member's meetings")
        ),
        "is_active": row.state == "active",
        "failing_since": None if row.retry_started_at is None else _moment(account, row.retry_started_at),
        "since": _moment(account, row.created_at),
    }  # fmt: skip


def _delivery(account: Account, one: Delivery) -> dict[str, object]:
    page, last = account.page, one.last_attempt
    states = {
        "pending": page.gettext("Waits"),
        "delivered": page.gettext("Delivered"),
        "failed": page.gettext("Failed"),
        "discarded": page.gettext("Dropped"),
    }
    result = "" if last is None else (last.error or f"HTTP {last.status_code}")
    return {
        "id": one.id,
        "event": one.event_name,
        "is_test": one.is_test,
        "when": _moment(account, one.occurred_at),
        "state": one.state,
        "state_text": states[one.state],
        "attempts": one.attempts,
        "result": result,
        "next": (
            _moment(account, one.next_attempt_at)
            if one.next_attempt_at is not None and one.state == "pending" and one.attempts
            else None
        ),
    }


def _moment(account: Account, moment: datetime) -> str:
    return account.page.formats.moment(moment)


def _id(text: str) -> UUID:
    known = parse_id(text)
    if known is None:
        raise NotFound("webhook subscription")
    return known
