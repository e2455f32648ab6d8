import pytest
from hypothesis import given
from hypothesis import strategies as st

from openslot.core import oauth
from openslot.core.oauth import HTTPS_OR_LOOPBACK, NO_FRAGMENT, NOT_A_URI, Resources, UnknownResource, UnknownScope
from openslot.core.scopes import SCOPES

NAMES = sorted(SCOPES)
some_scopes = st.lists(st.sampled_from(NAMES), unique=True).map(sorted)


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "https://app.example:8443/callback?tenant=7",
        "http://localhost:3000/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:8080/",
    ],
)
def test_an_application_may_be_answered_over_https_or_on_the_same_device(uri: str) -> None:
    assert oauth.redirect_uri_problem(uri) is None


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("http://app.example/callback", HTTPS_OR_LOOPBACK),
        ("http://localhost.example/callback", HTTPS_OR_LOOPBACK),
        ("com.example.app:/callback", HTTPS_OR_LOOPBACK),
        ("javascript:alert(1)", HTTPS_OR_LOOPBACK),
        ("https:///callback", HTTPS_OR_LOOPBACK),
        ("https://app.example/#here", NO_FRAGMENT),
        ("https://user:pass@app.example/", NOT_A_URI),
        ("https://app.example/a b", NOT_A_URI),
        ("http://evil.example\\@localhost/cb", NOT_A_URI),
        ("http://a@localhost/cb", NOT_A_URI),
        ("https://*;sandbox/cb", NOT_A_URI),
        ("https://app.example,https://evil.example/cb", NOT_A_URI),
        ("https://ápp.example/cb", NOT_A_URI),
        ("https://app.example/\n", NOT_A_URI),
        ("https://[app.example/", NOT_A_URI),
        ("https://app.example:port/", NOT_A_URI),
        ("/callback", NOT_A_URI),
        ("", NOT_A_URI),
        ("https://app.example/" + "x" * 2000, NOT_A_URI),
    ],
)
def test_it_may_not_be_answered_where_others_listen(uri: str, problem: str) -> None:
    assert oauth.redirect_uri_problem(uri) == problem


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("com.example.app:/callback", None),
        ("cursor://anysphere.cursor/callback", HTTPS_OR_LOOPBACK),
        ("javascript:alert(1)", HTTPS_OR_LOOPBACK),
        ("javascript.x:alert(1)", HTTPS_OR_LOOPBACK),
    ],
)
def test_an_app_on_a_device_may_have_a_scheme_that_is_named_for_its_domain(uri: str, problem: str | None) -> None:
    assert oauth.redirect_uri_problem(uri, is_native=True) == problem


@pytest.mark.parametrize(
    ("uri", "for_web", "for_native"),
    [
        ("http://localhost:3000/cb", True, True),
        ("http://localhost:4000/cb", False, True),
        ("http://localhost/cb", False, True),
        ("http://localhost:3000/cb/", False, False),
        ("http://localhost:3000/cb?x=1", False, False),
        ("http://127.0.0.1:3000/cb", False, False),
        ("https://app.example/cb", True, True),
        ("https://app.example:444/cb", False, False),
        ("https://app.example/CB", False, False),
        ("http://evil.example\\@localhost/cb", False, False),
        ("http://evil.example@localhost/cb", False, False),
        ("http://localhost/cb#", False, False),
    ],
)
def test_a_redirect_uri_is_compared_letter_by_letter_but_for_the_port_of_an_app_on_a_device(
    uri: str,
    for_web: bool,  # noqa: FBT001
    for_native: bool,  # noqa: FBT001
) -> None:
    registered = ["http://localhost:3000/cb", "https://app.example/cb"]
    assert (oauth.is_registered(uri, registered), oauth.is_registered(uri, registered, is_native=True)) == (
        for_web,
        for_native,
    )


def test_a_challenge_is_that_of_the_published_example() -> None:
    """RFC 7636, appendix B."""
    verifier, challenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert oauth.challenge_of(verifier) == challenge
    assert oauth.is_challenge(challenge)
    assert oauth.answers_challenge(verifier, challenge)


@pytest.mark.parametrize("verifier", ["", "x" * 42, "x" * 129, "x" * 42 + "/", "x" * 43])
def test_another_verifier_does_not_answer_a_challenge(verifier: str) -> None:
    assert not oauth.answers_challenge(verifier, oauth.challenge_of("y" * 43))


@pytest.mark.parametrize("verifier", ["x" * 42, "x" * 129, "x" * 42 + "/"])
def test_a_verifier_of_the_wrong_form_does_not_answer_its_own_challenge(verifier: str) -> None:
    assert not oauth.answers_challenge(verifier, oauth.challenge_of(verifier))


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("", None),
        ("default", None),
        ("users:read default", None),
        ("mcp:scheduling:write", None),
        ("users:read event_types:read", ["event_types:read", "users:read"]),
        ("users:read+event_types:read, users:read", ["event_types:read", "users:read"]),
        ("mcp:scheduling:read", [name for name in NAMES if name.endswith(":read")]),
    ],
)
def test_scopes_are_read_as_clients_write_them(text: str, scopes: list[str] | None) -> None:
    assert oauth.read_scopes(text) == scopes


AGENTS = "https://mcp.book.example/mcp"
RESOURCES = Resources("https://book.example", "https://book.example/api/v2", [AGENTS, "https://mcp.example.org:8443/"])


@pytest.mark.parametrize(
    ("named", "servers"),
    [
        ("", [AGENTS, "https://mcp.example.org:8443/"]),
        (AGENTS, [AGENTS]),
        ("https://MCP.book.example:443/mcp/", [AGENTS]),
        ("https://mcp.example.org:8443", ["https://mcp.example.org:8443/"]),
        ("https://book.example/", []),
        ("https://book.example/api/v2", []),
    ],
)
def test_a_token_is_for_the_server_that_is_named_or_for_all_of_the_operators(named: str, servers: list[str]) -> None:
    assert RESOURCES.named(named) == servers


@pytest.mark.parametrize(
    "named",
    [
        "https://evil.example/mcp",
        "http://mcp.book.example/mcp",
        "https://mcp.book.example/other",
        "https://mcp.book.example:8443/mcp",
        "http://localhost:8765/mcp",
        "mcp.book.example/mcp",
        "https://mcp.book.example:x/mcp",
    ],
)
def test_a_token_is_for_no_other_server(named: str) -> None:
    with pytest.raises(UnknownResource):
        RESOURCES.named(named)


def test_a_service_to_try_things_with_has_tokens_for_any_server_on_the_same_machine() -> None:
    local = Resources("http://localhost:8000", "http://localhost:8000/api/v2")
    assert [local.named(""), local.named("http://127.0.0.1:8765/mcp")] == [[], ["http://127.0.0.1:8765/mcp"]]
    for url in ("https://evil.example/mcp", "http://me@localhost:8765/mcp", "http://localhost.evil.example/mcp"):
        with pytest.raises(UnknownResource):
            local.named(url)


def test_an_unknown_scope_is_named() -> None:
    with pytest.raises(UnknownScope, match=r"^users:fly$"):
        oauth.read_scopes("users:read users:fly")


@given(some_scopes | st.none(), some_scopes | st.none())
def test_what_is_granted_is_within_what_is_wanted_and_within_what_is_allowed(
    wanted: list[str] | None, allowed: list[str] | None
) -> None:
    found = oauth.within(wanted, allowed)
    if found is None:
        assert wanted is None
        assert allowed is None
        return
    assert wanted is None or set(found) <= set(wanted)
    assert allowed is None or all(one in allowed or one.replace(":read", ":write") in allowed for one in found)
    assert set(wanted or NAMES) & set(NAMES if allowed is None else allowed) <= set(found) or wanted == []


@given(some_scopes)
def test_scopes_that_are_spelled_are_read_as_they_were(scopes: list[str]) -> None:
    spelled = oauth.spell_scopes(scopes)
    assert oauth.read_scopes(spelled) == (scopes or None)
