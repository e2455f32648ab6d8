"""Where the API answers, and how clients may write its URIs. Source: behaviours, sections 1, 2, 13 and 15."""

from dataclasses import replace

import pytest

from conftest import Clock, in_one_task, serving
from factories import API, URIS, Caller, Organization
from openslot.config import Settings

PREFIX = "/some/where"
PATH = "/api/v2"


@pytest.mark.parametrize("prefix", ["", PREFIX])
async def test_below_the_path_of_the_public_url_everything_answers_whether_the_proxy_takes_it_off_or_not(
    settings: Settings, clock: Clock, organization: Organization, prefix: str
) -> None:
    public = replace(settings, public_url=f"https://book.example{PREFIX}")
    async with in_one_task(serving(public, clock)) as client:
        headers = dict(organization.owner.headers)
        me = await client.get(f"{prefix}{PATH}/users/me", headers=headers)
        listed = await client.get(
            f"{prefix}{PATH}/event_types", params={"user": me.json()["resource"]["uri"]}, headers=headers
        )
        preflight = await client.options(
            f"{prefix}{PATH}/users/me", headers={"Origin": "https://x", "Access-Control-Request-Method": "GET"}
        )
        live = await client.get(f"{prefix}/health/live")

    assert me.json()["resource"]["uri"].startswith(f"https://book.example{PREFIX}{PATH}/users/")
    assert [one.status_code for one in (me, listed, preflight, live)] == [200, 200, 204, 200]


@pytest.mark.parametrize(
    "base",
    [
        "https://api.calendly.com",
        "https://api.calendly.com/api/v2",
        "http://localhost:8000/some/prefix/of/a/gateway",
        "https://another.example:8443/v2",
    ],
)
async def test_a_uri_is_known_by_its_end_whatever_base_the_client_knows_it_by(
    owner: Caller, organization: Organization, base: str
) -> None:
    answer = await owner.get("/event_types", {"organization": f"{base}/organizations/{organization.id}"})

    assert answer.status_code == 200
    assert len(answer.json()["collection"]) == 1


@pytest.mark.parametrize("path", ["/event_types", "/groups", "/organization_memberships", "/scheduled_events"])
async def test_colons_and_slashes_of_a_uri_need_no_encoding_in_a_query(
    owner: Caller, organization: Organization, path: str
) -> None:
    uri = URIS.organization(organization.id)
    raw = await owner.http.get(f"{API}{path}?count=20&organization={uri}", headers=dict(owner.headers))
    encoded = await owner.get(path, {"count": 20, "organization": uri})

    assert "organization=https://" in str(raw.request.url)
    assert (raw.status_code, raw.json()) == (200, encoded.json())


async def test_calendly_s_calls_ignore_what_they_do_not_know_in_query_and_body(
    owner: Caller, organization: Organization
) -> None:
    listed = await owner.get("/event_types", {"organization": URIS.organization(organization.id), "page_size": 100})
    made = await owner.post(
        "/webhook_subscriptions?x=1",
        {
            "url": "https://hooks.example/x", "events": ["invitee.created"], "scope": "organization",
            "organization": URIS.organization(organization.id), "unknown": {"a": [1]},
        },
    )  # fmt: skip

    assert (listed.status_code, made.status_code) == (200, 201)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("zoom", "zoom_conference"),
        ("google", "google_conference"),
        ("webex", "webex_conference"),
        ("microsoft_teams", "microsoft_teams_conference"),
    ],
)
async def test_a_conference_is_kept_by_its_present_name(owner: Caller, written: str, kept: str) -> None:
    made = await owner.post(
        "/openslot/event_types", {"name": f"By {written}", "duration": 30, "locations": [{"kind": written}]}
    )

    assert made.status_code == 201
    assert [one["kind"] for one in made.json()["resource"]["locations"]] == [kept]
