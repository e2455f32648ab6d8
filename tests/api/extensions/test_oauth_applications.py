"""OAuth applications of an organization over the API, and the key that signs their webhooks."""

from typing import Any

import pytest

from conftest import Clock
from factories import API, Caller, Organization
from openslot.db.pool import Conn
from openslot.services import access_tokens

PATH = "/openslot/oauth_applications"
BODY: dict[str, Any] = {"name": "Kiln CRM", "redirect_uris": ["https://crm.example.org/callback"]}


async def test_an_application_is_made_changed_and_deleted_and_its_secrets_are_shown_once(admin: Caller) -> None:
    made = await admin.post(PATH, BODY)
    body = made.json()["resource"]
    secret, key = body.pop("client_secret"), body.pop("webhook_signing_key")
    path = body["uri"].removeprefix(API)
    assert (made.status_code, secret[:4], len(key)) == (201, "osc_", 43)
    assert body == {
        "uri": f"{API}{PATH}/{body['client_id']}", "client_id": body["client_id"], "name": "Kiln CRM",
        "redirect_uris": ["https://crm.example.org/callback"], "native": False, "scopes": None,
        "created_at": "2027-01-04T08:00:00.000000Z",
    }  # fmt: skip
    assert (await admin.get(path)).json()["resource"] == body
    assert (await admin.get(PATH)).json()["collection"] == [body]
    changed = await admin.patch(path, {"name": "Kiln"})
    assert changed.json()["resource"] == body | {"name": "Kiln"}
    moved = await admin.patch(path, {"redirect_uris": ["http://localhost:3000/cb"]})
    assert moved.json()["resource"] == body | {"name": "Kiln", "redirect_uris": ["http://localhost:3000/cb"]}
    renewed = (await admin.post(f"{path}/secret")).json()["resource"]
    assert renewed["client_secret"] not in {secret, None}
    proof = {"token": "x", "client_id": body["client_id"]}
    tried = [
        await admin.http.post("/oauth/introspect", data=proof | {"client_secret": one})
        for one in (secret, renewed["client_secret"])
    ]
    assert [one.status_code for one in tried] == [401, 200]
    assert (await admin.delete(path)).status_code == 204
    assert (await admin.get(path)).status_code == 404


async def test_a_native_application_has_no_secret(admin: Caller) -> None:
    made = (await admin.post(PATH, BODY | {"native": True, "redirect_uris": ["com.example.app:/cb"]})).json()
    assert made["resource"]["client_secret"] is None
    refused = await admin.post(f"{made['resource']['uri'].removeprefix(API)}/secret")
    assert (refused.status_code, refused.json()["message"]) == (409, "A native application has no secret")


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"redirect_uris": ["http://crm.example.org"]}, "redirect_uris[0]"),
        ({"redirect_uris": []}, "redirect_uris"),
        ({"name": ""}, "name"),
        ({"scopes": ["users:fly"]}, "scopes"),
    ],
)
async def test_what_can_not_be_is_refused(admin: Caller, changes: dict[str, Any], parameter: str) -> None:
    refused = await admin.post(PATH, BODY | changes)
    assert (refused.status_code, [one["parameter"] for one in refused.json()["details"]]) == (400, [parameter])


async def test_applications_are_for_admins_of_the_organization(
    admin: Caller, member: Caller, elsewhere: Organization
) -> None:
    path = (await admin.post(PATH, BODY)).json()["resource"]["uri"].removeprefix(API)
    assert [(await member.get(one)).status_code for one in (PATH, path)] == [403, 403]
    assert [(await member.post(one, BODY)).status_code for one in (PATH,)] == [403]
    assert (await member.delete(path)).status_code == 403
    assert (await Caller(admin.http, elsewhere.headers).get(path)).status_code == 404


async def test_a_token_that_may_not_do_everything_changes_no_application(
    admin: Caller, organization: Organization, conn: Conn, clock: Clock
) -> None:
    token = await access_tokens.issue(
        conn, organization.admin.user, name="limited", scopes=["organizations:write"], now=clock.now
    )
    limited = Caller(admin.http, {"Authorization": f"Bearer {token}"})
    path = (await admin.post(PATH, BODY)).json()["resource"]["uri"].removeprefix(API)
    answers = [
        await limited.post(PATH, BODY),
        await limited.patch(path, {"redirect_uris": ["https://evil.example/cb"]}),
        await limited.post(f"{path}/secret"),
        await limited.delete(path),
    ]
    assert [(one.status_code, one.json()["message"]) for one in answers] == [
        (403, "This takes a personal token that may do everything")
    ] * 4
    assert (await limited.get(path)).status_code == 200
