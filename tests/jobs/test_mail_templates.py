"""An organization's own words in the mails that are sent. Source: core.mail_templates."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from conftest import Clock
from factories import URIS, Organization, booking_of, make_booking, principal_of
from mailing import sending
from openslot.core.errors import Invalid
from openslot.db.pool import Conn
from openslot.providers.mail import Message
from openslot.providers.mail.memory import MemoryMailer
from openslot.services import mail_templates
from openslot.services.booking import approvals
from openslot.services.mails.kinds import RECIPIENTS, Kind
from openslot.wire.mail_templates import MailKind, PutMailTemplate

START = datetime(2027, 1, 5, 9, tzinfo=UTC)
ADA = "ada@example.org"


@pytest.fixture
def clock() -> Clock:
    """Monday, 4 January 2027, 08:00 UTC."""
    return Clock(datetime(2027, 1, 4, 8, tzinfo=UTC))


async def write(conn: Conn, organization: Organization, clock: Clock, **values: Any) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    async with conn.transaction():
        await mail_templates.put(conn, principal, PutMailTemplate(**values), now=clock.now)


@pytest.fixture
async def mails_of(
    conn: Conn, own_database_url: str, organization: Organization, clock: Clock
) -> AsyncIterator[Callable[..., Any]]:
    """Books, and returns the mails by recipient."""
    mailer = MemoryMailer()
    async with sending(own_database_url, mailer, clock) as send:

        async def book(**values: Any) -> dict[str, Message]:
            await make_booking(conn, organization, START, now=clock.now, email=ADA, **values)
            await send()
            return {message.to: message for message in mailer.sent}

        yield book


async def test_the_organization_s_words_are_above_the_facts_with_those_of_the_meeting(
    conn: Conn, organization: Organization, clock: Clock, mails_of: Callable[..., Any]
) -> None:
    opening = "Dear {invitee},\nwelcome to {event} on {date}, {time} ({timezone}).\n\nYours, {host}"
    await write(conn, organization, clock, kind="booked", recipient="invitee", subject="{event}: tea", opening=opening)

    mails = await mails_of(name="Ada Lovelace", timezone="Asia/Bangkok", language="en-GB")

    invitee, host = mails[ADA], mails[organization.owner.user.email]
    meeting, _, name = host.subject.partition(" with ")
    assert (invitee.subject, name) == (f"{meeting}: tea", "Ada Lovelace")
    lead, opened, rest = invitee.text.split("\n\n", 2)
    assert lead == "You are scheduled."
    assert opened == (
        f"Dear Ada Lovelace,\nwelcome to {meeting} on Tuesday, 5 January 2027, 16:00 \u2013 16:30 (Thailand Time)."
    )
    assert rest.startswith(f"Yours, {organization.owner.user.name}\n\n")
    assert "welcome" not in host.text
    assert f"SUMMARY:{meeting} with " in invitee.calendar.replace("\r\n ", "")


async def test_the_template_of_the_readers_language_comes_before_that_of_all(
    conn: Conn, organization: Organization, clock: Clock, mails_of: Callable[..., Any]
) -> None:
    await write(conn, organization, clock, kind="booked", recipient="invitee", opening="Welcome")
    await write(conn, organization, clock, kind="booked", recipient="invitee", language="it", opening="Benvenuta")
    await write(conn, organization, clock, kind="invited", recipient="guest", language="th", opening="Thai alone")

    mails = await mails_of(language="it-IT", guests=("guest@example.org",))

    assert "Benvenuta\n\n" in mails[ADA].text
    assert "Thai alone" not in mails["guest@example.org"].text


async def test_nothing_in_a_template_or_a_name_is_executed_or_read_as_html(
    conn: Conn, organization: Organization, clock: Clock, mails_of: Callable[..., Any]
) -> None:
    opening = "<script>alert(1)</script> {{ 7 * 7 }} {% raw %} {invitee}"
    # a plain doubled brace holds no known variable, so it is refused before
    with pytest.raises(Invalid):
        await write(conn, organization, clock, kind="booked", recipient="invitee", opening="{{ config }}")
    await write(conn, organization, clock, kind="booked", recipient="invitee", opening=opening)

    mail = (await mails_of(name="<img src=x> {reason} {% if %}"))[ADA]

    assert "<script>alert(1)</script> {{ 7 * 7 }} {% raw %} <img src=x> {reason} {% if %}" in mail.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }} {% raw %} &lt;img src=x&gt;" in mail.html


async def test_mails_about_requests_have_them_too(
    conn: Conn, own_database_url: str, organization: Organization, clock: Clock
) -> None:
    await conn.execute("UPDATE event_types SET requires_approval = true WHERE id = %s", (organization.event_type_id,))
    await write(conn, organization, clock, kind="to_answer", recipient="host", subject="Answer {invitee}, {host}!")
    mailer = MemoryMailer()
    async with conn.transaction():
        await approvals.request(conn, booking_of(organization, START, name="Ada"), uris=URIS, now=clock.now)
    async with sending(own_database_url, mailer, clock) as send:
        await send()

    host = organization.owner.user
    assert [one.subject for one in mailer.sent if one.to == host.email] == [f"Answer Ada, {host.name}!"]


def test_the_kinds_of_the_api_are_those_of_mails_about_meetings() -> None:
    assert {kind for kinds in RECIPIENTS.values() for kind in kinds} == set(get_args(MailKind))
    assert set(Kind) - {Kind.NOTE} == {Kind(kind) for kind in get_args(MailKind)}
