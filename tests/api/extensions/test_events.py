"""The event log as it is read. Source: docs/api-extensions.md."""

from datetime import UTC, datetime

from conftest import Clock
from factories import URIS, Caller, Organization, make_booking, make_organization
from openslot.db.pool import Conn

START = datetime(2027, 1, 5, 10, tzinfo=UTC)


async def test_the_log_lists_what_happened_newest_first_and_page_by_page(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    clock.advance(minutes=1)
    await owner.post(f"/scheduled_events/{made.event.id}/cancellation", {})
    await conn.execute("DELETE FROM events WHERE organization_id = %s AND name LIKE 'contact.%%'", (organization.id,))

    first = (await owner.get("/openslot/events", {"count": 1})).json()
    second = (await owner.http.get(first["pagination"]["next_page"], headers=owner.headers)).json()
    early = (await owner.get("/openslot/events", {"event": "invitee.created"})).json()["collection"]
    late = (await owner.get("/openslot/events", {"since": clock.now.isoformat()})).json()["collection"]

    (canceled,), (created,) = first["collection"], second["collection"]
    assert [
        (one["event"], one["users"], one["event_type"], one["test"], one["erased_at"]) for one in (canceled, created)
    ] == [
        (name, [URIS.user(organization.owner.id)], URIS.event_type(organization.event_type_id), False, None)
        for name in ("invitee.canceled", "invitee.created")
    ]
    assert created["payload"]["uri"] == URIS.invitee(made.event.id, made.invitee.id)
    assert (early, late) == ([created], [canceled])


async def test_members_may_not_read_it_and_nobody_that_of_another_organization(
    conn: Conn, owner: Caller, member: Caller, clock: Clock
) -> None:
    elsewhere = await make_organization(conn, now=clock.now)
    await make_booking(conn, elsewhere, START, now=clock.now)

    assert (await member.get("/openslot/events")).status_code == 403
    assert (await owner.get("/openslot/events")).json()["collection"] == []
