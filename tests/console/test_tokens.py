"""Tokens: made, shown once, used and ended."""

from datetime import timedelta

from conftest import Clock
from console.conftest import SignIn
from factories import API, Organization
from openslot.db import access_tokens
from openslot.db.pool import Conn
from pages.plain_browser import Node, PlainBrowser

MAKE = "/app/tokens"


def made(page: Node) -> str:
    return page.one("input", id="token").attributes["value"]


async def status(browser: PlainBrowser, token: str, path: str = "/users/me") -> int:
    answer = await browser.client.get(f"{API}{path}", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code


async def test_a_token_is_shown_once_works_and_ends(owner: PlainBrowser, clock: Clock) -> None:
    page = await owner.open("/app/tokens")
    page = await owner.send({"name": "My  script", "days": "30"}, form=page.one("form", action=MAKE))
    token = made(page)
    assert await status(owner, token) == 200
    page = await owner.open("/app/tokens")
    assert token not in owner.response.text
    tile = next(one for one in page.one("ul", class_="tiles").all("li") if one.one("h2").text == "My script")
    assert "may do all that you can do" in tile.text

    await owner.send({}, form=tile.one("form"))

    assert await status(owner, token) == 401
    assert [one.text for one in owner.document.all("h2") if one.text == "My script"] == []
    page = await owner.open("/app/tokens")
    page = await owner.send({"name": "Short", "days": "30"}, form=page.one("form", action=MAKE))
    clock.now += timedelta(days=31)
    assert await status(owner, made(page)) == 401


async def test_a_token_may_be_for_some_scopes_alone(owner: PlainBrowser) -> None:
    page = await owner.open("/app/tokens")
    page = await owner.send({"name": "Reader", "reach": "some"}, form=page.one("form", action=MAKE))
    assert owner.status == 422
    assert [one.text for one in page.one("div", id="problems").all("a")] == ["Choose at least one answer"]

    page = await owner.send({"scopes": ["users:read"]}, form=page.one("form", action=MAKE))

    token = made(page)
    assert [await status(owner, token), await status(owner, token, "/contacts")] == [200, 403]


async def test_a_token_needs_a_name(owner: PlainBrowser) -> None:
    page = await owner.open("/app/tokens")
    page = await owner.send({"name": " "}, form=page.one("form", action=MAKE))

    assert (owner.status, page.all("input", id="token")) == (422, [])


async def test_nobody_ends_the_tokens_of_admins(sign_in: SignIn, conn: Conn, organization: Organization) -> None:
    (token,) = [
        one for one in await access_tokens.of_user(conn, organization.id, organization.owner.id) if not one.revoked_at
    ]
    member = await sign_in(organization.member)
    page = await member.open("/app/tokens")
    csrf = page.all("input", name="_csrf_token")[0].attributes["value"]

    answer = await member.client.post(
        f"/app/tokens/{token.id}/revocation", headers={"Origin": "https://book.example"}, data={"_csrf_token": csrf}
    )

    assert answer.status_code == 404
    assert await status(member, organization.owner.token) == 200
