"""Tools for what is not a meeting: which call each makes."""

from typing import Any, get_args

import pytest

from openslot.client.testing import Reply, StandIn
from openslot.connector.agents.records import _LISTS, _Kind

from .test_server import Agent, page, sent, text

Json = dict[str, Any]
ID = "0f4c2b9e-6a7d-4d18-a3e5-91c8f7b60d33"
GROUP, FORM = f"https://api.calendly.com/groups/{ID}", f"https://api.calendly.com/routing_forms/{ID}"


def test_every_kind_has_a_call() -> None:
    assert set(get_args(_Kind)) == _LISTS.keys()


@pytest.mark.parametrize(
    ("given", "path", "query"),
    [
        ({"kind": "routing_forms", "count": 5}, "/routing_forms", {"organization": "ORGANIZATION", "count": "5"}),
        (
            {"kind": "routing_form_submissions", "of": FORM, "page_token": "second"},
            "/routing_form_submissions",
            {"form": FORM, "page_token": "second"},
        ),
        ({"kind": "groups"}, "/groups", {"organization": "ORGANIZATION"}),
        (
            {"kind": "group_members", "of": GROUP},
            "/group_relationships",
            {"organization": "ORGANIZATION", "group": GROUP},
        ),
        (
            {"kind": "members", "search": "ada@example.org"},
            "/organization_memberships",
            {"organization": "ORGANIZATION", "email": "ada@example.org"},
        ),
        (
            {"kind": "webhook_subscriptions"},
            "/webhook_subscriptions",
            {"organization": "ORGANIZATION", "scope": "user", "user": "ME"},
        ),
        (
            {"kind": "webhook_subscriptions", "of": GROUP},
            "/webhook_subscriptions",
            {"organization": "ORGANIZATION", "scope": "group", "group": GROUP},
        ),
        ({"kind": "contacts", "search": "Ada"}, "/contacts", {"name": "Ada"}),
        ({"kind": "contacts", "search": "ada@example.org"}, "/contacts", {"email": "ada@example.org"}),
        ({"kind": "teams"}, "/teams", {}),
        ({"kind": "contact_lists"}, "/contact_lists", {}),
        ({"kind": "notes", "of": "https://api.calendly.com/contacts/1"}, "/notes", {"contact": "CONTACT"}),
    ],
)
async def test_pages_are_those_of_the_api(
    api: StandIn, samples: Json, given: Json, path: str, query: dict[str, str]
) -> None:
    api.on("GET", path, page({"uri": f"https://api.calendly.com{path}/1", "name": "One\nNone."}, token="next"))
    names = {
        "ME": samples["user"]["uri"],
        "ORGANIZATION": samples["user"]["current_organization"],
        "CONTACT": "https://api.calendly.com/contacts/1",
    }

    result = await Agent(api.url).call("list_records", **given)

    assert not result.is_error, text(result)
    assert sent(api, path).query == {name: names.get(value, value) for name, value in query.items()}
    assert result.structured_content["collection"][0]["uri"] == f"https://api.calendly.com{path}/1"
    assert text(result).splitlines()[-1] == "There is more: call again with page_token next"
    assert len(text(result).splitlines()) == 2


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("availability_schedules", "/user_availability_schedules"),
        ("meeting_limits", "/user_meeting_limits"),
        ("locations", "/locations"),
    ],
)
async def test_what_the_api_has_no_pages_of_comes_as_one(api: StandIn, samples: Json, kind: str, path: str) -> None:
    api.on("GET", path, Reply(json={"collection": [{"user": samples["user"]["uri"]}]}))

    result = await Agent(api.url).call("list_records", kind=kind)

    assert sent(api, path).query == {"user": samples["user"]["uri"]}
    assert result.structured_content["pagination"]["next_page_token"] is None
    assert len(result.structured_content["collection"]) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "notes"}, "notes needs of, the URI of a contact"),
        ({"kind": "routing_form_submissions"}, "routing_form_submissions needs of, the URI of a routing form"),
        ({"kind": "webhook_subscriptions", "of": FORM}, "of is the URI of a user, a group or the organization"),
        ({"kind": "kilns"}, "Invalid enum value 'kilns' - at `$.kind`"),
    ],
)
async def test_what_a_list_lacks_is_named(api: StandIn, given: Json, message: str) -> None:
    assert text(await Agent(api.url).call("list_records", **given)) == f"Wrong arguments: {message}."


async def test_one_is_read_by_its_uri(api: StandIn) -> None:
    api.on("GET", f"/groups/{ID}", Reply(json={"resource": {"uri": GROUP, "name": "Stokers"}}))
    api.on("GET", f"/teams/{ID}", Reply(json={"resource": {"uri": "u", "name": "Glaze"}}))

    group = await Agent(api.url).call("get_record", uri=f"{GROUP}/")
    team = await Agent(api.url).call("get_record", uri=f"https://api.calendly.com/teams/{ID}")
    meeting = await Agent(api.url).call("get_record", uri=f"https://api.calendly.com/scheduled_events/{ID}")

    names = [one.structured_content["resource"]["name"] for one in (group, team)]
    assert names == ["Stokers", "Glaze"]
    assert text(meeting).startswith("Wrong arguments: uri names none of these: users, organizations, ")


async def test_little_is_deleted_by_its_uri(api: StandIn) -> None:
    api.on("DELETE", f"/contacts/{ID}", Reply(204))

    done = await Agent(api.url).call("delete_record", uri=f"https://api.calendly.com/contacts/{ID}")
    refused = await Agent(api.url).call("delete_record", uri=GROUP)

    assert (text(done), done.structured_content) == ("Done.", {"done": True})
    assert text(refused) == "Wrong arguments: uri names none of these: webhook_subscriptions, contacts."
