"""What clients read before anything else."""

import httpx
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata
from joserfc import jwt
from joserfc.jwk import KeySet

from conftest import SECRET_KEY, Clock
from factories import API, PAGES
from openslot.core.ids import new_id
from openslot.security.access_jwts import AccessClaims, AccessJwts


async def test_the_metadata_of_the_server_is_valid_and_names_endpoints_that_are_there(http: httpx.AsyncClient) -> None:
    answer = await http.get("/.well-known/oauth-authorization-server")
    found = answer.json()
    AuthorizationServerMetadata(found).validate()
    assert (answer.headers["content-type"], found["issuer"]) == ("application/json", PAGES)
    assert found["code_challenge_methods_supported"] == ["S256"]
    for name in ("token", "registration", "introspection", "revocation"):
        assert (await http.post(found[f"{name}_endpoint"])).status_code in {400, 401}
    assert (await http.get(found["authorization_endpoint"])).headers["location"].startswith("/app/sign-in")


async def test_the_metadata_of_the_api_names_the_server(http: httpx.AsyncClient) -> None:
    for path in ("/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/api/v2"):
        found = (await http.get(path)).json()
        assert (found["resource"], found["authorization_servers"]) == (API, [PAGES])


async def test_a_call_without_a_token_that_works_is_shown_where_to_get_one(http: httpx.AsyncClient) -> None:
    """RFC 9728, section 5.1."""
    refused = await http.get(f"{API}/users/me", headers={"Authorization": "Bearer nothing"})
    header = refused.headers["www-authenticate"]
    assert (refused.status_code, header) == (
        401,
        f'Bearer resource_metadata="{PAGES}/.well-known/oauth-protected-resource"',
    )


async def test_others_can_check_an_access_token_with_the_published_keys(http: httpx.AsyncClient, clock: Clock) -> None:
    ids = [new_id() for _ in range(4)]
    claims = AccessClaims(
        id=ids[0], user_id=ids[1], organization_id=ids[2], client_id=ids[3], scope="users:read",
        issued_at=clock.now, expires_at=clock.now,
    )  # fmt: skip
    token = AccessJwts(SECRET_KEY, PAGES, API).new(claims)
    keys = (await http.get("/.well-known/jwks.json")).json()
    assert "d" not in keys["keys"][0]
    assert jwt.decode(token, KeySet.import_key_set(keys)).claims["user_uuid"] == str(ids[1])


async def test_what_is_not_there_is_answered_in_json(http: httpx.AsyncClient) -> None:
    answer = await http.get("/.well-known/nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    answer = await http.get("/oauth/token")
    assert (answer.status_code, answer.json()["error"]) == (405, "invalid_request")


def test_the_key_is_that_of_the_secret_key_and_is_never_shown() -> None:
    one, same, other = (AccessJwts(key, PAGES, API) for key in (SECRET_KEY, SECRET_KEY, SECRET_KEY + "!"))
    assert one.public_keys() == same.public_keys() != other.public_keys()
    assert SECRET_KEY not in repr(one)
