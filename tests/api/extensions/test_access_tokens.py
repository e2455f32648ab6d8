"""Personal tokens, made and ended over the API."""

from typing import Any

import pytest

from conftest import Clock
from factories import API, Caller, Organization
from openslot.db.pool import Conn
from openslot.services import access_tokens

PATH = "/openslot/access_tokens"


def with_token(caller: Caller, token: str) -> Caller:
    return Caller(caller.http, {"Authorization": f"Bearer {token}"})


async def test_a_token_is_shown_once_works_and_ends(member: Caller, organization: Organization) -> None:
    made = await member.post(PATH, {"name": "Zap", "scopes": ["users:read"], "expires_at": "2027-02-01T00:00:00Z"})
    token = made.json()["resource"]
    text = token.pop("token")
    uri = token["uri"]
    assert made.status_code == 201
    assert token == {
        "uri": uri, "name": "Zap", "user": f"{API}/users/{organization.member.id}", "scopes": ["users:read"],
        "created_at": "2027-01-04T08:00:00.000000Z", "expires_at": "2027-02-01T00:00:00.000000Z", "revoked_at": None,
    }  # fmt: skip
    other = with_token(member, text)
    assert (await other.get("/users/me")).status_code == 200
    assert {one["name"] for one in (await member.get(PATH)).json()["collection"]} == {"test", "Zap"}
    assert (await member.delete(uri.removeprefix(API))).status_code == 204
    assert (await other.get("/users/me")).status_code == 401
    [ended] = [one for one in (await member.get(PATH)).json()["collection"] if one["uri"] == uri]
    assert ended == token | {"revoked_at": "2027-01-04T08:00:00.000000Z"}


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "Zap", "scopes": ["users:fly"]}, "scopes"),
        ({"name": "Zap", "expires_at": "2027-01-04T08:00:00Z"}, "expires_at"),
        ({"name": "Zap", "secret": "x"}, "secret"),
    ],
)
async def test_what_can_not_be_is_refused(member: Caller, body: dict[str, Any], parameter: str) -> None:
    refused = await member.post(PATH, body)
    assert (refused.status_code, [one["parameter"] for one in refused.json()["details"]]) == (400, [parameter])


async def test_a_token_that_may_not_do_everything_makes_and_ends_none(
    owner: Caller, organization: Organization, conn: Conn, clock: Clock
) -> None:
    limited = with_token(
        owner,
        await access_tokens.issue(
            conn, organization.owner.user, name="limited", scopes=["organizations:write"], now=clock.now
        ),
    )
    made = (await owner.post(PATH, {"name": "Zap"})).json()["resource"]
    refused = [await limited.post(PATH, {"name": "Zap"}), await limited.delete(made["uri"].removeprefix(API))]
    assert [(one.status_code, one.json()["message"]) for one in refused] == [
        (403, "This takes a personal token that may do everything")
    ] * 2


async def test_members_end_their_own_tokens_and_admins_those_of_all(
    member: Caller, admin: Caller, elsewhere: Organization
) -> None:
    path = (await admin.post(PATH, {"name": "Zap"})).json()["resource"]["uri"].removeprefix(API)
    other = (await member.post(PATH, {"name": "Zap"})).json()["resource"]["uri"].removeprefix(API)
    assert (await member.delete(path)).status_code == 404
    assert (await Caller(admin.http, elsewhere.headers).delete(path)).status_code == 404
    assert (await admin.delete(PATH + "/no-id")).status_code == 404
    assert (await admin.delete(other)).status_code == 204
