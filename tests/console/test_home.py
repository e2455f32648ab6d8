"""The first page: what comes next, what waits for an answer, where others book."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from conftest import Clock
from console.conftest import SignIn
from factories import URIS, Organization, booking_of, make_booking
from openslot.db.pool import Conn
from openslot.services.booking import approvals
from pages.plain_browser import PlainBrowser

START = datetime(2027, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
async def request_id(conn: Conn, organization: Organization, clock: Clock) -> UUID:
    """Of a request that the owner has to answer."""
    await conn.execute("UPDATE event_types SET requires_approval = true WHERE id = %s", (organization.event_type_id,))
    async with conn.transaction():
        wanted = booking_of(organization, START, name="Ada Example")
        return (await approvals.request(conn, wanted, uris=URIS, now=clock.now)).hold.id


async def test_it_shows_what_is_next_and_where_others_book(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    page = await owner.open("/app")
    assert "Nothing is booked." in page.text
    assert "Share its link" in page.text
    booked = await make_booking(conn, organization, START, now=clock.now, name="Ada Example")

    page = await owner.open("/app")

    first = page.one("section", aria_labelledby="coming").all("a")[0]
    assert (first.text, first.attributes["href"]) == (
        f"{booked.event.name}, Ada Example", f"/app/meetings/{booked.event.id}",
    )  # fmt: skip
    links = [one.text for one in page.one("section", aria_labelledby="links").all("a")]
    assert links == ["Your booking page", booked.event.name]
    assert "Share its link" not in page.text


@pytest.mark.parametrize(("button", "booked"), [("approve", 1), ("decline", 0)])
async def test_a_request_is_answered(
    owner: PlainBrowser, conn: Conn, organization: Organization, request_id: UUID, button: str, booked: int
) -> None:
    page = await owner.open("/app")
    form = page.one("form", action=f"/app/requests/{request_id}")

    page = await owner.send({"answer": button}, form=form)

    assert page.all("form", action=f"/app/requests/{request_id}") == []
    cursor = await conn.execute("SELECT count(*) FROM invitees WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (booked,)
    held = {**dict(owner.held(form)), "answer": "approve"}
    headers = {"Origin": "https://book.example"}
    answer = await owner.client.post(f"/app/requests/{request_id}", headers=headers, data=held)
    page = await owner.open(answer.headers["location"])
    assert "This request was answered already, or its time has passed." in page.text
    cursor = await conn.execute("SELECT count(*) FROM invitees WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (booked,)


@pytest.mark.usefixtures("request_id")
async def test_who_may_not_answer_sees_no_request(sign_in: SignIn, organization: Organization) -> None:
    member = await sign_in(organization.member)

    assert "Waiting for your answer" not in member.document.text
