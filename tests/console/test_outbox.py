"""The outbox: what was mailed, for those who run the organization, and nothing that would let them act for others."""

from datetime import UTC, datetime

import pytest

from conftest import Clock
from console.conftest import SignIn
from factories import URIS, Organization, make_booking, make_organization, principal_of
from openslot.core.ids import new_id
from openslot.db import mails
from openslot.db.mails import Content, Mail, NewMail
from openslot.db.pool import Conn
from openslot.services import inviting
from pages.plain_browser import PlainBrowser

START = datetime(2027, 1, 5, 9, tzinfo=UTC)
CALENDAR = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


async def write(
    conn: Conn, organization: Organization, clock: Clock, *, subject: str = "Kiln tour", state: str = "kept"
) -> Mail:
    """A mail to an invitee that was tried."""
    booked = await make_booking(conn, organization, START, now=clock.now)
    await conn.execute("DELETE FROM mails WHERE organization_id = %s", (organization.id,))
    new = NewMail(
        id=new_id(), organization_id=organization.id, kind="booked", role="invitee", recipient="ada@example.org",
        scheduled_event_id=booked.event.id, invitee_id=booked.invitee.id, due_at=clock.now,
    )  # fmt: skip
    await mails.insert(conn, [new], now=clock.now)
    found = await mails.get(conn, new.id)
    assert found is not None
    html = "<!doctype html><h1>You are scheduled.</h1><script>alert(1)</script>"
    await mails.keep_content(
        conn, found, Content(subject=subject, text="You are scheduled.", html=html, calendar=CALENDAR)
    )
    await mails.finish(conn, found, state, error="550 no such user" if state == "failed" else None, now=clock.now)
    return found


async def test_mails_are_listed_and_shown_as_mail_programs_and_calendars_get_them(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    await write(conn, organization, clock, subject="Kiln <tour> & tea")
    await owner.open("/app")
    page = await owner.follow(text="Outbox")
    assert [[cell.text for cell in row.all("td")] for row in page.one("tbody").all("tr")] == [
        ["Kiln <tour> & tea", "ada@example.org", "Kept", "Jan 4, 2027, 9:00 AM"]
    ]
    assert "There is no mail server" in page.text

    page = await owner.follow(text="Kiln <tour> & tea")
    assert [one.text for one in page.all("pre")] == ["You are scheduled.", "BEGIN:VCALENDAR END:VCALENDAR"]
    frame = page.one("iframe")
    assert frame.attributes["sandbox"] == "allow-popups"
    answer = await owner.client.get(frame.attributes["src"])
    assert answer.text.startswith("<!doctype html><h1>You are scheduled.")
    policy = answer.headers["content-security-policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups"
    assert answer.headers["cache-control"] == "private, no-store"


async def test_a_mail_that_failed_names_the_reason_and_is_sent_once_more(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    mail = await write(conn, organization, clock, state="failed")
    page = await owner.open(f"/app/outbox/{mail.id}")
    assert "550 no such user" in page.text

    page = await owner.send({}, form=page.one("form", action=f"/app/outbox/{mail.id}/send-again"))

    found = await mails.get(conn, mail.id)
    assert found is not None
    assert (found.state, found.error) == ("waiting", None)
    assert page.all("form", action=f"/app/outbox/{mail.id}/send-again") == []


async def test_a_form_of_another_session_or_site_sends_nothing(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    mail = await write(conn, organization, clock)
    path = f"/app/outbox/{mail.id}/send-again"

    answer = await owner.client.post(path, headers={"Origin": "https://book.example"}, data={"_csrf_token": "x"})

    found = await mails.get(conn, mail.id)
    assert found is not None
    assert (answer.status_code, found.state) == (403, "kept")


async def test_what_lets_its_reader_act_for_the_recipient_is_shown_to_nobody(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        sent = await inviting.invite(conn, principal, "bob@example.org", uris=URIS, now=clock.now)
    cursor = await conn.execute("SELECT id FROM mails WHERE organization_id = %s", (organization.id,))
    ((mail_id,),) = await cursor.fetchall()
    found = await mails.get(conn, mail_id)
    assert found is not None
    await mails.keep_content(conn, found, Content(subject="Join us", text=sent.link))
    await mails.finish(conn, found, "kept", now=clock.now)

    page = await owner.open(f"/app/outbox/{mail_id}")

    assert "This mail is for its recipient alone" in page.text
    assert sent.link.rpartition("/")[2] not in owner.response.text
    assert (await owner.client.get(f"/app/outbox/{mail_id}/html")).status_code == 404


async def test_members_and_other_organizations_see_none_of_it(
    sign_in: SignIn, conn: Conn, organization: Organization, clock: Clock
) -> None:
    mail = await write(conn, organization, clock)
    member = await sign_in(organization.member)
    assert [one.text for one in member.document.one("nav", aria_label="Console").all("a")] == [
        "Home", "Meetings", "Event types", "Availability", "Contacts", "Webhooks", "Tokens", "Your account",
    ]  # fmt: skip
    stranger = await sign_in((await make_organization(conn, now=clock.now)).owner)

    paths = ["/app/outbox", f"/app/outbox/{mail.id}", f"/app/outbox/{mail.id}/html"]
    assert [(await member.client.get(path)).status_code for path in paths] == [403, 403, 403]
    assert [(await stranger.client.get(path)).status_code for path in paths] == [200, 404, 404]
    assert "ada@example.org" not in (await stranger.client.get("/app/outbox")).text


async def test_long_lists_have_pages(owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock) -> None:
    new = [
        NewMail(
            id=new_id(), organization_id=organization.id, kind="note", role="other", recipient=f"{n}@example.org",
            facts={"subject": "x", "text": "x"}, due_at=clock.now,
        )
        for n in range(60)
    ]  # fmt: skip
    await mails.insert(conn, new, now=clock.now)

    def rows() -> list[str]:
        return [row.all("td")[1].text for row in owner.document.one("tbody").all("tr")]

    await owner.open("/app/outbox")
    first = rows()
    await owner.follow(text="Older")
    second = rows()
    await owner.follow(text="Newer")

    assert (len(first), len(set(first + second)), rows() == first) == (50, len(first) + len(second), True)
    await owner.open("/app/outbox?page=nonsense")
    assert (owner.status, rows() == first) == (200, True)


@pytest.mark.parametrize("path", ["/app", "/app/outbox", "/app/outbox/x"])
async def test_who_is_not_signed_in_is_led_to_the_sign_in_page_and_back(browser: PlainBrowser, path: str) -> None:
    await browser.open(path)

    assert browser.heading == "Sign in"
    assert browser.url.params["next"] == path
