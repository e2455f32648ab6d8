"""``openslot zones``: the events that a change of time zone data moves."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import click

from openslot.cli.database import EXIT_NO, load_settings, reporting_errors, running_database
from openslot.config import Settings
from openslot.db.pool import connected
from openslot.services import zone_data
from openslot.services.zone_data import Moved


@click.group("zones")
def zones() -> None:
    """Time zone data: the rules by which clocks change."""


@zones.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Data directory of a running 'openslot up'.")
def check(as_json: bool, data_dir: Path | None) -> None:  # noqa: FBT001
    """List the future events that the present time zone data moves.

    Their instant stays, but a host's clock will show another time than the one that was booked.

    Exits with 0 if there are none, with 3 if there are some, and with 1 or 2 on an error.
    """
    settings = running_database(load_settings(data_dir=data_dir))
    zone_data.use_packaged()
    with reporting_errors():
        moved = asyncio.run(_moved(settings))
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in moved]))
    else:
        _print(moved)
    raise SystemExit(EXIT_NO if moved else 0)


async def _moved(settings: Settings) -> list[Moved]:
    async with connected(settings.database_url) as conn:
        return await zone_data.moved_events(conn, now=datetime.now(UTC))


def _as_json(one: Moved) -> dict[str, object]:
    return {
        "scheduled_event": str(one.event_id), "name": one.name, "start_time": one.start_time.isoformat(),
        "booked_with": one.tzdata_version, "present": zone_data.VERSION,
        "clocks": [
            {
                "host": clock.host, "zone": clock.zone, "booked_for": clock.wall_start.isoformat(),
                "now_shows": clock.shows.isoformat(), "would_be": clock.would_be.isoformat(),
            }
            for clock in one.clocks
        ],
    }  # fmt: skip


def _print(moved: list[Moved]) -> None:
    if not moved:
        click.echo(f"No event to come is moved by zone data {zone_data.VERSION}.")
        return
    for one in moved:
        click.echo(f"{one.event_id}  {one.name} ({one.tzdata_version} -> {zone_data.VERSION})")
        for clock in one.clocks:
            click.echo(
                f"  {clock.host}: booked for {clock.wall_start:%Y-%m-%d %H:%M} in {clock.zone}, where clocks will show "
                f"{clock.shows:%Y-%m-%d %H:%M}"
            )
    click.echo("Ask the invitees which of the two times they keep, and reschedule where it is the clock's.")
