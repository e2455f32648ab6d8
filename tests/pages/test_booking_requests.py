"""Answering a booking request from a mail, and stopping reminders. Source: faces, section 1; ADR 0043."""

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from conftest import SECRET_KEY, Clock
from factories import URIS, Organization, booking_of, make_booking, make_event_type
from openslot.db import mails
from openslot.db.pool import Conn
from openslot.security.answer_links import Answerable, token
from openslot.services.booking import approvals
from pages.plain_browser import PlainBrowser

START = datetime(2027, 1, 5, 9, tzinfo=UTC)
GONE = "This request waits no longer"


@pytest.fixture
async def hold_id(conn: Conn, organization: Organization, clock: Clock) -> UUID:
    event_type = await make_event_type(conn, organization.owner.user, now=clock.now, requires_approval=True)
    async with conn.transaction():
        wanted = booking_of(organization, START, event_type_id=event_type, name="<b>Ada</b>")
        made = await approvals.request(conn, wanted, uris=URIS, now=clock.now)
    return made.hold.id


def link(hold_id: UUID, user_id: UUID) -> str:
    return f"/booking_requests/{token(SECRET_KEY, Answerable(hold_id, user_id))}"


@pytest.mark.parametrize(
    ("button", "outcome", "booked"),
    [("approve", "Approved. It is booked.", 1), ("decline", "Declined. The time is free again.", 0)],
)
async def test_opening_the_link_changes_nothing_and_the_first_answer_counts(
    conn: Conn,
    organization: Organization,
    browser: PlainBrowser,
    hold_id: UUID,
    *,
    button: str,
    outcome: str,
    booked: int,
) -> None:
    page = link(hold_id, organization.owner.id)
    for _ in range(2):
        await browser.open(page)
        assert browser.heading == "Approve this meeting?"
    assert "<b>Ada</b>" in browser.document.text
    form = browser.document.one("form", method="post")
    form.one("button", value=button).attributes["type"] = "chosen"

    await browser.send({"answer": button})
    assert (browser.status, browser.heading) == (200, outcome)
    await browser.open(page)
    assert browser.heading == GONE
    other = "decline" if button == "approve" else "approve"
    again = await browser.client.post(page, data={"answer": other}, follow_redirects=True)
    assert GONE in again.text
    cursor = await conn.execute("SELECT count(*) FROM scheduled_events WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchall() == [(booked,)]


async def test_who_is_no_host_and_whose_link_is_forged_answers_nothing(
    http: httpx.AsyncClient, organization: Organization, hold_id: UUID
) -> None:
    member = await http.post(link(hold_id, organization.member.id), data={"answer": "approve"}, follow_redirects=True)
    forged = f"/booking_requests/{token('another key', Answerable(hold_id, organization.owner.id))}"
    answers = [await http.get(forged), await http.post(forged, data={"answer": "approve"})]

    assert GONE in member.text
    assert [one.status_code for one in answers] == [404, 404]
    assert "Approve this meeting?" in (await http.get(link(hold_id, organization.owner.id))).text


async def test_reminders_are_stopped_by_one_button_and_by_the_mail_program(
    conn: Conn, organization: Organization, browser: PlainBrowser, clock: Clock
) -> None:
    event_type = await make_event_type(conn, organization.owner.user, now=clock.now, reminder_minutes=[60, 30])
    for sends_form in (True, False):
        start = START.replace(hour=9 if sends_form else 10)
        booked = await make_booking(conn, organization, start, now=clock.now, event_type_id=event_type)
        page = f"/reminders/{booked.invitee.id}"
        await browser.open(page)
        assert browser.heading == "Send no more reminders?"
        if sends_form:
            await browser.send()
            assert browser.heading == "You get no more reminders"
        else:
            body = {"List-Unsubscribe": "One-Click"}
            assert (await browser.client.post(page, data=body)).status_code == 303
        assert await mails.delete_reminders(conn, organization.id, booked.invitee.id, now=clock.now) == 0
