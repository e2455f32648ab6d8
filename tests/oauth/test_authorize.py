"""The page on which a member allows an application something."""

from urllib.parse import urlencode

import httpx
import pytest

from conftest import Clock
from factories import PAGES, Member, Organization
from oauth.conftest import CALLBACK, PASSWORD, VERIFIER, Application, decide, make_application, query_of
from openslot.core.oauth import challenge_of
from openslot.core.scopes import SCOPES
from openslot.db.pool import Conn
from pages.plain_browser import PlainBrowser

CHALLENGE = challenge_of(VERIFIER)


def address_of(application: Application, **changes: str | None) -> str:
    values: dict[str, str | None] = {
        "response_type": "code", "client_id": application.id, "redirect_uri": CALLBACK, "state": "s t/ä&te",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    return "/oauth/authorize?" + urlencode({name: value for name, value in (values | changes).items() if value})


async def test_the_page_names_the_application_the_member_and_each_scope(
    signed_in: PlainBrowser, application: Application
) -> None:
    await signed_in.open(address_of(application, scope="users:read scheduled_events:write"))
    assert signed_in.heading == "Give Kiln CRM access to your account?"
    [allowed] = signed_in.document.all("ul", class_="allowed")
    assert [one.text for one in allowed.all("li")] == [SCOPES["scheduled_events:write"], SCOPES["users:read"]]
    assert "You will be sent to app.example." in signed_in.document.text
    policy = signed_in.response.headers.get_list("content-security-policy")
    assert [one.rpartition("form-action ")[2] for one in policy] == ["'self' https://app.example"]
    assert signed_in.response.headers["cache-control"] == "private, no-store"


async def test_who_allows_it_is_sent_back_with_a_code_the_state_and_the_issuer(
    signed_in: PlainBrowser, application: Application
) -> None:
    answer = await decide(signed_in, address_of(application))
    assert answer.startswith(CALLBACK + "&")
    values = dict(query_of(answer))
    assert len(values.pop("code")) == 43
    assert values == {"tenant": "7", "state": "s t/ä&te", "iss": PAGES}
    assert signed_in.response.headers["referrer-policy"] == "no-referrer"


async def test_who_does_not_is_sent_back_with_a_refusal(signed_in: PlainBrowser, application: Application) -> None:
    answer = await decide(signed_in, address_of(application, state=None), "deny")
    assert query_of(answer) == {
        "tenant": "7",
        "error": "access_denied",
        "error_description": "The user did not allow it.",
        "iss": PAGES,
    }


async def test_who_is_not_signed_in_signs_in_and_comes_back_to_the_question(
    browser: PlainBrowser, application: Application, member: Member
) -> None:
    await browser.open(address_of(application))
    assert browser.heading == "Sign in"
    assert "An application asks for access" in browser.document.text
    await browser.send({"email": member.user.email, "password": PASSWORD})
    assert browser.heading == "Give Kiln CRM access to your account?"
    assert str(browser.url).endswith(address_of(application))


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "00000000-0000-4000-8000-000000000000"},
        {"client_id": "nothing"},
        {"client_id": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": CALLBACK + "/more"},
        {"redirect_uri": "https://app.example/callback"},
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_the_applications(
    signed_in: PlainBrowser, application: Application, changes: dict[str, str | None]
) -> None:
    await signed_in.open(address_of(application, **changes))
    assert (signed_in.status, signed_in.heading) == (400, "This application can't be connected")
    assert not signed_in.document.all("form")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": "users:fly"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
@pytest.mark.usefixtures("signed_in")
async def test_any_other_mistake_is_the_applications_to_hear(
    application: Application, http: httpx.AsyncClient, changes: dict[str, str | None],
    error: str,
) -> None:  # fmt: skip
    answer = await http.get(address_of(application, **changes))
    assert answer.status_code == 303
    values = query_of(answer.headers["location"])
    assert (values["error"], values["state"], values["iss"]) == (error, "s t/ä&te", PAGES)
    assert answer.headers["location"].startswith(CALLBACK)


async def test_an_application_with_a_secret_may_do_without_pkce_and_one_without_may_not(
    signed_in: PlainBrowser, application: Application, conn: Conn, organization: Organization, clock: Clock
) -> None:
    answer = await decide(signed_in, address_of(application, code_challenge=None, code_challenge_method=None))
    assert "code" in query_of(answer)
    public = await make_application(conn, organization, clock, has_secret=False)
    refused = await signed_in.client.get(address_of(public, code_challenge=None, code_challenge_method=None))
    assert query_of(refused.headers["location"])["error"] == "invalid_request"


async def test_the_only_redirect_uri_need_not_be_named(signed_in: PlainBrowser, application: Application) -> None:
    answer = await decide(signed_in, address_of(application, redirect_uri=None))
    assert answer.startswith(CALLBACK + "&")
    exchanged = await signed_in.client.post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code", "code": query_of(answer)["code"], "code_verifier": VERIFIER,
            "client_id": application.id, "client_secret": application.secret or "",
        },
    )  # fmt: skip
    assert exchanged.status_code == 200


async def test_a_form_of_another_site_or_of_another_session_allows_nothing(
    signed_in: PlainBrowser, application: Application
) -> None:
    await signed_in.open(address_of(application))
    token = signed_in.document.all("input", name="_csrf_token")[0].attributes["value"]
    client, address = signed_in.client, address_of(application)
    form = {"decision": "allow", "_csrf_token": token}
    elsewhere = await client.post(address, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    origin = await client.post(address, data=form, headers={"Origin": "https://evil.example"})
    forged = await client.post(address, data=form | {"_csrf_token": token[::-1]})
    missing = await client.post(address, data={"decision": "allow"})
    assert [one.status_code for one in (elsewhere, origin, forged, missing)] == [403] * 4
    assert (await client.post(address, data=form, headers={"Sec-Fetch-Site": "same-origin"})).status_code == 303


async def test_an_application_that_registered_itself_is_shown_as_such(
    signed_in: PlainBrowser, http: httpx.AsyncClient
) -> None:
    made = await http.post(
        "/oauth/register",
        json={"client_name": "Some agent", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"},
    )
    await signed_in.open(address_of(Application(made.json()["client_id"], None, CALLBACK)))
    assert signed_in.heading == "Give Some agent access to your account?"
    assert "This application has registered itself" in signed_in.document.text
    assert "Do all that you can do yourself, in your name" in signed_in.document.text


@pytest.mark.parametrize(("language", "button"), [("it", "Consenti l'accesso"), ("th", "อนุญาต")])
async def test_the_page_is_in_the_language_of_the_member(
    signed_in: PlainBrowser, application: Application, language: str, button: str
) -> None:
    await signed_in.open(address_of(application, scope="users:read") + f"&lang={language}")
    assert signed_in.document.all("button", value="allow")[0].text == button


async def test_an_application_that_registered_itself_sends_nobody_on_without_a_click(
    signed_in: PlainBrowser, http: httpx.AsyncClient
) -> None:
    made = await http.post("/oauth/register", json={"redirect_uris": ["https://phish.example/"]})
    client = Application(made.json()["client_id"], None, "https://phish.example/")
    await signed_in.open(address_of(client, redirect_uri=client.callback, response_type="token"))
    assert (signed_in.status, signed_in.heading) == (400, "This application can't be connected")
    [link] = [one for one in signed_in.document.all("a") if one.text == "Go back to phish.example"]
    assert query_of(link.attributes["href"])["error"] == "unsupported_response_type"


@pytest.mark.parametrize("state", ["a\r\nX: y", "\x00", "a+b c&d=e"])
async def test_the_state_comes_back_letter_by_letter(
    signed_in: PlainBrowser, application: Application, state: str
) -> None:
    answer = await decide(signed_in, address_of(application, state=state))
    assert query_of(answer)["state"] == state


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_what_is_named_twice_is_not_known(signed_in: PlainBrowser, application: Application, name: str) -> None:
    await signed_in.open(address_of(application) + f"&{name}=other")
    assert (signed_in.status, signed_in.heading) == (400, "This application can't be connected")
