"""``openslot meetings``: who has booked whom."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import click

from openslot.cli.database import load_settings
from openslot.cli.output import print_json, print_table
from openslot.cli.transactions import data_dir_option, in_transaction, json_option
from openslot.config import Settings
from openslot.db import invitees, sandboxes, scheduled_event_lists
from openslot.db.pool import Conn
from openslot.db.rows import Key, PageRequest
from openslot.db.scheduled_event_lists import Filters
from openslot.presenters import invitees as present_invitees
from openslot.presenters import scheduled_events as present
from openslot.presenters.uris import Uris
from openslot.services import accounts
from openslot.wire.common import Open
from openslot.wire.invitees import Invitee
from openslot.wire.scheduled_events import ScheduledEvent

MAX_MEETINGS = 1000
BY_START = (Key("scheduled_events.start_time"), Key("scheduled_events.id"))


class Meeting(Open):
    """A scheduled event with its invitees."""

    event: ScheduledEvent
    invitees: list[Invitee]


@click.group()
def meetings() -> None:
    """The meetings of a host."""


@meetings.command("list")
@click.option("--email", required=True, help="E-mail address of the host.")
@click.option("--days", type=click.IntRange(1, 3650), default=31, show_default=True, help="So many days from now on.")
@click.option("--canceled", "with_canceled", is_flag=True, help="Those that are canceled too.")
@data_dir_option
@json_option
def list_meetings(email: str, days: int, with_canceled: bool, data_dir: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """List the meetings of a host that start in the days ahead, with their invitees. At most 1000."""

    async def work(conn: Conn, settings: Settings) -> list[Meeting]:
        user = await accounts.member_by_email(conn, email)
        now = await sandboxes.clock(conn, user.organization_id, datetime.now(UTC))
        filters = Filters(
            organization_id=user.organization_id,
            host_id=user.id,
            status=None if with_canceled else "active",
            min_start_time=now,
            max_start_time=now + timedelta(days=days),
        )
        page = await scheduled_event_lists.list_page(conn, filters, PageRequest(BY_START, MAX_MEETINGS))
        uris = Uris(settings.base_url, settings.api_url)
        of_event: dict[UUID, list[Invitee]] = {event.id: [] for event in page.rows}
        for one in await invitees.list_of_events(conn, user.organization_id, list(of_event)):
            of_event[one.scheduled_event_id].append(present_invitees.invitee(one, uris))
        return [Meeting(present.scheduled_event(event, uris), of_event[event.id]) for event in page.rows]

    found = in_transaction(load_settings(data_dir=data_dir), work)
    if as_json:
        print_json(found)
        return
    rows = [
        [str(one.event.start_time), one.event.name, one.event.status, ", ".join(_shown(who) for who in one.invitees)]
        for one in found
    ]
    print_table([["START", "NAME", "STATE", "INVITEES"], *rows])


def _shown(invitee: Invitee) -> str:
    return f"{invitee.name} <{invitee.email}>"
