"""The commands that list, show, enable and disable subscriptions."""

from pathlib import Path
from uuid import UUID

import click

from openslot.cli.webhook.context import Context, in_transaction
from openslot.cli.webhook.options import NAMED, data_dir_option, json_option
from openslot.cli.webhook.printing import id_of, print_facts, print_json, print_table, time_text
from openslot.db import webhook_subscriptions as subscription_rows
from openslot.services.webhooks import audit
from openslot.wire.common import Collection
from openslot.wire.webhook_audit import AuditedSubscription


@click.command("list")
@click.option("--organization", type=NAMED, help="Its id or URI; all where it is left out.")
@json_option
@data_dir_option
def list_(organization: UUID | None, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001 -- click passes it by name
    """List subscriptions: how each stands, and what waits for it."""

    async def work(context: Context) -> list[AuditedSubscription]:
        return [await context.shown(row) for row in await subscription_rows.list_all(context.conn, organization)]

    found = in_transaction(data_dir, work)
    if as_json:
        print_json(Collection(found))
        return
    rows = [
        (
            id_of(one.uri),
            _state(one),
            one.scope,
            str(one.backlog.pending),
            time_text(one.failing_since),
            one.callback_url,
        )
        for one in found
    ]
    print_table(("ID", "STATE", "SCOPE", "WAITING", "FAILING SINCE", "URL"), rows, none="No webhook subscriptions.")


@click.command("show")
@click.argument("id", type=NAMED)
@json_option
@data_dir_option
def show(id: UUID, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Show one subscription."""

    async def work(context: Context) -> AuditedSubscription:
        return await context.shown(await context.subscription(id))

    _print_subscription(in_transaction(data_dir, work), as_json=as_json)


@click.command("enable")
@click.argument("id", type=NAMED)
@json_option
@data_dir_option
def enable(id: UUID, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Send to subscription ID again, beginning with what waits for it."""

    async def work(context: Context) -> AuditedSubscription:
        row = await context.subscription(id)
        return await context.shown(
            await audit.enable(
                context.conn, row, by=None, uris=context.uris, now=await context.now(row.organization_id)
            )
        )

    _print_subscription(in_transaction(data_dir, work), as_json=as_json)


@click.command("disable")
@click.argument("id", type=NAMED)
@json_option
@data_dir_option
def disable(id: UUID, as_json: bool, data_dir: Path | None) -> None:  # noqa: A002, FBT001 -- as click names it
    """Send nothing to subscription ID until it is enabled, and keep what happens meanwhile."""

    async def work(context: Context) -> AuditedSubscription:
        row = await context.subscription(id)
        return await context.shown(
            await audit.disable(
                context.conn, row, by=None, uris=context.uris, now=await context.now(row.organization_id)
            )
        )

    _print_subscription(in_transaction(data_dir, work), as_json=as_json)


COMMANDS = (list_, show, enable, disable)


def _print_subscription(one: AuditedSubscription, *, as_json: bool) -> None:
    if as_json:
        print_json(one)
        return
    waits = f"{one.backlog.pending} since {time_text(one.backlog.oldest)}" if one.backlog.pending else "nothing"
    print_facts([
        ("Subscription", id_of(one.uri)), ("URL", one.callback_url), ("State", _state(one)),
        ("Waiting", waits), ("Failing since", time_text(one.failing_since)), ("Owner told", time_text(one.warned_at)),
        ("Disabled", time_text(one.disabled_at)), ("Events", ", ".join(one.events)), ("Scope", one.scope),
        ("Organization", one.organization), ("User", one.user or ""), ("Group", one.group or ""),
        ("Event types", ", ".join(one.event_types or [])), ("Signed", "yes" if one.signed else "no"),
        ("Made", time_text(one.created_at)), ("By", one.creator or ""),
    ])  # fmt: skip


def _state(one: AuditedSubscription) -> str:
    return "failing" if one.state == "active" and one.failing_since is not None else one.state
