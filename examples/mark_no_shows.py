"""Mark the absentees of a list as no-shows: a CSV file with the columns email and start_time.

python examples/mark_no_shows.py absentees.csv

    email,start_time
    ada@example.org,2031-04-10T13:00Z

``examples/mark_no_shows.yaml`` waits for the end of each meeting and reads the same file.
"""

import csv
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

from openslot.client import CALENDLY, operations
from openslot.connector import Connection, Connector


def mark(connection: Connection, email: str, start_time: datetime) -> str:
    """Mark one absentee, in the meetings of the token's user, and return what to print."""
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


def absentees(file: Path) -> list[tuple[str, datetime]]:
    """The rows of the list, all checked before anybody is marked.

    Raises:
        OSError: the file can't be read. ValueError: it is not such a list.
    """
    found = []
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        missing = [name for name in ("email", "start_time") if name not in (rows.fieldnames or ())]
        if missing:
            raise ValueError(f"{file} has no column {', '.join(missing)}")
        for row in rows:
            try:
                start_time = datetime.fromisoformat(row["start_time"] or "")
            except ValueError as exc:
                raise ValueError(f"{file}, line {rows.line_num}: {exc}") from exc
            found.append((row["email"], start_time))
    return found


def main(words: list[str]) -> int:
    if len(words) != 1 or "OPENSLOT_TOKEN" not in os.environ:
        print("OPENSLOT_TOKEN=... python mark_no_shows.py absentees.csv", file=sys.stderr)
        return 2
    try:
        rows = absentees(Path(words[0]))
    except (OSError, ValueError) as exc:
        print(exc, file=sys.stderr)
        return 2
    with Connection(os.environ["OPENSLOT_TOKEN"], os.environ.get("OPENSLOT_BASE_URL", CALENDLY)) as connection:
        for email, start_time in rows:
            print(email, mark(connection, email, start_time))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
