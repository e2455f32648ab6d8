"""Signing in by a link that is mailed: once, in time, and without telling who is a member."""

import asyncio
import re
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from conftest import Clock
from factories import PAGES, URIS, Member, Organization
from mailing import notes
from openslot.db import sandboxes
from openslot.db.pool import Conn
from openslot.services import passwords, sign_in_links
from pages.plain_browser import PlainBrowser


async def link_of(conn: Conn, member: Member, clock: Clock) -> str:
    """The path of a new link."""
    user = member.user
    async with conn.transaction():
        address = await sign_in_links.issue(conn, user.organization_id, user.id, uris=URIS, now=clock.now)
    return urlsplit(address).path


async def test_a_member_gets_a_link_by_mail_that_signs_in(
    browser: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    user = organization.admin.user
    await browser.open("/app/sign-in")
    await browser.follow(text="Send me a link instead")
    await browser.send({"email": user.email.upper()})
    assert browser.heading == "Look into your mail"
    (note,) = await notes(conn, to=user.email)
    assert note.subject == "Your link for signing in"
    (address,) = re.findall(r"https://\S+", note.text)

    page = await browser.open(urlsplit(address).path)
    assert (browser.heading, user.name in page.text) == ("Sign in", True)
    await browser.send({})
    assert (str(browser.url.path), browser.heading) == ("/app", f"Hello, {user.name}")


async def test_who_is_no_member_gets_no_mail_and_the_same_answer(browser: PlainBrowser, conn: Conn) -> None:
    await browser.open("/app/sign-in/link")
    await browser.send({"email": "nobody@example.org"})
    assert (browser.status, browser.heading) == (200, "Look into your mail")
    assert await notes(conn, to="nobody@example.org") == []
    await browser.open("/app/sign-in/link")
    await browser.send({"email": "no address"})
    assert browser.status == 422


async def test_a_link_works_once_also_when_two_use_it_together(
    conn: Conn, clock: Clock, organization: Organization, http: httpx.AsyncClient
) -> None:
    path = await link_of(conn, organization.admin, clock)
    headers = {"Origin": PAGES}
    for _ in range(3):  # mail programs open links
        assert (await http.get(path)).status_code == 200

    answers = await asyncio.gather(*[http.post(path, headers=headers) for _ in range(4)])

    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404]
    assert (await http.get(path)).status_code == 404


@pytest.mark.parametrize(("later", "status"), [(timedelta(minutes=19), 200), (timedelta(minutes=20), 404)])
async def test_a_link_works_for_twenty_minutes(
    browser: PlainBrowser, conn: Conn, clock: Clock, organization: Organization, later: timedelta, status: int
) -> None:
    path = await link_of(conn, organization.admin, clock)
    clock.now += later

    await browser.open(path)

    assert browser.status == status
    assert browser.heading == ("Sign in" if status == 200 else "This link can't be used")


async def test_no_other_site_can_sign_somebody_in(
    conn: Conn, clock: Clock, organization: Organization, http: httpx.AsyncClient
) -> None:
    path = await link_of(conn, organization.admin, clock)

    assert (await http.post(path, headers={"Origin": "https://evil.example"})).status_code == 403
    assert (await http.get(path)).status_code == 200


async def test_another_password_ends_the_links_of_before(
    browser: PlainBrowser, conn: Conn, clock: Clock, organization: Organization
) -> None:
    path = await link_of(conn, organization.admin, clock)
    await passwords.change(conn, organization.admin.user, "x", now=clock.now)

    await browser.open(path)
    assert browser.status == 404


async def test_a_sandbox_whose_admins_read_all_mail_mails_no_links(
    conn: Conn, clock: Clock, organization: Organization
) -> None:
    await sandboxes.insert(conn, organization.id, now=clock.now)
    async with conn.transaction():
        await sign_in_links.mail(conn, organization.owner.user.email, uris=URIS, now=clock.now)

    assert await notes(conn, to=organization.owner.user.email) == []


async def test_expired_links_are_deleted(conn: Conn, clock: Clock, organization: Organization) -> None:
    await link_of(conn, organization.admin, clock)
    await sign_in_links.sweep(conn, now=clock.now + timedelta(minutes=19))
    cursor = await conn.execute("SELECT count(*) FROM sign_in_links WHERE user_id = %s", (organization.admin.id,))
    assert await cursor.fetchone() == (1,)

    await sign_in_links.sweep(conn, now=clock.now + timedelta(minutes=20))

    cursor = await conn.execute("SELECT count(*) FROM sign_in_links WHERE user_id = %s", (organization.admin.id,))
    assert await cursor.fetchone() == (0,)


async def test_no_mailbox_is_filled_with_links(conn: Conn, clock: Clock, organization: Organization) -> None:
    user = organization.admin.user
    for _ in range(8):
        await sign_in_links.mail(conn, user.email, uris=URIS, now=clock.now)
    assert len(await notes(conn, to=user.email)) == 5

    await sign_in_links.mail(conn, user.email, uris=URIS, now=clock.now + timedelta(minutes=20))

    assert len(await notes(conn, to=user.email)) == 6
