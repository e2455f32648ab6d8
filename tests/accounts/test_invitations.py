"""The page of an invitation: what it shows, joining, declining, and links that lead nowhere any more."""

import re
from typing import Any

import httpx
import pytest

from conftest import Clock
from factories import API, URIS, Member, Organization, make_organization, principal_of
from oauth.conftest import PASSWORD
from openslot.db import memberships, users
from openslot.db.pool import Conn
from openslot.services import accounts, inviting, membership
from openslot.services.accounts import NewMember
from pages.plain_browser import PlainBrowser

COOKIE = "__Host-openslot-session"


@pytest.fixture
def email(organization: Organization) -> str:
    """Of nobody: users are of the whole database."""
    return f"ada-{organization.id.hex}@new.example"


@pytest.fixture
async def link(conn: Conn, organization: Organization, email: str, clock: Clock) -> str:
    return await invite(conn, organization, email, clock)


async def invite(conn: Conn, organization: Organization, email: str, clock: Clock) -> str:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    return (await inviting.invite(conn, owner, email, uris=URIS, now=clock.now)).link


def filled_in(**changes: str) -> dict[str, str]:
    return {"name": "Ada Example", "timezone": "Asia/Bangkok", "password": PASSWORD} | changes


def accept_form(browser: PlainBrowser) -> Any:
    return browser.document.one("form", id="invitation")


def decline_form(browser: PlainBrowser) -> Any:
    (form,) = [
        one for one in browser.document.all("form") if one.attributes["action"].partition("?")[0].endswith("/decline")
    ]
    return form


async def remove(conn: Conn, organization: Organization, member: Member, clock: Clock) -> None:
    found = await memberships.of_user(conn, organization.id, member.id)
    assert found is not None
    owner = await principal_of(conn, organization.owner, now=clock.now)
    await membership.remove(conn, owner, found.id, uris=URIS, now=clock.now)


async def test_the_page_names_inviter_organization_and_address(
    browser: PlainBrowser, link: str, email: str, organization: Organization
) -> None:
    await browser.open(link)
    assert (browser.status, browser.heading) == (200, "Join Kiln & Co")
    assert browser.document.one("p", class_="lead").text.startswith(
        f"{organization.owner.user.name} invites you to join Kiln & Co."
    )
    held = browser.document.one("input", id="email")
    assert (held.attributes["value"], held.attributes["autocomplete"], "readonly" in held.attributes) == (
        email, "username", True,
    )  # fmt: skip
    assert "until Wednesday, February 3, 2027." in browser.document.text
    assert browser.response.headers["cache-control"] == "private, no-store"
    assert browser.document.one("meta", name="robots").attributes["content"] == "noindex"


async def test_who_accepts_is_signed_in_and_has_a_page_with_an_event_type(
    browser: PlainBrowser, http: httpx.AsyncClient, link: str, email: str, organization: Organization
) -> None:
    await browser.open(link)
    await browser.send(filled_in(), form=accept_form(browser), follow=False)
    assert browser.status == 303
    assert browser.response.headers["set-cookie"].startswith(f"{COOKIE}=")
    await browser.open(link)
    assert browser.heading == "You have joined Kiln & Co"
    await browser.follow(text="Your booking page")
    assert browser.heading == "Ada Example"
    assert [one.text for one in browser.document.all("h2")] == ["30 Minute Meeting"]
    await browser.open("/app/account")
    assert browser.document.one("p", class_="lead").text == f"Ada Example {email}"
    http.cookies.clear()
    await browser.open("/app/sign-in")
    await browser.send({"email": email, "password": PASSWORD})
    assert browser.heading == "Hello, Ada Example"
    listed = await http.get(
        f"{API}/organizations/{organization.id}/invitations", headers=organization.headers, params={"email": email}
    )
    assert [one["status"] for one in listed.json()["collection"]] == ["accepted"]


async def test_opening_the_link_changes_nothing(
    browser: PlainBrowser, http: httpx.AsyncClient, link: str, organization: Organization
) -> None:
    for _ in range(2):
        await browser.open(link)
    assert (await http.head(link)).status_code == 200
    listed = await http.get(f"{API}/organizations/{organization.id}/invitations", headers=organization.headers)
    assert [one["status"] for one in listed.json()["collection"]] == ["pending"]


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"name": " \u200b"}, ["Enter your name"]),
        ({"name": "x" * 256}, ["Enter a shorter name"]),
        ({"timezone": "Mars/Base"}, ["Choose a time zone"]),
        ({"password": "short"}, ["Use at least 8 characters"]),
        ({"password": "Ada Example"}, ["Use a password that is harder to guess"]),
        (
            {"name": "", "timezone": "", "password": ""},
            ["Enter your name", "Choose a time zone", "Use at least 8 characters"],
        ),
    ],
)
async def test_what_can_not_be_taken_is_named_and_nobody_joins(
    conn: Conn, browser: PlainBrowser, link: str, email: str, changes: dict[str, str], problems: list[str]
) -> None:
    await browser.open(link)
    values = filled_in(**changes)
    await browser.send(values, form=accept_form(browser))
    assert browser.status == 422
    assert [one.text for one in browser.document.one("div", id="problems").all("a")] == problems
    assert browser.document.one("input", id="password").attributes["value"] == ""
    chosen = [one.attributes["value"] for one in browser.document.all("option") if "selected" in one.attributes]
    assert chosen == [values["timezone"] if values["timezone"].startswith("Asia") else "Europe/Rome"]
    assert await users.get_by_email(conn, email) is None


async def test_the_zone_is_the_inviters_unless_the_address_names_another(browser: PlainBrowser, link: str) -> None:
    def shown() -> tuple[list[str], str | None]:
        root = browser.document.one("html")
        chosen = [one.attributes["value"] for one in browser.document.all("option") if "selected" in one.attributes]
        return chosen, root.attributes.get("data-host-zone")

    await browser.open(link)
    assert shown() == (["Europe/Rome"], "Europe/Rome")
    await browser.open(f"{link}?timezone=asia/tokyo")
    assert shown() == (["Asia/Tokyo"], None)
    await browser.open(f"{link}?timezone=Mars/Base")
    assert shown() == (["Europe/Rome"], "Europe/Rome")


async def test_in_another_language_what_was_typed_stays_and_nobody_has_joined(
    conn: Conn, browser: PlainBrowser, link: str, email: str
) -> None:
    await browser.open(link)
    (button,) = [one for one in browser.document.all("button") if one.attributes.get("lang") == "it"]
    accept_form(browser).attributes["action"] = f"{link}{button.attributes['formaction']}"
    await browser.send(filled_in(), form=accept_form(browser))
    assert (browser.status, browser.heading) == (200, "Unisciti a Kiln & Co")
    assert browser.document.one("input", id="name").attributes["value"] == "Ada Example"
    assert browser.document.all("div", id="problems") == []
    assert await users.get_by_email(conn, email) is None
    await browser.send(filled_in(), form=accept_form(browser))
    assert browser.heading == "Ora fai parte di Kiln & Co"


async def test_the_inviters_language_is_that_of_a_reader_whose_own_is_not_known(
    conn: Conn, browser: PlainBrowser, link: str, organization: Organization
) -> None:
    await conn.execute("UPDATE users SET locale = 'th' WHERE id = %s", (organization.owner.id,))
    await browser.open(link)
    assert browser.heading == "เข้าร่วม Kiln & Co"
    browser.headers["accept-language"] = "it"
    await browser.open(link)
    assert browser.heading == "Unisciti a Kiln & Co"


async def test_who_declines_sees_so_and_the_link_can_not_be_accepted_any_more(
    conn: Conn, browser: PlainBrowser, link: str, email: str, organization: Organization
) -> None:
    await browser.open(link)
    await browser.send(form=decline_form(browser))
    assert browser.heading == "You have declined the invitation"
    assert organization.owner.user.name in browser.document.one("p", class_="lead").text
    answer = await browser.client.post(link, data=filled_in(), follow_redirects=True)
    assert "You have declined the invitation" in answer.text
    assert await users.get_by_email(conn, email) is None
    assert COOKIE not in browser.client.cookies


async def test_a_link_that_was_used_shows_it_and_signs_nobody_in(
    browser: PlainBrowser, http: httpx.AsyncClient, link: str
) -> None:
    await browser.open(link)
    await browser.send(filled_in(), form=accept_form(browser))
    http.cookies.clear()
    answer = await http.post(link, data=filled_in(name="Bea"))
    assert (answer.status_code, answer.headers.get("set-cookie")) == (303, None)
    await browser.open(link)
    assert browser.heading == "You have joined Kiln & Co"
    await browser.follow(text="Your account")
    assert browser.heading == "Sign in"
    declined = await http.post(f"{link}/decline", follow_redirects=True)
    assert "You have joined Kiln &amp; Co" in declined.text


async def test_one_that_is_answered_between_looking_and_joining_shows_how(
    browser: PlainBrowser, link: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = inviting.follow

    async def late(conn: Conn, secret: str, **values: Any) -> Any:
        found = await real(conn, secret, **values)
        monkeypatch.setattr(inviting, "follow", real)
        await inviting.decline(conn, secret, uris=URIS, now=clock.now)
        return found

    await browser.open(link)
    monkeypatch.setattr(inviting, "follow", late)
    await browser.send(filled_in(), form=accept_form(browser))
    assert (browser.heading, COOKIE in browser.client.cookies) == ("You have declined the invitation", False)


async def test_one_that_has_expired_names_the_inviter(
    browser: PlainBrowser, link: str, clock: Clock, organization: Organization
) -> None:
    await browser.open(link)
    clock.advance(days=30)
    await browser.send(filled_in(), form=accept_form(browser))
    assert (browser.status, browser.heading) == (404, "This invitation has expired")
    assert f"Ask {organization.owner.user.name} to invite you to Kiln & Co again." in browser.document.text


async def test_a_revoked_link_is_like_one_that_never_was(
    conn: Conn, browser: PlainBrowser, link: str, organization: Organization, clock: Clock
) -> None:
    await browser.open(link)
    owner = await principal_of(conn, organization.owner, now=clock.now)
    found = await inviting.follow(conn, link.rpartition("/")[2], now=clock.now)
    await inviting.revoke(conn, owner, found.invitation.id, uris=URIS, now=clock.now)
    forms = [accept_form(browser), decline_form(browser)]
    shown = []
    for form in forms:
        answer = await browser.client.post(form.attributes["action"], data=filled_in())
        shown.append((answer.status_code, "This invitation can&#39;t be used" in answer.text))
    await browser.open(link)
    assert [*shown, (browser.status, browser.heading == "This invitation can't be used")] == [(404, True)] * 3


@pytest.mark.parametrize("secret", ["x", "%00", "x" * 101, "%F0%9F%92%A1", "a%20b"])
async def test_what_is_no_secret_leads_nowhere(browser: PlainBrowser, secret: str) -> None:
    for method in ("GET", "POST"):
        answer = await browser.client.request(method, f"/app/invitations/{secret}")
        assert (answer.status_code, "This invitation can&#39;t be used" in answer.text) == (404, True)


@pytest.mark.parametrize("path", ["", "/decline"])
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
async def test_a_form_of_another_site_changes_nothing(
    conn: Conn, browser: PlainBrowser, link: str, email: str, path: str, headers: dict[str, str]
) -> None:
    answer = await browser.client.post(link + path, data=filled_in(), headers=headers)
    assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)
    cursor = await conn.execute("SELECT status FROM invitations WHERE email = %s", (email,))
    assert await cursor.fetchall() == [("pending",)]


async def test_who_was_removed_comes_back_with_the_page_of_before(
    conn: Conn, browser: PlainBrowser, organization: Organization, clock: Clock
) -> None:
    member = organization.member
    await remove(conn, organization, member, clock)
    await browser.open(await invite(conn, organization, member.user.email, clock))
    assert "You have had an account here before." in browser.document.text
    assert browser.document.one("input", id="name").attributes["value"] == member.user.name
    await browser.send({"password": PASSWORD}, form=accept_form(browser))
    assert browser.heading == "You have joined Kiln & Co"
    (page,) = [one for one in browser.document.all("a") if one.text == "Your booking page"]
    assert page.attributes["href"] == f"/{member.user.slug}"


async def test_a_member_of_another_organization_sees_why_not_and_can_decline(
    conn: Conn, browser: PlainBrowser, organization: Organization, clock: Clock
) -> None:
    elsewhere = await make_organization(conn, now=clock.now)
    link = await invite(conn, organization, elsewhere.member.user.email, clock)
    await browser.open(link)
    assert browser.heading == "You can't join with this address"
    assert [one.attributes["action"].endswith("/decline") for one in browser.document.all("form")] == [True]
    answer = await browser.client.post(link, data=filled_in())
    assert (answer.status_code, answer.headers.get("set-cookie")) == (303, None)
    await browser.send(form=decline_form(browser))
    assert browser.heading == "You have declined the invitation"


async def test_who_was_added_by_command_meanwhile_signs_in(
    conn: Conn, browser: PlainBrowser, organization: Organization, link: str, email: str, clock: Clock
) -> None:
    member = NewMember(name="Ada Example", email=email, timezone="Europe/Rome")
    await accounts.add_member(conn, organization.id, member, now=clock.now)
    await browser.open(link)
    assert browser.heading == "You belong to Kiln & Co already"
    await browser.follow(text="Your account")
    assert browser.heading == "Sign in"


async def test_who_is_signed_in_as_another_is_signed_in_as_who_has_joined(
    signed_in: PlainBrowser, http: httpx.AsyncClient, link: str, email: str
) -> None:
    before = http.cookies[COOKIE]
    await signed_in.open(link)
    await signed_in.send(filled_in(), form=accept_form(signed_in))
    await signed_in.open("/app/account")
    assert signed_in.document.one("p", class_="lead").text == f"Ada Example {email}"
    http.cookies.clear()
    http.cookies.set(COOKIE, before, domain="book.example", path="/")
    await signed_in.open("/app/account")
    assert signed_in.heading == "Sign in"


async def test_the_event_log_names_who_joined_as_the_actor(
    conn: Conn, browser: PlainBrowser, link: str, email: str
) -> None:
    await browser.open(link)
    await browser.send(filled_in(), form=accept_form(browser))
    user = await users.get_by_email(conn, email)
    assert user is not None
    cursor = await conn.execute("SELECT name FROM events WHERE actor_id = %s ORDER BY sequence", (user.id,))
    assert [name for (name,) in await cursor.fetchall()] == ["event_type.created", "organization_invitation.accepted"]


async def test_no_log_has_the_secret_of_a_link(
    browser: PlainBrowser, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "openslot")
    await browser.open(link)
    await browser.send(filled_in(), form=accept_form(browser))
    await browser.client.post(f"{link}/decline")
    logged = " ".join(record.getMessage() for record in caplog.records)
    assert link.rpartition("/")[2] not in logged
    assert re.search(r"POST /app/invitations/[^/ ]+/decline 303", logged)
