"""The commands that list and show deliveries, and make more of them."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

import click

from openslot.cli.webhook.context import Context, in_transaction
from openslot.cli.webhook.options import MOMENT, NAMED, data_dir_option, json_option
from openslot.cli.webhook.printing import id_of, one_line, print_facts, print_json, print_table, time_text
from openslot.db import deliveries as delivery_rows
from openslot.db.rows import Key, PageRequest
from openslot.presenters import webhook_audit as present
from openslot.services.webhooks import audit
from openslot.wire.common import Collection
from openslot.wire.webhook_audit import Delivery, DeliveryAttempt, DeliveryDetails, Replayed

NEWEST_FIRST = (Key("delivery.sequence", descending=True),)


@click.command("deliveries")
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

    found, more = in_transaction(data_dir, work)
    if as_json:
        print_json(Collection(found))
        return
    rows = [
        (id_of(one.uri), time_text(one.occurred_at), one.event + (" (test)" if one.test else ""), _state(one),
         str(one.attempt_count), _answer(one.last_attempt), time_text(one.next_attempt_at))
        for one in found
    ]  # fmt: skip
    headings = ("ID", "HAPPENED", "EVENT", "STATE", "ATTEMPTS", "LAST ANSWER", "NEXT ATTEMPT")
    print_table(headings, rows, none="No such deliveries.")
    if more:
        click.echo(f"These are the newest {count}; --count shows more.")


@click.command("delivery")
@click.argument("id", type=NAMED)
@json_option
@data_dir_option
def delivery(id: UUID, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Show delivery ID: every attempt, and the request."""

    async def work(context: Context) -> DeliveryDetails:
        inspected = await audit.inspect(context.conn, await context.delivery(id))
        return present.details(inspected.delivery, inspected.attempts, context.uris)

    found = in_transaction(data_dir, work)
    if as_json:
        print_json(found)
        return
    print_facts([
        ("Delivery", id_of(found.uri)), ("Subscription", id_of(found.webhook_subscription)),
        ("Event", found.event + (" (test)" if found.test else "")), ("Happened", time_text(found.occurred_at)),
        ("State", _state(found)), ("Next attempt", time_text(found.next_attempt_at)),
        ("Erased", time_text(found.erased_at)), ("Correlation", found.correlation_id),
    ])  # fmt: skip
    click.echo()
    rows = [
        (str(one.number), time_text(one.started_at), f"{one.duration_ms} ms", _answer(one),
         one_line(one.response_excerpt or ""))
        for one in found.attempts
    ]  # fmt: skip
    print_table(("ATTEMPT", "AT", "TOOK", "ANSWER", "BEGINNING OF ITS BODY"), rows, none="No attempt yet.")
    click.echo(f"\n{found.request.method} {found.request.url}")
    for name, value in found.request.headers.items():
        click.echo(f"{name}: {'(anew for every attempt)' if value is None else value}")
    click.echo(f"\n{found.request.body}")


@click.command("redeliver")
@click.argument("id", type=NAMED)
@json_option
@data_dir_option
def redeliver(id: UUID, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Make delivery ID once more, with the same id and bytes."""

    async def work(context: Context) -> Delivery:
        found = await context.delivery(id)
        now = await context.now(found.organization_id)
        due = await audit.redeliver(context.conn, found, uris=context.uris, now=now)
        return present.delivery(due, context.uris)

    due = in_transaction(data_dir, work)
    if as_json:
        print_json(due)
    else:
        click.echo(f"Delivery {id_of(due.uri)} of {due.event} is due.")


@click.command("replay")
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
        return await audit.replay(
            context.conn, row, since=since, until=until, uris=context.uris, now=await context.now(row.organization_id)
        )

    count = in_transaction(data_dir, work)
    if as_json:
        print_json(Replayed(count))
    else:
        click.echo(f"{count} {'delivery is' if count == 1 else 'deliveries are'} due.")


@click.command("test")
@click.argument("id", type=NAMED)
@click.option("--event", help="Such as invitee.created; the first that it asks for where it is left out.")
@json_option
@data_dir_option
def send_test(id: UUID, event: str | None, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Send a made-up event to subscription ID alone."""

    async def work(context: Context) -> Delivery:
        row = await context.subscription(id)
        made = await audit.send_test(
            context.conn, row, event, uris=context.uris, now=await context.now(row.organization_id)
        )
        return present.delivery(made, context.uris)

    made = in_transaction(data_dir, work)
    if as_json:
        print_json(made)
    else:
        click.echo(
            f"A made-up {made.event} is due. See what becomes of it: openslot webhook delivery {id_of(made.uri)}"
        )


COMMANDS = (deliveries, delivery, redeliver, replay, send_test)


def _state(one: Delivery) -> str:
    return f"{one.state}, in hand" if one.in_hand else one.state


def _answer(one: DeliveryAttempt | None) -> str:
    return "" if one is None else one_line(one.error or str(one.status_code))
