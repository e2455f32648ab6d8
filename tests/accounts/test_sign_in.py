"""Signing in and out, and how long a session lasts."""

import httpx
import pytest

from conftest import Clock
from factories import Member
from oauth.conftest import PASSWORD
from pages.plain_browser import PlainBrowser

COOKIE = "__Host-openslot-session"


async def test_a_member_signs_in_and_the_session_is_kept_in_a_cookie_that_scripts_and_other_sites_can_not_use(
    browser: PlainBrowser, member: Member
) -> None:
    await browser.open("/app/account")
    assert browser.heading == "Sign in"
    await browser.send({"email": member.user.email.upper(), "password": PASSWORD}, follow=False)
    assert (browser.status, browser.response.headers["location"]) == (303, "/app/account")
    cookie = browser.response.headers["set-cookie"]
    name, _, rest = cookie.partition("=")
    value, *attributes = rest.split("; ")
    assert (name, len(value)) == (COOKIE, 43)
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=lax", "Max-Age=7776000"} <= set(attributes)
    await browser.open("/app/account")
    assert browser.document.one("p", class_="lead").text == f"{member.user.name} {member.user.email}"


@pytest.mark.parametrize(
    ("email", "password"),
    [("{email}", PASSWORD + "!"), ("{email}", ""), ("nobody@example.org", PASSWORD), ("", PASSWORD), ("\x00", "x")],
)
async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(
    browser: PlainBrowser, member: Member, email: str, password: str
) -> None:
    await browser.open("/app/sign-in")
    await browser.send({"email": email.format(email=member.user.email), "password": password})
    assert (browser.status, browser.response.headers.get("set-cookie")) == (422, None)
    assert [one.text for one in browser.document.one("div", id="problems").all("a")] == ["Address or password is wrong"]
    assert browser.document.one("input", name="password").attributes["value"] == ""


async def test_a_member_without_a_password_can_not_sign_in(browser: PlainBrowser, organization: object) -> None:
    await browser.open("/app/sign-in")
    await browser.send({"email": organization.admin.user.email, "password": PASSWORD})  # type: ignore[attr-defined]
    assert browser.status == 422


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/",
        "//evil.example/app",
        "/\\evil.example",
        "/app\\..",
        "/olga/30min",
        "javascript:x",
        "/app\n",
    ],
)
async def test_nobody_is_sent_to_another_place_after_signing_in(
    browser: PlainBrowser, member: Member, following: str
) -> None:
    answer = await browser.client.post(
        "/app/sign-in", params={"next": following}, data={"email": member.user.email, "password": PASSWORD}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/app")


async def test_a_form_of_another_site_signs_nobody_in(browser: PlainBrowser, member: Member) -> None:
    answer = await browser.client.post(
        "/app/sign-in",
        data={"email": member.user.email, "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)


async def test_who_signs_out_is_out_even_with_the_old_cookie(signed_in: PlainBrowser, http: httpx.AsyncClient) -> None:
    before = http.cookies[COOKIE]
    form = signed_in.document.one("form", action="/app/sign-out")
    await signed_in.send(form=form)
    assert signed_in.heading == "Sign in"
    assert COOKIE not in http.cookies
    http.cookies.set(COOKIE, before, domain="book.example", path="/")
    await signed_in.open("/app/account")
    assert signed_in.heading == "Sign in"


async def test_a_session_ends_two_weeks_after_its_last_use_and_ninety_days_after_its_first(
    signed_in: PlainBrowser, clock: Clock
) -> None:
    for _ in range(6):
        clock.advance(days=14)
        await signed_in.open("/app/account")
        assert signed_in.heading == "Your account"
    clock.advance(days=6)
    await signed_in.open("/app/account")
    assert signed_in.heading == "Your account"
    clock.advance(seconds=1)
    await signed_in.open("/app/account")
    assert signed_in.heading == "Sign in"


async def test_a_session_that_is_not_used_ends(signed_in: PlainBrowser, clock: Clock) -> None:
    clock.advance(days=14, seconds=1)
    await signed_in.open("/app/account")
    assert signed_in.heading == "Sign in"


async def test_a_sign_in_replaces_the_session_of_the_browser(
    signed_in: PlainBrowser, http: httpx.AsyncClient, member: Member
) -> None:
    before = http.cookies[COOKIE]
    await signed_in.open("/app/sign-in")
    await signed_in.send({"email": member.user.email, "password": PASSWORD})
    assert http.cookies[COOKIE] != before
    http.cookies.set(COOKIE, before, domain="book.example", path="/")
    await signed_in.open("/app/account")
    assert signed_in.heading == "Sign in"


async def test_another_language_is_a_link_and_tries_no_password(browser: PlainBrowser) -> None:
    await browser.open("/app/sign-in?next=%2Fapp%2Fpassword")
    await browser.follow(text="Italiano")
    assert (browser.status, browser.heading) == (200, "Accedi")
    assert browser.document.one("form", method="post").attributes["action"] == (
        "/app/sign-in?next=%2Fapp%2Fpassword&lang=it"
    )
