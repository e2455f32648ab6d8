"""What applications were allowed, and how a member ends it; the own password."""

import httpx
import pytest

from factories import API, Member
from oauth.conftest import PASSWORD, Application, OAuthClients
from oauth.test_tokens import authorized
from pages.plain_browser import PlainBrowser


async def test_a_member_sees_what_applications_may_do_and_ends_it(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient
) -> None:
    assert "You have given no application access" in signed_in.document.text
    token = await authorized(signed_in, client_of(application), scope="users:read")
    await signed_in.open("/app/account")
    [section] = signed_in.document.all("section", class_="application")
    assert section.one("h3").text == "Kiln CRM"
    assert section.one("p", class_="hint").text == "Since Monday, January 4, 2027 · users:read"
    await signed_in.send(form=section.one("form"))
    assert "You have given no application access" in signed_in.document.text
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await http.get(f"{API}/users/me", headers=headers)).status_code == 401


async def test_an_application_that_is_not_there_can_not_be_disconnected(signed_in: PlainBrowser) -> None:
    token = signed_in.document.all("input", name="_csrf_token")[0].attributes["value"]
    for name in ("nothing", "00000000-0000-4000-8000-000000000000"):
        answer = await signed_in.client.post(f"/app/applications/{name}/disconnect", data={"_csrf_token": token})
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("wrong", "a new pass phrase", "This is not your password"),
        (PASSWORD, "short", "Use at least 8 characters"),
        (PASSWORD, "x1y2" * 60, "Use a shorter password"),
        (PASSWORD, "password", "Use a password that is harder to guess"),
    ],
)
async def test_a_password_that_can_not_be_taken_is_refused(
    signed_in: PlainBrowser, old: str, new: str, problem: str
) -> None:
    await signed_in.follow(text="Change your password")
    await signed_in.send({"old": old, "new": new})
    assert (signed_in.status, [one.text for one in signed_in.document.one("div", id="problems").all("a")]) == (
        422,
        [problem],
    )


async def test_a_new_password_ends_every_other_session_and_keeps_this_one(
    signed_in: PlainBrowser, http: httpx.AsyncClient, member: Member
) -> None:
    kept = dict(http.cookies)
    http.cookies.clear()
    await signed_in.open("/app/sign-in")
    await signed_in.send({"email": member.user.email, "password": PASSWORD})
    await signed_in.follow(text="Your account")
    await signed_in.follow(text="Change your password")
    await signed_in.send({"old": PASSWORD, "new": "a new pass phrase"})
    assert signed_in.heading == "Your account"
    http.cookies.clear()
    for name, value in kept.items():
        http.cookies.set(name, value, domain="book.example", path="/")
    await signed_in.open("/app/account")
    assert signed_in.heading == "Sign in"
    await signed_in.send({"email": member.user.email, "password": "a new pass phrase"})
    assert signed_in.heading == "Your account"


async def test_an_application_that_was_allowed_several_times_is_shown_once_and_ended_at_once(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, http: httpx.AsyncClient
) -> None:
    tokens = [await authorized(signed_in, client_of(application), scope="users:read") for _ in range(2)]
    await signed_in.open("/app/account")
    [section] = signed_in.document.all("section", class_="application")
    await signed_in.send(form=section.one("form"))
    headers = [{"Authorization": f"Bearer {one['access_token']}"} for one in tokens]
    assert [(await http.get(f"{API}/users/me", headers=one)).status_code for one in headers] == [401, 401]
