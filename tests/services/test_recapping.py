"""Meeting recaps. Source: contract, meeting recaps; behaviours, section 7."""

from datetime import UTC, datetime

import pytest

from conftest import Clock
from factories import URIS, Organization, make_booking, principal_of
from openslot.core.errors import Forbidden, Invalid, NotFound
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.services import recapping
from openslot.wire.meeting_recaps import PutMeetingRecap, UpdateMeetingRecap

START = datetime(2027, 1, 4, 9, tzinfo=UTC)


async def test_a_recap_is_put_in_by_a_host_alone(conn: Conn, organization: Organization, clock: Clock) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now)
    owner, admin = [await principal_of(conn, one, now=clock.now) for one in (organization.owner, organization.admin)]
    words = PutMeetingRecap(event="", summary_md="Two ovens")

    with pytest.raises(Forbidden):
        await recapping.put(conn, admin, booked.event.id, words, uris=URIS, now=clock.now)
    with pytest.raises(NotFound):
        await recapping.put(conn, owner, new_id(), words, uris=URIS, now=clock.now)
    made = await recapping.put(conn, owner, booked.event.id, words, uris=URIS, now=clock.now)
    assert await recapping.own(conn, owner, made.id) == made
    for refused in (recapping.own(conn, admin, made.id), recapping.transcript(conn, admin, made.id)):
        with pytest.raises(Forbidden):
            await refused
    with pytest.raises(Forbidden):
        await recapping.update(conn, admin, made.id, UpdateMeetingRecap(), uris=URIS, now=clock.now)
    with pytest.raises(Forbidden):
        await recapping.delete(conn, admin, made.id, uris=URIS, now=clock.now)


async def test_a_host_has_one_recap_of_a_meeting_and_the_same_again_changes_nothing(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now)
    owner = await principal_of(conn, organization.owner, now=clock.now)
    words = PutMeetingRecap(event="", transcript="Ada: Two.")
    made = await recapping.put(conn, owner, booked.event.id, words, uris=URIS, now=clock.now)
    clock.advance(minutes=1)

    again = await recapping.put(conn, owner, booked.event.id, words, uris=URIS, now=clock.now)
    other = await recapping.put(
        conn, owner, booked.event.id, PutMeetingRecap(event="", status="unavailable"), uris=URIS, now=clock.now
    )

    assert again == made
    assert (other.id, other.status, other.updated_at) == (made.id, "unavailable", clock.now)
    with pytest.raises(NotFound):
        await recapping.transcript(conn, owner, made.id)


async def test_a_link_that_no_browser_opens_is_refused(conn: Conn, organization: Organization, clock: Clock) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    words = PutMeetingRecap(event="", share_link="javascript:alert(1)")

    with pytest.raises(Invalid, match="share_link invalid"):
        await recapping.put(conn, owner, new_id(), words, uris=URIS, now=clock.now)
