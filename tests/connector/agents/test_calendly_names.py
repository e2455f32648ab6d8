"""The tools of Calendly's own server, by its names."""

import json
from typing import Any

import jsonschema
import pytest
from mcp import Client

from openslot.client import operations
from openslot.client.testing import Reply, StandIn
from openslot.connector import Connection
from openslot.connector.agents.arguments import WrongArguments
from openslot.connector.agents.calendly_names import PUBLISHED, tools
from openslot.connector.agents.server import make_server
from openslot.connector.agents.tool import schemas_of
from openslot.wire.scheduled_events import CancelEvent

from ..conftest import TOKEN
from .test_server import OURS, text

Json = dict[str, Any]
ID = "0f4c2b9e-6a7d-4d18-a3e5-91c8f7b60d33"
EVENT = f"https://api.calendly.com/scheduled_events/{ID}"
ME = "https://api.calendly.com/users/1"
MEMBERS_ONLY = {"organizations-create_organization_invitation", "organizations-list_organization_invitations",
                "organizations-revoke_organization_invitation"}  # fmt: skip
"""Names of calls about invitations, for which the client may have no operations yet."""


def read(name: str, **given: Any) -> Any:
    reading = tools()[name].read
    assert reading is not None
    return reading(given)


def test_every_published_name_is_a_call_of_ours() -> None:
    missing = PUBLISHED - tools().keys()

    assert missing <= (set() if "CreateOrganizationInvitation" in operations.__all__ else MEMBERS_ONLY)


def test_every_call_has_a_name_of_its_own_and_a_schema() -> None:
    assert len(tools()) == len(operations.__all__)
    for tool in tools().values():
        for schema in schemas_of(tool, {}):
            jsonschema.Draft202012Validator.check_schema(schema)
            assert schema["type"] == "object"


def test_what_takes_away_is_marked() -> None:
    published = {name: tool for name, tool in tools().items() if name in PUBLISHED and not tool.read_only}

    assert {name for name, tool in published.items() if tool.destructive} - MEMBERS_ONLY == {
        "event_types-update_event_type",
        "event_types-update_event_type_availability_schedule",
        "meetings-cancel_event",
        "meetings-delete_invitee_no_show",
        "organizations-delete_organization_membership",
    }


@pytest.mark.parametrize(
    ("name", "given", "call"),
    [
        ("users-get_current_user", {}, operations.GetCurrentUser()),
        ("users-get_user", {"uri": ME}, operations.GetUser(ME)),
        ("users-get_user", {"uuid": "1"}, operations.GetUser("1")),
        (
            "event_types-list_event_types",
            {"user": ME, "active": "true", "count": "5", "sort": None},
            operations.ListEventTypes(user=ME, active=True, count=5),
        ),
        (
            "meetings-get_event_invitee",
            {"event_uri": EVENT, "invitee_uri": f"{EVENT}/invitees/2"},
            operations.GetEventInvitee(EVENT, f"{EVENT}/invitees/2"),
        ),
        ("meetings-cancel_event", {"uri": EVENT}, operations.CancelEvent(EVENT)),
        *(
            ("meetings-cancel_event", {"uri": EVENT, **body}, operations.CancelEvent(EVENT, CancelEvent("Ill")))
            for body in (
                {"create_scheduled_event_cancellation_request": {"reason": "Ill"}},
                {"create_scheduled_event_cancellation_request": '{"reason": "Ill"}'},
                {"create_scheduled_event_cancellation_request": "Ill"},
                {"body": {"reason": "Ill"}},
                {"reason": "Ill"},
            )
        ),
    ],
)
def test_arguments_are_read_by_calendlys_names_and_by_the_apis(name: str, given: Json, call: Any) -> None:
    assert read(name, **given) == call


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("users-get_user", {}, "uri is missing"),
        ("meetings-list_events", {"user": ME, "color": "red"}, "there is no argument color"),
        ("meetings-list_events", {"min_start_time": "soon"}, "Invalid RFC3339"),
        ("meetings-create_invitee", {"post_invitee_request": {"start_time": "2031-04-10T13:00Z"}}, "event_type"),
        ("meetings-create_invitee", {"post_invitee_request": "Ada"}, "event_type"),
        ("shares-create_share", {"create_share_request": [1]}, "Expected `object`, got `array`"),
    ],
)
def test_wrong_ones_are_named(name: str, given: Json, message: str) -> None:
    with pytest.raises(WrongArguments, match=message):
        read(name, **given)


async def test_they_work_unlisted_and_answer_with_the_apis_json(api: StandIn, samples: Json) -> None:
    row = samples["event_type"] | {"later": [1]}
    api.on("GET", f"/event_types/{ID}", Reply(json={"resource": row}))
    api.on("DELETE", f"/invitee_no_shows/{ID}", Reply(204))
    async with Connection(TOKEN, api.url) as connection, Client(make_server(connection)) as client:
        found = await client.call_tool("event_types-get_event_type", {"uri": row["uri"]})
        deleted = await client.call_tool("meetings-delete_invitee_no_show", {"uri": ID})
        wrong = await client.call_tool("users-get_user", {})
        listed = {tool.name for tool in (await client.list_tools()).tools}

    assert json.loads(text(found)) == found.structured_content == {"resource": row}
    assert json.loads(text(deleted)) == {"done": True}
    assert (wrong.is_error, text(wrong)) == (True, "Wrong arguments: uri is missing.")
    assert not listed & tools().keys()


async def test_an_option_lists_them_with_what_only_we_have(api: StandIn, samples: Json) -> None:
    api.on("GET", "/openslot/organization", Reply(json={"resource": OURS}))
    async with Connection(TOKEN, api.url) as connection, Client(make_server(connection, "calendly")) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        me = await client.call_tool("users-get_current_user", {})

    ours = {"explain_time", "list_times_to_move_to", "reschedule_invitee"}
    assert listed.keys() == (PUBLISHED & tools().keys()) | ours
    assert listed["meetings-get_event"].input_schema["required"] == ["uri"]
    assert json.loads(text(me)) == {"resource": samples["user"]}
