"""``openslot webhook``: subscriptions and their deliveries, for whoever has the database."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click

from openslot.cli.database import load_settings, reporting_errors, running_database
from openslot.core.errors import OpenSlotError
from openslot.core.ids import parse_id
from openslot.db import deliveries as delivery_rows
from openslot.db import webhook_subscriptions as subscription_rows
from openslot.db.deliveries import InspectedDelivery
from openslot.db.pool import Conn, transaction
from openslot.db.rows import Key, PageRequest
from openslot.db.webhook_subscriptions import WebhookSubscription
from openslot.presenters import webhook_audit as present
from openslot.presenters.uris import Uris
from openslot.services.webhooks import audit
from openslot.wire import codec
from openslot.wire.codec import Timestamp, parse_instant
from openslot.wire.common import Collection
from openslot.wire.webhook_audit import AuditedSubscription, Delivery, DeliveryAttempt, DeliveryDetails, Replayed

T = TypeVar("T")
NEWEST_FIRST = (Key("delivery.sequence", descending=True),)
_DURATION = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class _Moment(click.ParamType[datetime]):
    """A time such as 2027-01-05T10:00:00Z, or how long ago, such as 2h."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        if ago := _DURATION.fullmatch(value):
            try:
                return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            except OverflowError:
                self.fail(f"{value!r} is too long ago", param, ctx)
        try:
            return parse_instant(value)
        except ValueError:
            self.fail(f"{value!r} is neither such as 2027-01-05T10:00:00Z nor such as 30m, 2h, 3d", param, ctx)


class _Named(click.ParamType[UUID]):
    """An id, or a URI that ends with it."""

    name = "id"

    def convert(self, value: str | UUID, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        if isinstance(value, UUID):
            return value
        found = parse_id(value.rstrip("/").rpartition("/")[2])
        if found is None:
            self.fail(f"{value!r} is neither an id nor a URI", param, ctx)
        return found


MOMENT, NAMED = _Moment(), _Named()
data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Data directory of a running 'openslot up'."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the API's answer.")


@dataclass(frozen=True)
class Context:
    """The connection and the facts that a command needs, in one transaction."""

    conn: Conn
    uris: Uris
    now: datetime

    async def subscription(self, subscription_id: UUID) -> WebhookSubscription:
        found = await subscription_rows.find(self.conn, subscription_id)
        if found is None:
            raise click.ClickException(f"no webhook subscription {subscription_id}; see 'openslot webhook list'")
        return found

    async def delivery(self, delivery_id: UUID) -> InspectedDelivery:
        found = await delivery_rows.find(self.conn, delivery_id, users_uri=self.uris.user_prefix)
        if found is None:
            raise click.ClickException(f"no webhook delivery {delivery_id}; see 'openslot webhook deliveries'")
        return found

    async def shown(self, row: WebhookSubscription) -> AuditedSubscription:
        standing = await audit.standing(self.conn, row)
        return present.subscription(standing.subscription, standing.backlog, self.uris)


@click.group("webhook")
def webhook() -> None:
    """Webhook subscriptions, and what became of their deliveries.

    IDs may be given as URIs, and times as ISO 8601 or as how long ago: 30m, 2h, 3d.
    """


@webhook.command("list")
@click.option("--organization", type=NAMED, help="Its id or URI; all where it is left out.")
@json_option
@data_dir_option
def list_(organization: UUID | None, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001 -- click passes it by name
    """List subscriptions: how each stands, and what waits for it."""

    async def work(context: Context) -> list[AuditedSubscription]:
        return [await context.shown(row) for row in await subscription_rows.list_all(context.conn, organization)]

    found = _in_transaction(data_dir, work)
    if as_json:
        _print(Collection(found))
        return
    rows = [
        (_id(one.uri), _state(one), one.scope, str(one.backlog.pending), _time(one.failing_since), one.callback_url)
        for one in found
    ]
    _table(("ID", "STATE", "SCOPE", "WAITING", "FAILING SINCE", "URL"), rows, none="No webhook subscriptions.")


@webhook.command("show")
@click.argument("id", type=NAMED)
@json_option
@data_dir_option
def show(id: UUID, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Show one subscription."""

    async def work(context: Context) -> AuditedSubscription:
        return await context.shown(await context.subscription(id))

    _print_subscription(_in_transaction(data_dir, work), as_json=as_json)


@webhook.command("deliveries")
@click.argument("id", type=NAMED)
@click.option("--state", type=click.Choice(["pending", "delivered", "failed", "discarded"]))
@click.option("--since", type=MOMENT, help="What happened since then.")
@click.option("--count", type=click.IntRange(1, 1000), default=50, show_default=True, help="At most so many.")
@json_option
@data_dir_option
def deliveries(
    id: UUID,  # noqa: A002 -- as click names it
    state: str | None,
    since: datetime | None,
    count: int,
    as_json: bool,  # noqa: FBT001 -- click passes it by name
    data_dir: Path | None,
) -> None:
    """List the deliveries of subscription ID, the newest first."""

    async def work(context: Context) -> tuple[list[Delivery], bool]:
        row = await context.subscription(id)
        page = await delivery_rows.list_page(
            context.conn, row.organization_id, row.id, PageRequest(NEWEST_FIRST, count), state=state, since=since
        )
        return [present.delivery(one, context.uris) for one in page.rows], page.next is not None

    found, more = _in_transaction(data_dir, work)
    if as_json:
        _print(Collection(found))
        return
    rows = [
        (_id(one.uri), _time(one.occurred_at), one.event + (" (test)" if one.test else ""), _doing(one),
         str(one.attempt_count), _answer(one.last_attempt), _time(one.next_attempt_at))
        for one in found
    ]  # fmt: skip
    headings = ("ID", "HAPPENED", "EVENT", "STATE", "ATTEMPTS", "LAST ANSWER", "NEXT ATTEMPT")
    _table(headings, rows, none="No such deliveries.")
    if more:
        click.echo(f"These are the newest {count}; --count shows more.")


@webhook.command("delivery")
@click.argument("id", type=NAMED)
@json_option
@data_dir_option
def delivery(id: UUID, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Show delivery ID: every attempt, and the request."""

    async def work(context: Context) -> DeliveryDetails:
        inspected = await audit.inspect(context.conn, await context.delivery(id))
        return present.details(inspected.delivery, inspected.attempts, context.uris)

    found = _in_transaction(data_dir, work)
    if as_json:
        _print(found)
        return
    _facts([
        ("Delivery", _id(found.uri)), ("Subscription", _id(found.webhook_subscription)),
        ("Event", found.event + (" (test)" if found.test else "")), ("Happened", _time(found.occurred_at)),
        ("State", _doing(found)), ("Next attempt", _time(found.next_attempt_at)),
        ("Erased", _time(found.erased_at)), ("Correlation", found.correlation_id),
    ])  # fmt: skip
    click.echo()
    rows = [
        (str(one.number), _time(one.started_at), f"{one.duration_ms} ms", _answer(one),
         _one_line(one.response_excerpt or ""))
        for one in found.attempts
    ]  # fmt: skip
    _table(("ATTEMPT", "AT", "TOOK", "ANSWER", "BEGINNING OF ITS BODY"), rows, none="No attempt yet.")
    click.echo(f"\n{found.request.method} {found.request.url}")
    for name, value in found.request.headers.items():
        click.echo(f"{name}: {'(anew for every attempt)' if value is None else value}")
    click.echo(f"\n{found.request.body}")


@webhook.command("redeliver")
@click.argument("id", type=NAMED)
@json_option
@data_dir_option
def redeliver(id: UUID, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Make delivery ID once more, with the same id and bytes."""

    async def work(context: Context) -> Delivery:
        due = await audit.redeliver(context.conn, await context.delivery(id), uris=context.uris, now=context.now)
        return present.delivery(due, context.uris)

    due = _in_transaction(data_dir, work)
    if as_json:
        _print(due)
    else:
        click.echo(f"Delivery {_id(due.uri)} of {due.event} is due.")


@webhook.command("replay")
@click.argument("id", type=NAMED)
@click.option("--since", type=MOMENT, required=True, help="From then on, included.")
@click.option("--until", type=MOMENT, help="Up to then, excluded.")
@json_option
@data_dir_option
def replay(
    id: UUID,  # noqa: A002 -- as click names it
    since: datetime,
    until: datetime | None,
    as_json: bool,  # noqa: FBT001 -- click passes it by name
    data_dir: Path | None,
) -> None:
    """Deliver to subscription ID everything that happened since a time, also what it never got."""

    async def work(context: Context) -> int:
        row = await context.subscription(id)
        return await audit.replay(context.conn, row, since=since, until=until, uris=context.uris, now=context.now)

    count = _in_transaction(data_dir, work)
    if as_json:
        _print(Replayed(count))
    else:
        click.echo(f"{count} {'delivery is' if count == 1 else 'deliveries are'} due.")


@webhook.command("test")
@click.argument("id", type=NAMED)
@click.option("--event", help="Such as invitee.created; the first that it asks for where it is left out.")
@json_option
@data_dir_option
def send_test(id: UUID, event: str | None, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Send a made-up event to subscription ID alone."""

    async def work(context: Context) -> Delivery:
        row = await context.subscription(id)
        made = await audit.send_test(context.conn, row, event, uris=context.uris, now=context.now)
        return present.delivery(made, context.uris)

    made = _in_transaction(data_dir, work)
    if as_json:
        _print(made)
    else:
        click.echo(f"A made-up {made.event} is due. See what becomes of it: openslot webhook delivery {_id(made.uri)}")


@webhook.command("enable")
@click.argument("id", type=NAMED)
@json_option
@data_dir_option
def enable(id: UUID, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Send to subscription ID again, beginning with what waits for it."""

    async def work(context: Context) -> AuditedSubscription:
        row = await context.subscription(id)
        return await context.shown(await audit.enable(context.conn, row, by=None, uris=context.uris, now=context.now))

    _print_subscription(_in_transaction(data_dir, work), as_json=as_json)


@webhook.command("disable")
@click.argument("id", type=NAMED)
@json_option
@data_dir_option
def disable(id: UUID, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Send nothing to subscription ID until it is enabled, and keep what happens meanwhile."""

    async def work(context: Context) -> AuditedSubscription:
        row = await context.subscription(id)
        return await context.shown(await audit.disable(context.conn, row, by=None, uris=context.uris, now=context.now))

    _print_subscription(_in_transaction(data_dir, work), as_json=as_json)


def _in_transaction(data_dir: Path | None, work: Callable[[Context], Awaitable[T]]) -> T:
    """Run ``work`` in one transaction on the database that runs.

    Raises:
        click.ClickException: ``work`` refused; the reason in one line.
    """
    settings = running_database(load_settings(data_dir=data_dir))

    async def run() -> T:
        async with transaction(settings.database_url) as conn:
            return await work(Context(conn, Uris(settings.base_url, settings.api_url), datetime.now(UTC)))

    try:
        with reporting_errors():
            return asyncio.run(run())
    except OpenSlotError as exc:
        raise click.ClickException(str(exc)) from exc


def _print_subscription(one: AuditedSubscription, *, as_json: bool) -> None:
    if as_json:
        _print(one)
        return
    waits = f"{one.backlog.pending} since {_time(one.backlog.oldest)}" if one.backlog.pending else "nothing"
    _facts([
        ("Subscription", _id(one.uri)), ("URL", one.callback_url), ("State", _state(one)),
        ("Waiting", waits), ("Failing since", _time(one.failing_since)), ("Owner told", _time(one.warned_at)),
        ("Disabled", _time(one.disabled_at)), ("Events", ", ".join(one.events)), ("Scope", one.scope),
        ("Organization", one.organization), ("User", one.user or ""), ("Group", one.group or ""),
        ("Event types", ", ".join(one.event_types or [])), ("Signed", "yes" if one.signed else "no"),
        ("Made", _time(one.created_at)), ("By", one.creator or ""),
    ])  # fmt: skip


def _print(value: Any) -> None:
    click.echo(codec.encode(value).decode())


def _facts(facts: Sequence[tuple[str, str]]) -> None:
    """One line each, without those that are empty."""
    filled = [(name, value) for name, value in facts if value]
    width = max(len(name) for name, _ in filled)
    for name, value in filled:
        click.echo(f"{name:{width}}  {value}")


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, none: str) -> None:
    if not rows:
        click.echo(none)
        return
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    for row in (headings, *rows):
        click.echo("  ".join(f"{text:{width}}" for text, width in zip(row, widths, strict=True)).rstrip())


def _id(uri: str) -> str:
    return uri.rpartition("/")[2]


def _time(moment: Timestamp | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"


def _state(one: AuditedSubscription) -> str:
    return "failing" if one.state == "active" and one.failing_since is not None else one.state


def _doing(one: Delivery) -> str:
    return f"{one.state}, in hand" if one.in_hand else one.state


def _answer(one: DeliveryAttempt | None) -> str:
    return "" if one is None else _one_line(one.error or str(one.status_code))


def _one_line(text: str) -> str:
    """The beginning of what a stranger sent, without anything that a terminal would obey."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:60]
