"""``openslot explain``: why a start is not offered."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import click

from openslot.cli.database import EXIT_NO, load_settings, reporting_errors, running_database
from openslot.config import Settings
from openslot.core.errors import OpenSlotError
from openslot.core.ids import parse_id
from openslot.db import event_types, sandboxes
from openslot.db.pool import Conn, connected
from openslot.presenters import explanations as present
from openslot.presenters.uris import Uris
from openslot.services import explaining, zone_data
from openslot.wire import codec
from openslot.wire.codec import parse_instant
from openslot.wire.explanations import Explanation


@click.command("explain")
@click.argument("event_type")
@click.argument("start")
@click.option("--duration", type=int, help="Minutes, where the event type has several durations.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's answer.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Data directory of a running 'openslot up'.")
def explain(event_type: str, start: str, duration: int | None, as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """Explain why EVENT_TYPE is not offered at START.

    EVENT_TYPE is its URI, its id, or profile/name as in its link. START is an instant such as 2027-01-05T10:00:00Z.

    Exits with 0 if it is offered, with 3 if it is not, and with 1 or 2 on an error.
    """
    settings = running_database(load_settings(data_dir=data_dir))
    try:
        moment = parse_instant(start)
    except ValueError as exc:
        raise click.UsageError(f"START: {exc}") from exc
    zone_data.use_packaged()
    with reporting_errors():
        answer = asyncio.run(_explain(settings, event_type, moment, duration))
    if as_json:
        click.echo(codec.encode(answer).decode())
    else:
        _print(answer)
    raise SystemExit(0 if answer.offered else EXIT_NO)


async def _explain(settings: Settings, named: str, start: datetime, duration: int | None) -> Explanation:
    async with connected(settings.database_url) as conn:
        organization_id, event_type_id = await _find(conn, named)
        now = await sandboxes.clock(conn, organization_id, datetime.now(UTC))
        try:
            found = await explaining.why_not(
                conn, organization_id, event_type_id, start, duration_minutes=duration, now=now
            )
            found = await explaining.seen_by(conn, None, found, now=now)
        except OpenSlotError as exc:
            raise click.UsageError(str(exc)) from exc
    uris = Uris(settings.base_url, settings.api_url)
    return present.explanation(event_type_id, start, found.refusals, found.set_aside, found.holds, uris)


async def _find(conn: Conn, named: str) -> tuple[UUID, UUID]:
    """Organization and id of the event type that the argument names.

    Raises:
        click.UsageError: there is none.
    """
    event_type_id = parse_id(named.rstrip("/").rpartition("/")[2])
    if event_type_id is not None:
        found = await event_types.find(conn, event_type_id)
    else:
        profile, _, slug = named.strip("/").rpartition("/")
        found = await event_types.get_by_slugs(conn, profile.rpartition("/")[2], slug)
    if found is None:
        raise click.UsageError(f"no event type {named!r}: give its URI, its id, or profile/name as in its link")
    return found.organization_id, found.id


def _print(answer: Explanation) -> None:
    click.echo(f"{answer.start_time} is offered." if answer.offered else f"{answer.start_time} is not offered:")
    for reason in [*answer.reasons, *(answer.set_aside or ())]:
        numbers = ", ".join(f"{name} {value}" for name, value in reason.numbers.items() if value is not None)
        who = "" if reason.host is None else f" [{reason.host.rpartition('/')[2]}]"
        click.echo(f"  {reason.code}{who}: {reason.message}" + (f" ({numbers})" if numbers else ""))
        for hold in reason.holds or ():
            by = hold.email or (hold.user or "a visitor of the page").rpartition("/")[2]
            click.echo(f"    held for {hold.reason} by {by} until {hold.expires_at} [{hold.uri.rpartition('/')[2]}]")
