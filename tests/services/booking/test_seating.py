"""Who meets where: a group event has one place for all, but what an invitee says of the place is that invitee's.

Source: rules, section 10; ADR 0020.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from conftest import Clock
from factories import URIS, Organization, booking_of, make_booking, make_event_type, make_organization, principal_of
from openslot.core.errors import FieldError, Invalid, OpenSlotError
from openslot.db import event_types, invitees, scheduled_events
from openslot.db.event_types import ColumnChanges
from openslot.db.pool import Conn, connected
from openslot.presenters import invitees as present
from openslot.presenters import scheduled_events as present_events
from openslot.services import erasure
from openslot.services.booking import approvals, booking, cancellation, rescheduling
from openslot.services.booking.command import Booking
from openslot.wire.codec import encode
from openslot.wire.event_types import LocationConfiguration
from openslot.wire.invitees import InviteeLocation
from openslot.wire.scheduled_events import Location
from running import examples

NOW = datetime(2027, 1, 4, 8, tzinfo=UTC)
START = datetime(2027, 1, 5, 10, tzinfo=UTC)
LATER = START + timedelta(hours=1)
CALL, BY_INVITEE = LocationConfiguration("outbound_call"), LocationConfiguration("ask_invitee")
STUDIO = LocationConfiguration("physical", location="Via dei Vascellari 12", additional_info="Ring twice")
CELLAR = LocationConfiguration("physical", location="Vicolo del Cedro 3")
FIRST, SECOND = "+390655500123", "+442079460958"
WRONG = FieldError("event.location_configuration.location", "invalid location choice", "invalid_location_choice")


def call(number: str) -> InviteeLocation:
    return InviteeLocation("outbound_call", number)


async def make_class(conn: Conn, organization: Organization, clock: Clock, *where: LocationConfiguration) -> UUID:
    return await make_event_type(
        conn, organization.owner.user, now=clock.now, kind="group", seats=4, locations=list(where)
    )


async def shown(conn: Conn, organization: Organization, invitee_id: UUID) -> Location | None:
    """Where the invitee meets, as webhooks say it now."""
    row = await invitees.get(conn, organization.id, invitee_id)
    assert row is not None
    of = await scheduled_events.get(conn, organization.id, row.scheduled_event_id)
    assert of is not None
    return present.invitee_payload(row, of, URIS).scheduled_event.location


@pytest.mark.parametrize(
    ("where", "first", "second"),
    [(CALL, FIRST, SECOND), (BY_INVITEE, "Bar San Calisto", "The park, if it is dry")],
    ids=["call", "ask"],
)
async def test_each_of_a_group_meets_at_the_own_place_and_the_event_names_neither(
    conn: Conn, organization: Organization, clock: Clock, where: LocationConfiguration, first: str, second: str
) -> None:
    class_ = await make_class(conn, organization, clock, where)
    one, other = [
        await make_booking(
            conn, organization, START, now=clock.now, event_type_id=class_, location=InviteeLocation(where.kind, text)
        )
        for text in (first, second)
    ]
    found = await scheduled_events.get(conn, organization.id, one.event.id)

    assert one.event.id == other.event.id
    assert found is not None
    assert found.location == present_events.location(found) == Location(where.kind, location=None)
    assert await shown(conn, organization, one.invitee.id) == Location(where.kind, location=first)
    assert await shown(conn, organization, other.invitee.id) == Location(where.kind, location=second)
    stored = await conn.execute(
        "SELECT payload::jsonb #>> '{scheduled_event,location,location}' FROM events"
        " WHERE organization_id = %s AND name = 'invitee.created' ORDER BY sequence",
        (organization.id,),
    )
    assert await stored.fetchall() == [(first,), (second,)]


async def test_who_moves_away_takes_along_the_own_place_and_leaves_the_others_theirs(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    class_ = await make_class(conn, organization, clock, CALL)
    one, other = [
        await make_booking(conn, organization, START, now=clock.now, event_type_id=class_, location=call(number))
        for number in (FIRST, SECOND)
    ]
    async with conn.transaction():
        moved = await rescheduling.reschedule(conn, other.invitee.id, LATER, uris=URIS, now=clock.now)
    async with conn.transaction():
        followed = await rescheduling.reschedule(conn, one.invitee.id, LATER, uris=URIS, now=clock.now)

    assert followed.event.id == moved.event.id
    for invitee, number in [(one, FIRST), (other, SECOND), (moved, SECOND), (followed, FIRST)]:
        assert await shown(conn, organization, invitee.invitee.id) == Location("outbound_call", location=number)


async def test_of_one_alone_the_event_names_the_place(conn: Conn, organization: Organization, clock: Clock) -> None:
    alone = await make_event_type(conn, organization.owner.user, now=clock.now, locations=[CALL])
    made = await make_booking(conn, organization, START, now=clock.now, event_type_id=alone, location=call(FIRST))

    assert made.event.location == present_events.location(made.event) == Location("outbound_call", location=FIRST)
    assert made.invitee.location is None


async def test_of_several_places_the_first_of_a_group_chooses_for_all(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    class_ = await make_class(conn, organization, clock, STUDIO, CELLAR, CALL)
    place = Location("physical", location="Via dei Vascellari 12")
    place.additional_info = "Ring twice"

    async def come(where: InviteeLocation | None) -> Location | None:
        made = await make_booking(conn, organization, START, now=clock.now, event_type_id=class_, location=where)
        return await shown(conn, organization, made.invitee.id)

    assert await come(InviteeLocation("physical", "Via dei Vascellari 12")) == place
    for elsewhere in (InviteeLocation("physical", "Vicolo del Cedro 3"), call(SECOND)):
        with pytest.raises(Invalid) as refused:
            await come(elsewhere)
        assert refused.value.details == (WRONG,)
    for same in (InviteeLocation("physical", "Via dei Vascellari 12"), InviteeLocation("physical"), None):
        assert await come(same) == place


async def test_where_the_first_of_a_group_chose_to_be_called_each_enters_an_own_number(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    class_ = await make_class(conn, organization, clock, STUDIO, CALL)
    await make_booking(conn, organization, START, now=clock.now, event_type_id=class_, location=call(FIRST))
    for where, error in [
        (InviteeLocation("physical", "Via dei Vascellari 12"), WRONG),
        (None, FieldError("location.location", "must be filled")),
        (call("nobody"), FieldError("location.location", "is not a valid phone number")),
    ]:
        with pytest.raises(Invalid) as refused:
            await make_booking(conn, organization, START, now=clock.now, event_type_id=class_, location=where)
        assert refused.value.details == (error,)
    joined = await make_booking(conn, organization, START, now=clock.now, event_type_id=class_, location=call(SECOND))

    assert await shown(conn, organization, joined.invitee.id) == Location("outbound_call", location=SECOND)


async def test_a_planned_class_keeps_its_place_when_the_event_type_gets_another(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    class_ = await make_class(conn, organization, clock, CELLAR)
    await make_booking(conn, organization, START, now=clock.now, event_type_id=class_)
    await event_types.update(conn, organization.id, class_, ColumnChanges(locations=[CALL]), now=clock.now)
    joined = await make_booking(conn, organization, START, now=clock.now, event_type_id=class_)
    new = await make_booking(conn, organization, LATER, now=clock.now, event_type_id=class_, location=call(FIRST))

    assert await shown(conn, organization, joined.invitee.id) == Location("physical", location="Vicolo del Cedro 3")
    assert await shown(conn, organization, new.invitee.id) == Location("outbound_call", location=FIRST)


async def test_who_moves_into_a_class_elsewhere_meets_where_it_is(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    class_ = await make_class(conn, organization, clock, CELLAR, CALL)
    await make_booking(
        conn, organization, LATER, now=clock.now, event_type_id=class_, location=InviteeLocation("physical")
    )
    called = await make_booking(conn, organization, START, now=clock.now, event_type_id=class_, location=call(FIRST))
    async with conn.transaction():
        moved = await rescheduling.reschedule(conn, called.invitee.id, LATER, uris=URIS, now=clock.now)

    assert await shown(conn, organization, moved.invitee.id) == Location("physical", location="Vicolo del Cedro 3")
    assert moved.invitee.location is None


async def test_a_request_that_waits_keeps_what_was_entered_for_its_invitee(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    class_ = await make_class(conn, organization, clock, STUDIO, CALL)
    await make_booking(conn, organization, START, now=clock.now, event_type_id=class_, location=call(FIRST))
    principal = await principal_of(conn, organization.owner, now=clock.now)
    wanted = booking_of(organization, START, event_type_id=class_, location=call(SECOND))

    async def request(requested: Booking) -> UUID:
        async with conn.transaction():
            return (await approvals.request(conn, requested, uris=URIS, now=clock.now)).hold.id

    with pytest.raises(Invalid):
        await request(replace(wanted, location=InviteeLocation("physical")))
    waiting = await request(wanted)
    async with conn.transaction():
        joined = await approvals.approve(conn, principal, waiting, uris=URIS, now=clock.now)

    assert await shown(conn, organization, joined.invitee.id) == Location("outbound_call", location=SECOND)


# For any sequence of bookings, moves, cancellations and erasures


@dataclass(frozen=True)
class Step:
    what: str
    who: int
    start: int
    choice: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["book", "book", "book", "move", "move", "cancel", "erase", "change"]),
        st.integers(0, 4),
        st.integers(0, 2),
        st.integers(0, 2),
    ),
    min_size=4,
    max_size=16,
)
OFFERED = ([CALL], [BY_INVITEE], [CALL, BY_INVITEE, STUDIO])


def entered(person: int, kind: str) -> str:
    return f"+39065550{person}123" if kind == "outbound_call" else f"Bench number {person}77 by the river"


async def act(conn: Conn, organization: Organization, class_: UUID, step: Step, chains: dict[int, UUID]) -> None:
    """Do one step; what is not possible is left undone. ``chains`` are those who come, by person."""
    start = START + timedelta(hours=step.start)
    email = f"person-{step.who}@example.org"
    if step.what == "book" and step.who not in chains:
        kind = ("outbound_call", "ask_invitee", "physical")[step.choice]
        where = InviteeLocation(kind, None if kind == "physical" else entered(step.who, kind))
        wanted = booking_of(organization, start, event_type_id=class_, email=email, location=where)
        made = await booking.book(conn, wanted, uris=URIS, now=NOW)
        chains[step.who] = made.invitee.chain_id
    elif step.what == "change":
        locations = ColumnChanges(locations=OFFERED[step.choice])
        await event_types.update(conn, organization.id, class_, locations, now=NOW)
    elif step.what == "erase":
        await erasure.erase_invitees(conn, organization.id, [email], uris=URIS, now=NOW)
        chains.pop(step.who, None)
    elif step.who in chains:
        last = await latest(conn, organization, chains[step.who])
        if step.what == "move":
            await rescheduling.reschedule(conn, last, start, uris=URIS, now=NOW)
        elif step.what == "cancel":
            await cancellation.cancel_as_invitee(conn, last, reason=None, uris=URIS, now=NOW)
            del chains[step.who]


async def latest(conn: Conn, organization: Organization, chain: UUID) -> UUID:
    cursor = await conn.execute(
        "SELECT id FROM invitees WHERE organization_id = %s AND chain_id = %s AND new_invitee_id IS NULL",
        (organization.id, chain),
    )
    found: tuple[UUID] | None = await cursor.fetchone()
    assert found is not None
    return found[0]


async def shown_to(conn: Conn, organization: Organization) -> list[tuple[UUID | None, str]]:
    """Everything that is stored or shown, as text, with whose it is; None: it is nobody's alone."""
    found: list[tuple[UUID | None, str]] = []
    for table, chain in [
        ("scheduled_events", "NULL"), ("holds", "NULL"), ("invitees", "chain_id"), ("events", "chain_id"),
        ("deliveries", "NULL"),
    ]:  # fmt: skip
        cursor = await conn.execute(
            f"SELECT {chain}::uuid, to_jsonb(t)::text FROM {table} AS t WHERE organization_id = %s", (organization.id,)
        )
        found += await cursor.fetchall()
    cursor = await conn.execute("SELECT id FROM invitees WHERE organization_id = %s", (organization.id,))
    for (invitee_id,) in await cursor.fetchall():
        row = await invitees.get(conn, organization.id, invitee_id)
        assert row is not None
        of = await scheduled_events.get(conn, organization.id, row.scheduled_event_id)
        assert of is not None
        found.append((row.chain_id, encode(present.invitee_payload(row, of, URIS)).decode()))
        found.append((None, encode(present_events.scheduled_event(of, URIS)).decode()))
    return found


async def check(conn: Conn, steps: list[Step], locations: list[LocationConfiguration]) -> None:
    organization = await make_organization(conn, now=NOW)
    clock = Clock(NOW)
    class_ = await make_class(conn, organization, clock, *locations)
    owners: dict[int, set[UUID]] = {}
    chains: dict[int, UUID] = {}
    for step in steps:
        try:
            async with conn.transaction():
                await act(conn, organization, class_, step, chains)
        except OpenSlotError:
            event(f"no {step.what}")
            continue
        if step.what == "erase":
            owners[step.who] = set()
        elif step.who in chains:
            owners.setdefault(step.who, set()).add(chains[step.who])
        texts = await shown_to(conn, organization)
        for person in range(5):
            own = owners.get(person, set())
            for kind in ("outbound_call", "ask_invitee"):
                strangers = [text for chain, text in texts if entered(person, kind) in text and chain not in own]
                assert strangers == [], (step, person)


@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS, locations=st.sampled_from(OFFERED))
def test_nobody_is_ever_shown_what_another_invitee_of_a_group_entered(
    database_url: str, steps: list[Step], locations: list[LocationConfiguration]
) -> None:
    async def undone() -> None:
        async with connected(database_url) as conn, conn.transaction(force_rollback=True):
            await check(conn, steps, locations)

    asyncio.run(undone())
