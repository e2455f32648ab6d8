"""Applications that register themselves."""

from typing import Any

import httpx
import pytest

from conftest import BASE_URL, SECRET_KEY, Clock, in_one_task, serving
from openslot.config import Settings
from openslot.core.scopes import SCOPES

BODY: dict[str, Any] = {
    "client_name": "An agent",
    "redirect_uris": ["http://localhost:33418/callback"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "scope": "mcp:scheduling:read mcp:scheduling:write",
    "software_id": "what is not known is ignored",
}


async def test_an_agent_registers_and_has_no_secret(http: httpx.AsyncClient, clock: Clock) -> None:
    made = await http.post("/oauth/register", json=BODY)
    body = made.json()
    assert len(body.pop("client_id")) == 36
    assert (made.status_code, body) == (
        201,
        {
            "client_id_issued_at": int(clock.now.timestamp()),
            "client_name": "An agent",
            "redirect_uris": ["http://localhost:33418/callback"],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": " ".join(sorted(SCOPES)),
        },
    )


async def test_a_web_application_gets_a_secret_that_does_not_expire(http: httpx.AsyncClient) -> None:
    made = await http.post("/oauth/register", json={"redirect_uris": ["https://app.example/cb"]})
    body = made.json()
    assert body["client_secret"].startswith("osc_")
    assert (body["client_secret_expires_at"], body["token_endpoint_auth_method"], body["client_name"]) == (
        0,
        "client_secret_basic",
        "Unnamed application",
    )


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://app.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example/#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://app.example"}, "invalid_client_metadata"),
        ({"client_name": "x" * 101}, "invalid_client_metadata"),
        ({"client_name": 7}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"response_types": ["token"]}, "invalid_client_metadata"),
    ],
)
async def test_what_can_not_be_registered_is_refused_with_the_reason(
    http: httpx.AsyncClient, changes: dict[str, Any], error: str
) -> None:
    refused = await http.post("/oauth/register", json=BODY | changes)
    assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert refused.json()["error_description"]


async def test_a_body_that_is_no_json_is_refused(http: httpx.AsyncClient) -> None:
    refused = await http.post("/oauth/register", content=b"redirect_uris=x")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")


async def test_an_operator_may_close_registration(database_url: str, tmp_path: Any, clock: Clock) -> None:
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        public_url=BASE_URL,
        secret_key=SECRET_KEY,
        oauth_registration="closed",
    )
    async with in_one_task(serving(settings, clock)) as http:
        assert (await http.post("/oauth/register", json=BODY)).status_code == 404
        assert "registration_endpoint" not in (await http.get("/.well-known/oauth-authorization-server")).json()
