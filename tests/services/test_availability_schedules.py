"""A host's named hours, one of which is the default."""

from typing import Any

import pytest

from conftest import Clock
from factories import Organization, make_event_type, principal_of
from openslot.core.errors import FieldError, Invalid
from openslot.db import availability_schedules as rows
from openslot.db.availability_schedules import Schedule
from openslot.db.pool import Conn
from openslot.services import availability_schedules
from openslot.wire.availability_schedules import ChangeSchedule, CreateSchedule
from services.conftest import refusal_of

EVENINGS: list[dict[str, Any]] = [{"type": "wday", "wday": "tuesday", "intervals": [{"from": "18:00", "to": "21:00"}]}]


async def create(
    conn: Conn, organization: Organization, clock: Clock, *, name: str = "Evenings", default: bool = False
) -> Schedule:
    """A schedule of the member's."""
    principal = await principal_of(conn, organization.member, now=clock.now)
    wanted = CreateSchedule(name, "Europe/Rome", EVENINGS, default=default)
    return await availability_schedules.create(conn, principal, organization.member.id, wanted, now=clock.now)


async def defaults(conn: Conn, organization: Organization) -> dict[str, bool]:
    """Which of the member's schedules is the default."""
    found = await rows.lock_all(conn, organization.id, organization.member.id)
    return {one.name: one.is_default for one in found}


async def test_the_first_schedule_is_the_default_in_any_case(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    await conn.execute("DELETE FROM availability_schedules WHERE user_id = %s", (organization.member.id,))

    made = await create(conn, organization, clock, name=" Evenings\n")

    assert made == Schedule(
        id=made.id,
        organization_id=organization.id,
        user_id=organization.member.id,
        name="Evenings",
        timezone="Europe/Rome",
        is_default=True,
        rules=EVENINGS,
        created_at=clock.now,
        updated_at=clock.now,
    )
    assert await rows.get(conn, organization.id, made.id) == made


async def test_a_new_default_takes_the_place_of_the_former(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    principal = await principal_of(conn, organization.member, now=clock.now)
    first = await create(conn, organization, clock, name="First")
    before = await defaults(conn, organization)
    await availability_schedules.change(conn, principal, first.id, ChangeSchedule(default=True), now=clock.now)
    between = await defaults(conn, organization)
    await create(conn, organization, clock, name="Second", default=True)

    assert before == {"Working hours": True, "First": False}
    assert between == {"Working hours": False, "First": True}
    assert await defaults(conn, organization) == {"Working hours": False, "First": False, "Second": True}


async def test_the_default_and_one_in_use_stay(conn: Conn, organization: Organization, clock: Clock) -> None:
    principal = await principal_of(conn, organization.member, now=clock.now)
    default = await create(conn, organization, clock, default=True)
    used, unused = [await create(conn, organization, clock, name=name) for name in ("Used", "Unused")]
    await make_event_type(
        conn, organization.member.user, now=clock.now, name="Late talk", availability_schedule_id=used.id
    )
    unset = ChangeSchedule(default=False)

    refusals = [
        await refusal_of(availability_schedules.change(conn, principal, default.id, unset, now=clock.now)),
        *[await refusal_of(availability_schedules.delete(conn, principal, one.id)) for one in (default, used, unused)],
        await refusal_of(availability_schedules.delete(conn, principal, unused.id)),
    ]

    assert refusals == [
        "Invalid: default make another one the default instead",
        "Invalid: availability_schedule is the default: make another one the default first",
        "Invalid: availability_schedule is used by event types: Late talk",
        None,
        "NotFound: no such availability schedule",
    ]


async def test_schedules_are_their_user_s_and_the_admins(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    made = await create(conn, organization, clock)
    of_owner = (await rows.lock_all(conn, organization.id, organization.owner.id))[0]
    admin, member, stranger = [
        await principal_of(conn, one, now=clock.now)
        for one in (organization.admin, organization.member, elsewhere.owner)
    ]

    refusals = [
        await refusal_of(availability_schedules.own(conn, caller, one.id))
        for caller, one in ((admin, made), (member, made), (member, of_owner), (stranger, made))
    ]
    required = [
        await refusal_of(availability_schedules.require_of(conn, organization.id, organization.member.id, one))
        for one in (made.id, None, of_owner.id)
    ]

    assert refusals == [
        None,
        None,
        "Forbidden: You do not have permission",
        "NotFound: no such availability schedule",
    ]
    assert required == [None, None, "Invalid: availability_schedule is not a schedule of the owner"]


async def test_every_wrong_field_of_a_schedule_is_named(conn: Conn, organization: Organization, clock: Clock) -> None:
    principal = await principal_of(conn, organization.member, now=clock.now)
    wanted = CreateSchedule(" ", "Mars/Base", EVENINGS)
    with pytest.raises(Invalid) as refused:
        await availability_schedules.create(conn, principal, organization.member.id, wanted, now=clock.now)

    assert refused.value.details == (
        FieldError("name", "must be filled"),
        FieldError("timezone", "is not an IANA time zone, such as Europe/Rome"),
    )
