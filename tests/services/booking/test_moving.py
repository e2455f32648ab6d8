"""The new half of a reschedule. Source: behaviours, section 11."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from conftest import Clock
from factories import Organization, make_booking
from openslot.core.errors import FieldError, Invalid
from openslot.db.pool import Conn
from openslot.services import serving
from openslot.services.booking import moving
from openslot.services.booking.command import Booked
from openslot.services.booking.form import UnknownForm
from openslot.services.booking.moving import AfterMove, Move
from openslot.wire.common import Tracking
from openslot.wire.scheduled_events import Location
from services.conftest import HALF_HOUR, START

LATER = START + timedelta(hours=1)
YARD = Location("physical", location="The yard")
NUMBER = Location("outbound_call", location="+39 06 555 0123")
ANY_NUMBER = Location("outbound_call", location=None)


async def move(conn: Conn, organization: Organization, clock: Clock, moved: Move) -> Booked:
    served = await serving.serve(conn, organization.id, organization.event_type_id)
    async with conn.transaction():
        return await moving.move(conn, served, LATER, moved, now=clock.now)


async def test_what_was_booked_is_booked_again_at_the_new_start(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(
        conn, organization, START, now=clock.now, tracking=Tracking(utm_source="mail"), scheduling_method="api"
    )
    clock.advance(minutes=1)
    taken_over = Move(
        old=made.invitee, location=YARD, guests=["grace@example.org"], payment=None, timezone="Asia/Bangkok"
    )

    moved = await move(conn, organization, clock, taken_over)

    assert moved.invitee == structs.replace(
        made.invitee,
        id=moved.invitee.id,
        scheduled_event_id=moved.event.id,
        timezone="Asia/Bangkok",
        old_invitee_id=made.invitee.id,
        old_event_id=made.event.id,
        created_at=clock.now,
        updated_at=clock.now,
    )
    assert moved.invitee.chain_id == made.invitee.id != moved.invitee.id
    assert (moved.event.start_time, moved.event.end_time, moved.event.location) == (LATER, LATER + HALF_HOUR, YARD)
    assert [one.email for one in moved.event.guests] == ["grace@example.org"]


@pytest.mark.parametrize(
    ("shown", "parameter"),
    [
        (AfterMove(45, None), "duration"),
        (AfterMove(30, YARD), "event.location_configuration.location"),
    ],
)
async def test_nothing_else_is_made_than_what_was_shown(
    conn: Conn, organization: Organization, clock: Clock, shown: AfterMove, parameter: str
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    moved = Move(old=made.invitee, location=None, guests=[], payment=None, timezone=None, shown=shown)
    with pytest.raises(Invalid) as refused:
        await move(conn, organization, clock, moved)

    assert refused.value.details == (FieldError(parameter, "invalid"),)
    as_shown = replace(moved, shown=AfterMove(30, None))
    assert (await move(conn, organization, clock, as_shown)).event.start_time == LATER


async def test_who_joins_a_planned_event_has_its_length_and_place_and_the_own_number(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    event = (await make_booking(conn, organization, START, now=clock.now)).event
    form = UnknownForm(duration_minutes=45)
    in_the_yard, by_phone = [structs.replace(event, location=one) for one in (YARD, ANY_NUMBER)]

    assert moving.after_move(form, NUMBER, None) == AfterMove(45, NUMBER)
    assert moving.after_move(form, NUMBER, in_the_yard) == AfterMove(30, YARD)
    assert moving.after_move(form, NUMBER, by_phone) == AfterMove(30, NUMBER)


def test_a_planned_event_by_phone_lacks_the_number_of_who_has_entered_none() -> None:
    assert [
        moving.lacks_place(own, planned)
        for own, planned in ((None, YARD), (NUMBER, ANY_NUMBER), (YARD, ANY_NUMBER), (None, ANY_NUMBER))
    ] == [False, False, True, True]
