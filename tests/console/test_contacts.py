"""Contacts: found, looked at, noted about and deleted, each by the member whose they are."""

from datetime import UTC, datetime, timedelta

import pytest

from conftest import Clock
from console.conftest import SignIn
from factories import Organization, make_booking
from openslot.db.pool import Conn
from pages.plain_browser import PlainBrowser

START = datetime(2027, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
async def two(conn: Conn, organization: Organization, clock: Clock) -> None:
    """Ada and Ben have booked with the owner."""
    await make_booking(conn, organization, START, now=clock.now, name="Ada <b>", email="ada@example.org")
    later = START + timedelta(hours=1)
    await make_booking(
        conn, organization, later, now=clock.now + timedelta(minutes=1), name="Ben", email="ben@example.org"
    )


def names(browser: PlainBrowser) -> list[str]:
    return [row.all("td")[0].text for table in browser.document.all("tbody") for row in table.all("tr")]


@pytest.mark.usefixtures("two")
async def test_contacts_are_found_by_a_part_of_the_name_or_the_address(owner: PlainBrowser) -> None:
    await owner.open("/app/contacts")
    assert names(owner) == ["Ben", "Ada <b>"]
    for wanted, found in (("ADA", ["Ada <b>"]), ("ben@EXAMPLE.org", ["Ben"]), ("nobody", []), ("%", [])):
        await owner.open("/app/contacts")
        await owner.send({"find": wanted}, form=owner.document.one("form", class_="own"))
        assert names(owner) == found, wanted


@pytest.mark.usefixtures("two")
async def test_one_is_shown_noted_about_and_deleted(
    owner: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    await owner.open("/app/contacts")
    page = await owner.follow(text="Ada <b>")
    assert "Jan 5, 2027, 10:00 AM" in page.text
    path = owner.url.path
    page = await owner.send({"note": " "}, form=page.one("form", action=f"{path}/notes"))
    assert (owner.status, "Write something" in page.text) == (422, True)

    page = await owner.send({"note": "Likes <tea>\r\nand kilns"}, form=page.one("form", action=f"{path}/notes"))

    (note,) = page.one("section", aria_labelledby="notes").all("li")
    assert "".join(str(part) for part in note.one("div", class_="answer").children).split() == [
        "Likes",
        "<tea>",
        "and",
        "kilns",
    ]
    await owner.send({}, form=page.one("form", action=f"{path}/deletion"))
    assert names(owner) == ["Ben"]
    cursor = await conn.execute("SELECT count(*) FROM invitees WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (2,)


@pytest.mark.usefixtures("two")
async def test_nobody_sees_the_contacts_of_colleagues(
    owner: PlainBrowser, sign_in: SignIn, organization: Organization
) -> None:
    await owner.open("/app/contacts")
    await owner.follow(text="Ben")
    path = owner.url.path
    admin = await sign_in(organization.admin)
    await admin.open("/app/contacts")
    assert names(admin) == []
    assert (await admin.client.get(path)).status_code == 403
