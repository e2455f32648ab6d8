"""Marks of invitees who did not come. Source: rules, section 12; behaviours, section 11; ADR 0008."""

from conftest import Clock
from factories import URIS, Member, Organization, make_booking, principal_of
from openslot.core.ids import new_id
from openslot.db.no_shows import NoShow
from openslot.db.pool import Conn
from openslot.services.booking import cancellation, no_shows
from openslot.services.booking.command import Booked
from services.conftest import START, Store, refusal_of


async def mark(conn: Conn, member: Member, made: Booked, clock: Clock, *, before_start: str = "refuse") -> NoShow:
    principal = await principal_of(conn, member, now=clock.now)
    async with conn.transaction():
        return await no_shows.mark(
            conn, principal, made.invitee.id, before_start=before_start, uris=URIS, now=clock.now
        )


async def test_a_mark_is_set_once_and_taken_back_and_both_are_recorded(
    conn: Conn, organization: Organization, clock: Clock, store: Store
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    principal = await principal_of(conn, organization.owner, now=clock.now)
    clock.now = START

    marked = await mark(conn, organization.owner, made, clock)
    found = await no_shows.get(conn, principal, marked.id)
    twice = await refusal_of(mark(conn, organization.owner, made, clock))
    await no_shows.unmark(conn, principal, marked.id, uris=URIS, now=clock.now)
    gone = await refusal_of(no_shows.unmark(conn, principal, marked.id, uris=URIS, now=clock.now))

    assert marked == found == NoShow(marked.id, organization.id, made.invitee.id, made.event.id, START)
    assert twice == "Invalid: invitee is marked as a no-show already"
    assert gone == "NotFound: no such no-show"
    assert sorted(row["name"] for row in await store.rows("events")) == [
        "invitee.created",
        "invitee_no_show.created",
        "invitee_no_show.deleted",
    ]


async def test_before_the_start_a_mark_is_accepted_only_where_that_is_configured(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)

    refused = await refusal_of(mark(conn, organization.owner, made, clock))
    accepted = await mark(conn, organization.owner, made, clock, before_start="accept")

    assert refused == "Invalid: base Event is not started yet"
    assert accepted.created_at == clock.now


async def test_who_canceled_is_not_marked(conn: Conn, organization: Organization, clock: Clock) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    async with conn.transaction():
        await cancellation.cancel_as_invitee(conn, made.invitee.id, reason=None, uris=URIS, now=clock.now)
    clock.now = START

    assert await refusal_of(mark(conn, organization.owner, made, clock)) == "Invalid: invitee is canceled"


async def test_marks_are_for_hosts_and_admins(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, START, now=clock.now)
    marked = await mark(conn, organization.admin, made, clock, before_start="accept")
    member, stranger = [await principal_of(conn, one, now=clock.now) for one in (organization.member, elsewhere.owner)]

    refusals = [
        await refusal_of(call)
        for call in (
            mark(conn, organization.member, made, clock),
            no_shows.get(conn, member, marked.id),
            no_shows.unmark(conn, member, marked.id, uris=URIS, now=clock.now),
            mark(conn, elsewhere.owner, made, clock),
            no_shows.get(conn, stranger, marked.id),
            no_shows.get(conn, member, new_id()),
        )
    ]

    forbidden = "Forbidden: You do not have permission to access this resource."
    assert refusals == [
        forbidden,
        forbidden,
        forbidden,
        "NotFound: no such invitee",
        "NotFound: no such no-show",
        "NotFound: no such no-show",
    ]
