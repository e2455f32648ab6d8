"""The times of one week, for tests of what opens and closes its days."""

from factories import URIS, Caller, Organization

WEEK = ["05 08:00-15:30", "06 08:00-15:30", "07 08:00-15:30", "08 08:00-15:30"]
"""Tuesday 5 to Friday 8 January 2027, 9 to 17 in Rome. The window that is queried begins with Tuesday there."""


async def days(caller: Caller, organization: Organization) -> list[str]:
    """The days from Monday 4 to Sunday 10 January 2027 on which there are times, with their first and last."""
    found = await caller.get(
        "/event_type_available_times",
        {
            "event_type": URIS.event_type(organization.event_type_id),
            "start_time": "2027-01-04T23:00:00Z",
            "end_time": "2027-01-10T23:00:00Z",
        },
    )
    starts = [one["start_time"] for one in found.json()["collection"]]
    listed: dict[str, list[str]] = {}
    for start in starts:
        listed.setdefault(start[8:10], []).append(start[11:16])
    return [f"{day} {times[0]}-{times[-1]}" for day, times in listed.items()]
