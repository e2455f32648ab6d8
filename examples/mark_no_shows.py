"""Mark as no-shows whoever is in a list of absentees: a CSV file with the columns email and start_time.

python examples/mark_no_shows.py absentees.csv

    email,start_time
    ada@example.org,2031-04-10T13:00Z
"""

import csv
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from openslot.client import CALENDLY, operations
from openslot.connector import Connection, Connector


def mark(connection: Connection, email: str, start_time: datetime) -> str:
    """What became of one absentee, who is looked for in the meetings of the token's user."""
    meetings = operations.ListScheduledEvents(
        user=connection.me().uri,
        invitee_email=email,
        status="active",
        min_start_time=start_time,
        max_start_time=start_time + timedelta(minutes=1),
    )
    for meeting in connection.client.stream(meetings):
        invitees = operations.ListEventInvitees(uuid=meeting.uri, email=email, status="active")
        for invitee in connection.client.stream(invitees):
            if invitee.no_show:
                return f"was marked on {invitee.no_show.created_at:%d %B}"
            Connector(connection).create_invitee_no_show(invitee.uri)
            return f"did not come to {meeting.name}"
    return f"has no meeting at {start_time:%H:%M on %d %B}"


def main(file: Path) -> None:
    base_url = os.environ.get("OPENSLOT_BASE_URL", CALENDLY)
    with Connection(os.environ["OPENSLOT_TOKEN"], base_url) as connection, file.open(encoding="utf-8-sig") as rows:
        for row in csv.DictReader(rows):
            start_time = datetime.fromisoformat(row["start_time"])
            print(row["email"], mark(connection, row["email"], start_time))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
