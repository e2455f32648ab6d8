"""Webhooks in the console: made, paused, tried and deleted; what became of each delivery."""

from datetime import UTC, datetime

import pytest

from conftest import Clock
from console.conftest import SignIn
from factories import Organization, make_booking, make_organization
from openslot.db import webhook_subscriptions
from openslot.db.pool import Conn
from pages.plain_browser import Node, PlainBrowser

URL = "https://hooks.example.org/openslot"
START = datetime(2027, 1, 5, 9, tzinfo=UTC)


async def made(browser: PlainBrowser, **values: str) -> Node:
    """The page of a new one."""
    page = await browser.open("/app/webhooks")
    return await browser.send({"url": URL, **values}, form=page.one("form", action="/app/webhooks"))


def press(page: Node, act: str) -> tuple[dict[str, str], Node]:
    """What a button of the page sends, and with which form."""
    button = next(one for one in page.all("button") if one.attributes.get("value") == act)
    form = button
    while form.tag != "form":
        assert form.parent is not None
        form = form.parent
    return {"act": act}, form


def rows(page: Node) -> list[list[str]]:
    return [[cell.text for cell in row.all("td")[:3]] for row in page.one("tbody").all("tr")]


async def states(conn: Conn, organization: Organization) -> list[str]:
    return [one.state for one in await webhook_subscriptions.list_all(conn, organization.id)]


async def test_one_is_made_hears_of_bookings_and_is_paused_tried_and_deleted(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    page = await made(owner)
    assert owner.heading == URL
    await make_booking(conn, organization, START, now=clock.now)
    page = await owner.open(owner.url.path)
    assert [(row[0], row[2]) for row in rows(page)] == [("invitee.created", "Waits")]

    values, form = press(page, "test")
    page = await owner.send(values, form=form)
    assert [row[0] for row in rows(page)] == ["invitee.created Test", "invitee.created"]
    values, form = press(page, "disable")
    page = await owner.send(values, form=form)
    assert await states(conn, organization) == ["disabled"]
    values, form = press(page, "enable")
    page = await owner.send(values, form=form)
    assert await states(conn, organization) == ["active"]
    values, form = press(page, "redeliver")
    page = await owner.send(values, form=form)
    assert (owner.status, len(rows(page))) == (200, 2)
    values, form = press(page, "delete")
    await owner.send(values, form=form)
    assert (owner.url.path, await states(conn, organization)) == ("/app/webhooks", [])


@pytest.mark.parametrize(
    ("values", "field"),
    [({"url": "ftp://x.example"}, "#url"), ({"url": "http://127.0.0.1/"}, "#url"), ({"url": ""}, "#url")],
)
async def test_an_address_that_can_not_be_called_is_refused_and_kept(
    owner: PlainBrowser, conn: Conn, organization: Organization, values: dict[str, str], field: str
) -> None:
    page = await made(owner, **values)

    assert owner.status == 422
    assert [link.attributes["href"] for link in page.one("div", id="problems").all("a")] == [field]
    assert page.one("input", id="url").attributes["value"] == values["url"]
    assert await states(conn, organization) == []


async def test_the_same_one_again_is_refused(owner: PlainBrowser) -> None:
    await made(owner)

    await made(owner)

    assert owner.status == 422


async def test_members_have_their_own_and_see_those_of_nobody_else(
    owner: PlainBrowser, sign_in: SignIn, conn: Conn, organization: Organization, clock: Clock
) -> None:
    await made(owner)
    path = owner.url.path
    member = await sign_in(organization.member)
    page = await made(member)
    assert (member.heading, "One member's meetings" in page.text) == (URL, True)
    page = await member.open("/app/webhooks")
    assert len(page.one("ul", class_="tiles").all("li")) == 1
    stranger = await sign_in((await make_organization(conn, now=clock.now)).owner)
    for browser, status in ((member, 403), (stranger, 404)):
        page = await browser.open("/app/webhooks")
        token = page.all("input", name="_csrf_token")[0].attributes["value"]
        headers, data = {"Origin": "https://book.example"}, {"_csrf_token": token, "act": "delete"}
        assert (await browser.client.get(path)).status_code == status
        assert (await browser.client.post(path, headers=headers, data=data)).status_code == status
    assert len(await states(conn, organization)) == 2
