"""Meetings in the console: lists of them, one of them, and what is done about it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Clock
from console.conftest import SignIn
from factories import Organization, make_booking, make_event_type, make_organization
from openslot.console.spreadsheets import as_csv, inert
from openslot.db.pool import Conn
from openslot.wire.common import Tracking
from pages.plain_browser import PlainBrowser

START = datetime(2027, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
async def three(conn: Conn, organization: Organization, clock: Clock) -> list[Any]:
    """Three meetings of the owner: Ada's, Ben's an hour later, and Cy's on the day after, which the member hosts."""
    ada = await make_booking(conn, organization, START, now=clock.now, name="Ada <b>", email="ada@example.org")
    ben = await make_booking(
        conn, organization, START + timedelta(hours=1), now=clock.now, name="Ben", email="ben@example.org",
        tracking=Tracking(utm_source="flyer"),
    )  # fmt: skip
    other = await make_event_type(conn, organization.member.user, now=clock.now, name="Glaze class")
    cy = await make_booking(
        conn, organization, START + timedelta(days=1), now=clock.now, name="Cy", email="cy@example.org",
        event_type_id=other,
    )  # fmt: skip
    return [ada, ben, cy]


def rows(browser: PlainBrowser) -> list[str]:
    """Who is invited to each meeting of the list."""
    return [row.all("td")[2].text for table in browser.document.all("tbody") for row in table.all("tr")]


@pytest.mark.usefixtures("three")
async def test_admins_see_all_meetings_and_members_their_own(
    owner: PlainBrowser, sign_in: SignIn, organization: Organization
) -> None:
    await owner.open("/app/meetings")
    assert rows(owner) == ["Ada <b>", "Ben", "Cy"]
    member = await sign_in(organization.member)
    await member.open("/app/meetings")
    assert rows(member) == ["Cy"]
    await member.open(f"/app/meetings?host={organization.owner.id}")
    assert member.status == 403


async def test_lists_are_narrowed_by_time_host_address_and_day_and_the_address_keeps_it(
    owner: PlainBrowser, organization: Organization, clock: Clock, three: list[Any]
) -> None:
    for query, expected in [
        ("?email=BEN@example.org", ["Ben"]),
        (f"?host={organization.member.id}", ["Cy"]),
        ("?from=2027-01-06", ["Cy"]),
        ("?to=2027-01-05", ["Ada <b>", "Ben"]),
        ("?when=past", []),
        ("?when=nonsense&from=x&host=y", ["Ada <b>", "Ben", "Cy"]),
    ]:
        await owner.open(f"/app/meetings{query}")
        assert rows(owner) == expected, query
    await owner.open("/app/meetings?email=ben@example.org&to=2027-01-05")
    clock.now = START + timedelta(hours=3)
    await owner.follow(text="Past")
    assert (rows(owner), owner.url.params["email"]) == (["Ben"], "ben@example.org")
    await owner.open("/app/meetings?when=past")
    assert rows(owner) == ["Ben", "Ada <b>"]
    assert three


async def test_a_meeting_is_shown_with_all_that_is_known_and_canceled_with_a_mail(
    owner: PlainBrowser, conn: Conn, organization: Organization, three: list[Any]
) -> None:
    await owner.open("/app/meetings")
    name = three[1].event.name
    page = await owner.open(f"/app/meetings/{three[1].event.id}")
    assert owner.heading == name
    text = page.one("main").text
    assert [one in text for one in ("Tuesday, January 5, 2027", "11:00", "ben@example.org", "flyer")] == [True] * 4

    form = page.one("form", action=f"/app/meetings/{three[1].event.id}/cancellation")
    page = await owner.send({"reason": "The kiln is broken"}, form=form)

    assert "The kiln is broken" in page.text
    assert [one.text for one in page.all("span", class_="state")] == ["Canceled", "Canceled"]
    cursor = await conn.execute(
        "SELECT count(*) FROM mails WHERE organization_id = %s AND kind = 'canceled' AND recipient = 'ben@example.org'",
        (organization.id,),
    )
    assert await cursor.fetchone() == (1,)
    await owner.open("/app/meetings?when=canceled")
    assert rows(owner) == ["Ben"]
    again = await owner.send({}, form=form)
    assert (owner.status, "Canceled" in again.text) == (200, True)


async def test_an_invitee_is_marked_as_absent_and_the_mark_taken_back(
    owner: PlainBrowser, clock: Clock, three: list[Any]
) -> None:
    path = f"/app/meetings/{three[1].event.id}"
    page = await owner.open(path)
    assert page.all("form", action=f"{path}/no-shows") == []
    clock.now = START + timedelta(hours=2)

    page = await owner.open(path)
    page = await owner.send({}, form=page.one("form", action=f"{path}/no-shows"))
    assert [one.text for one in page.all("span", class_="state")] == ["Did not come"]
    page = await owner.send({}, form=page.one("form", action=f"{path}/no-shows"))
    assert page.all("span", class_="state") == []


async def test_nobody_sees_or_cancels_the_meetings_of_others(
    sign_in: SignIn, conn: Conn, organization: Organization, clock: Clock, three: list[Any]
) -> None:
    member = await sign_in(organization.member)
    stranger = await sign_in((await make_organization(conn, now=clock.now)).owner)
    path = f"/app/meetings/{three[0].event.id}"
    for browser, status in ((member, 403), (stranger, 404)):
        page = await browser.open("/app")
        token = page.all("input", name="_csrf_token")[0].attributes["value"]
        headers, data = {"Origin": "https://book.example"}, {"_csrf_token": token, "invitee": str(three[0].invitee.id)}
        assert (await browser.client.get(path)).status_code == status
        answer = await browser.client.post(f"{path}/cancellation", headers=headers, data=data)
        assert answer.status_code == status
        await browser.client.post(f"{path}/no-shows", headers=headers, data=data)
    cursor = await conn.execute("SELECT status FROM scheduled_events WHERE id = %s", (three[0].event.id,))
    assert await cursor.fetchone() == ("active",)


async def test_the_file_has_what_the_list_shows_and_no_formulas(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    await make_booking(
        conn, organization, START, now=clock.now, name='=HYPERLINK("http://evil")', email="ada@example.org"
    )
    await make_booking(conn, organization, START + timedelta(hours=1), now=clock.now, email="ben@example.org")
    await owner.open("/app/meetings?email=ada@example.org")
    link = next(one for one in owner.document.all("a") if "CSV" in one.text)

    answer = await owner.client.get(link.attributes["href"])

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="meetings-upcoming.csv"'
    header, row = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert dict(zip(header, row, strict=True)) == {
        "Start": "2027-01-05T09:00:00Z", "End": "2027-01-05T09:30:00Z", "Event": row[2], "Status": "active",
        "Hosts": organization.owner.user.name, "Name": "'=HYPERLINK(\"http://evil\")", "Email": "ada@example.org",
        "Invitee status": "active", "No-show": "", "Location": "",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_calculate_is_text(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert as_csv(["a"], [["plain"]]) == b"\xef\xbb\xbfa\r\nplain\r\n"
