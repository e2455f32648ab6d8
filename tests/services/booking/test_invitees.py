"""An invitee behind a public link, and the log of what happens to one."""

import json
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Organization, make_booking
from openslot.core.errors import NotFound
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.presenters import invitees as present
from openslot.services.booking import invitees
from openslot.services.booking.invitees import BookedInvitee, Refreshed
from openslot.wire import codec
from services.conftest import START, Store, event_type_of


async def test_a_link_leads_to_the_invitee_with_what_was_booked(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now, guests=["grace@example.org"])

    found = await invitees.find(conn, made.invitee.id)

    assert found == BookedInvitee(
        made.invitee, made.event, await event_type_of(conn, organization), ["grace@example.org"]
    )
    with pytest.raises(NotFound, match="no such invitee"):
        await invitees.find(conn, new_id())


async def test_an_invitee_of_a_group_sees_the_own_guests_alone(
    conn: Conn, organization: Organization, clock: Clock, group: UUID
) -> None:
    one, other = [
        await make_booking(conn, organization, START, now=clock.now, event_type_id=group, guests=guests)
        for guests in (["grace@example.org"], ["alan@example.org", "kurt@example.org"])
    ]

    found = [await invitees.find(conn, made.invitee.id) for made in (one, other)]

    assert [sorted(one.guests) for one in found] == [
        ["grace@example.org"],
        ["alan@example.org", "kurt@example.org"],
    ]
    assert found[0].event == found[1].event


async def test_what_happens_to_an_invitee_is_recorded_as_it_is_then(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    await conn.execute("UPDATE invitees SET name = 'Ada Lovelace' WHERE id = %s", (made.invitee.id,))
    clock.advance(minutes=1)

    recorded = await invitees.record(
        conn, "invitee_no_show.created", organization.id, made.invitee.id, URIS, now=clock.now
    )

    now = await invitees.refresh(conn, organization.id, made.invitee.id)
    (row,) = [one for one in await store.rows("events") if one["name"] == "invitee_no_show.created"]
    assert now == recorded == Refreshed(recorded.invitee, made.event)
    assert recorded.invitee.name == "Ada Lovelace"
    assert (row["chain_id"], row["user_ids"]) == (str(made.invitee.chain_id), [str(organization.owner.id)])
    assert json.loads(row["payload"]) == json.loads(
        codec.encode(present.invitee_payload(recorded.invitee, made.event, URIS))
    )
