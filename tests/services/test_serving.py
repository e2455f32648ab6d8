"""An event type as it is served to a caller."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from conftest import Clock
from factories import Member, Organization, make_event_type, principal_of
from openslot.core.ids import new_id
from openslot.core.intervals import Interval
from openslot.db.pool import Conn
from openslot.services import serving
from openslot.services.serving import Served
from services.conftest import HALF_HOUR, START, refusal_of


@pytest.mark.parametrize(
    "changes", [{"active": False}, {"deleted_at": START}, {"booking_method": "poll"}, {"is_used_up": True}]
)
async def test_what_is_closed_in_any_way_takes_no_bookings(
    conn: Conn, organization: Organization, changes: dict[str, Any]
) -> None:
    found = await serving.find(conn, organization.id, organization.event_type_id)

    assert Served.of(found).is_open
    assert not Served.of(structs.replace(found, **changes)).is_open


async def test_an_event_type_is_changed_by_its_owner_unless_admins_manage_it(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    user = organization.member.user
    own = await make_event_type(conn, user, now=clock.now)
    managed = await make_event_type(conn, user, now=clock.now, admin_managed=True)
    admin, member = [await principal_of(conn, one, now=clock.now) for one in (organization.admin, organization.member)]

    refusals = {
        caller.user.role: [
            await refusal_of(serving.own(conn, caller, one))
            for one in (own, managed, organization.event_type_id, new_id())
        ]
        for caller in (admin, member)
    }

    assert refusals == {
        "admin": [None, None, None, "NotFound: no such event type"],
        "user": [
            None,
            "Forbidden: You do not have permission",
            "Forbidden: You do not have permission to access this resource.",
            "NotFound: no such event type",
        ],
    }


async def test_pooling_decides_who_may_be_chosen_and_how_many_are_needed(
    conn: Conn, organization: Organization, clock: Clock, hosts: list[Member]
) -> None:
    ids = [one.id for one in hosts]
    found = {}
    for pooling in ("round_robin", "collective"):
        made = await make_event_type(conn, organization.owner.user, now=clock.now, pooling_type=pooling, hosts=ids)
        served = await serving.serve(conn, organization.id, made)
        found[pooling] = ([one.user_id for one in served.candidates], served.needed, served.chooses_hosts)
    alone = await serving.serve(conn, organization.id, organization.event_type_id)

    assert found == {"round_robin": (ids, (1,), True), "collective": (ids, (4,), False)}
    assert ([one.user_id for one in alone.candidates], alone.needed, alone.chooses_hosts) == (
        [organization.owner.id],
        (1,),
        False,
    )


async def test_a_start_out_of_reach_is_no_moment_and_buffers_lie_around_a_meeting(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, buffer_before_minutes=10, buffer_after_minutes=15
    )
    served = await serving.serve(conn, organization.id, made)
    meeting = served.meeting(START)

    assert meeting == Interval(START, START + HALF_HOUR)
    assert served.buffered(meeting) == Interval(
        START - timedelta(minutes=10), START + HALF_HOUR + timedelta(minutes=15)
    )
    assert served.moment(START) == Interval(START, START + timedelta(microseconds=1))
    assert served.moment(datetime(9000, 1, 1, tzinfo=UTC)) is None


async def test_an_event_type_of_another_organization_is_not_served(
    conn: Conn, organization: Organization, elsewhere: Organization
) -> None:
    refusal = await refusal_of(serving.serve(conn, elsewhere.id, organization.event_type_id))

    assert refusal == "NotFound: no such event type"
