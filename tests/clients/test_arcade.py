"""The tools of Arcade, a platform for agents, made of Calendly's document: https://pypi.org/project/arcade-calendly-api."""

import json
from collections.abc import AsyncIterator, Callable
from inspect import iscoroutinefunction
from typing import Any

import arcade_calendly_api.tools as toolkit
import httpx
import pytest
from arcade_tdk import ToolAuthorizationContext, ToolContext
from arcade_tdk.errors import ToolExecutionError

from clients.conftest import INVITATIONS, Calendly
from contract.test_coverage import answered

Json = dict[str, Any]
EXECUTE = toolkit.ToolMode.EXECUTE
TOOLS = {
    name for name, one in vars(toolkit).items() if iscoroutinefunction(one) and not name.startswith("make_request")
}
OF_INVITATIONS = {name for name in TOOLS if "invitation" in name or name.startswith("invite_")}
AWAITED = set() if INVITATIONS in answered() else OF_INVITATIONS
WINDOW = ("2027-01-05T00:00:00Z", "2027-01-06T00:00:00Z")


class Toolkit:
    """Calls tools by name, and remembers which."""

    def __init__(self, calendly: Calendly) -> None:
        self._context = ToolContext(authorization=ToolAuthorizationContext(token=calendly.owner))
        self.called: set[str] = set()

    async def call(self, name: str, **arguments: Any) -> Any:
        self.called.add(name)
        answer = await getattr(toolkit, name)(self._context, **arguments)
        return answer.get("response_json")

    async def send(self, name: str, body: Json, **arguments: Any) -> Any:
        """Call a tool that takes a body as text."""
        return await self.call(name, mode=EXECUTE, request_body=json.dumps(body), **arguments)


@pytest.fixture
async def tools(calendly: Calendly, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Toolkit]:
    async def lead_here(request: httpx.Request) -> None:
        request.url = httpx.URL(calendly.here(str(request.url)))
        request.headers["host"] = request.url.netloc.decode()

    async def keep(answer: httpx.Response) -> None:
        body = await answer.aread()
        address, method = str(answer.request.url), answer.request.method
        calendly.keep(method, address, answer.status_code, json.loads(body) if body else None)

    async with httpx.AsyncClient(event_hooks={"request": [lead_here], "response": [keep]}) as client:
        monkeypatch.setattr(toolkit, "HTTP_CLIENT", client)
        yield Toolkit(calendly)


async def test_every_tool_gets_what_it_wants(calendly: Calendly, tools: Toolkit) -> None:
    await look(calendly, tools)
    await change(calendly, tools)
    await remove(calendly, tools)

    assert TOOLS - tools.called == AWAITED
    assert {one for one in calendly.answered if one.status >= 300} == set()
    assert len(TOOLS) == 51


async def look(calendly: Calendly, tools: Toolkit) -> None:
    call, id_of, uri = tools.call, calendly.id, calendly.uri
    me = (await call("get_user_account_info"))["resource"]
    organization, user, event_type = me["current_organization"], me["uri"], uri("event_types", "event_type")
    assert user == uri("users", "owner")
    await call("get_calendly_user_info", user_unique_identifier=id_of("member"))
    await call("get_organization_details", organization_uuid=id_of("organization"))
    await call("get_organization_memberships", filter_by_organization=organization, filter_by_role="user")
    await call("get_organization_membership_info", organization_membership_uuid=id_of("member_membership"))
    await call("list_event_types", organization_uri=organization, return_active_event_types_only=True)
    await call("get_event_type_info", event_type_uuid=id_of("event_type"))
    await call("fetch_event_type_hosts", event_type_uri=event_type)
    await call("get_event_availability", event_type_uri=event_type)
    await call(
        "list_available_event_times", event_type_uri=event_type,
        availability_start_time=WINDOW[0], availability_end_time=WINDOW[1],
    )  # fmt: skip
    await call("list_user_busy_times", user_uri=user, availability_start_time=WINDOW[0], end_time=WINDOW[1])
    await call("get_user_availability_schedules", user_uri_reference=user)
    await call("get_user_availability_schedule", user_uuid=id_of("schedule"))
    await call("get_user_location_info", user_uri=user)
    await call("get_group_list", organization_uri=organization)
    await call("get_group_info", group_unique_identifier=id_of("group"))
    await call("list_group_relationships", filter_by_organization=organization)
    await call("get_group_relationship_by_uuid", group_relationship_uuid=id_of("relationship"))
    await call("list_routing_forms", organization_uri=organization, sort_order="created_at:desc")
    await call("get_routing_form", routing_form_uuid=id_of("form"))
    await call("list_routing_form_submissions", routing_form_uri=uri("routing_forms", "form"))
    await call("get_routing_form_submission", submission_uuid=id_of("submission"))
    await call("list_activity_log_entries", organization_uri=organization, filter_by_search_term="invitee")
    await call("fetch_outgoing_communications", organization_uri=organization)
    await look_at_events(calendly, tools, organization)


async def look_at_events(calendly: Calendly, tools: Toolkit, organization: str) -> None:
    """Numbers come with a fraction where a model writes them so: the tools' counts are floats."""
    first = await tools.call("list_scheduled_events", organization_uri=organization, number_of_rows_to_return=2.0)
    token = first["pagination"]["next_page_token"]
    following = await tools.call("list_scheduled_events", organization_uri=organization, pagination_token=token)
    assert len(first["collection"]) == 2
    assert following["collection"] != []
    await tools.call("get_event_details", event_unique_identifier=calendly.id("ahead"))
    await tools.call("list_event_invitees", event_uuid=calendly.id("ahead"), invitee_status="active")
    await tools.call(
        "get_event_invitee_info", event_unique_identifier=calendly.id("ahead"),
        invitee_unique_identifier=calendly.id("ahead_invitee"),
    )  # fmt: skip
    await tools.call("get_invitee_no_show_details", invitee_uuid=calendly.id("no_show"))


async def change(calendly: Calendly, tools: Toolkit) -> None:
    event_type, owner = calendly.uri("event_types", "event_type"), calendly.uri("users", "owner")
    organization = calendly.uri("organizations", "organization")
    made = await tools.send("create_event_type", {"owner": owner, "name": "Glaze talk", "duration": 45})
    await tools.send("update_event_type", {"name": "Glazes"}, event_type_uuid=made["resource"]["uri"][-36:])
    tuesdays = {"type": "wday", "wday": "tuesday", "intervals": [{"from": "09:00", "to": "12:00"}]}
    hours = {"timezone": "Europe/Rome", "rules": [tuesdays], "user": owner}
    body = {"availability_rule": hours, "availability_setting": "host"}
    await tools.send("update_event_availability", body, event_type_uri=event_type)
    invitee = {"name": "Ada Example", "email": "ada@example.org", "timezone": "Europe/Rome"}
    booking = {"event_type": event_type, "start_time": "2027-01-05T09:00:00Z", "invitee": invitee}
    await tools.send("create_event_invitee", booking)
    await tools.send("create_custom_share_link", {"event_type": event_type, "name": "A longer tour"})
    days = {"type": "date_range", "start_date": "2027-01-05", "end_date": "2027-01-08"}
    one_off = {"name": "Kiln repair", "host": owner, "duration": 30, "timezone": "Europe/Rome", "date_setting": days}
    await tools.send("create_one_off_event", one_off)
    await tools.call(
        "create_scheduling_link", maximum_event_count=1, resource_owner_link=event_type, resource_type="EventType"
    )
    past = f"{calendly.uri('scheduled_events', 'past')}/invitees/{calendly.id('past_invitee')}"
    marked = await tools.call("mark_invitee_no_show", invitee_id=past)
    await tools.call("undo_invitee_no_show_status", invitee_unique_id=marked["resource"]["uri"][-36:])
    hook = await tools.call(
        "create_webhook_subscription", callback_url="https://agents.example/hook", organization_reference=organization,
        event_subscriptions=["invitee.created", "routing_form_submission.created"],
        webhook_subscription_scope="organization",
    )  # fmt: skip
    id_of_hook = hook["resource"]["uri"][-36:]
    assert (await tools.call("get_webhook_subscription", webhook_identifier=id_of_hook)) == hook
    await tools.call("list_webhook_subscriptions", filter_scope="organization", organization_id=organization)
    await tools.call("delete_webhook_subscription", webhook_uuid=id_of_hook)
    await tools.call(
        "get_sample_webhook_data", organization_identifier=organization, webhook_event_type="invitee.created",
        webhook_scope="user", user_identifier=owner,
    )  # fmt: skip


async def remove(calendly: Calendly, tools: Toolkit) -> None:
    if not AWAITED:
        await invite(calendly, tools)
    await tools.call(
        "cancel_scheduled_event", event_unique_identifier=calendly.id("ahead"), cancellation_reason="A cold"
    )
    await tools.call(
        "remove_user_from_organization", organization_membership_unique_id=calendly.id("member_membership")
    )
    await tools.call("delete_invitee_data", invitee_email_list=["ada@example.org"])
    await tools.call(
        "delete_scheduled_events_data",
        deletion_start_time_utc="2026-01-01T00:00:00Z",
        end_time_utc="2027-01-04T09:30:00Z",
    )


async def invite(calendly: Calendly, tools: Toolkit) -> None:
    organization = calendly.id("organization")
    made = await tools.call(
        "invite_user_to_organization", organization_unique_identifier=organization, user_email="zoe@example.org"
    )
    invitation = made["resource"]["uri"][-36:]
    await tools.call("list_organization_invitations", organization_unique_identifier=organization)
    await tools.call(
        "get_organization_invitation", organization_unique_id=organization, organization_invitation_uuid=invitation
    )
    await tools.call(
        "revoke_organization_invitation", organization_unique_identifier=organization,
        invitation_unique_identifier=invitation,
    )  # fmt: skip


Call = Callable[[Toolkit, Calendly], Any]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda tools, _: tools.send("create_event_invitee", {}),
            "API request failed with validation error: 400",
        ),
        (
            lambda tools, calendly: tools.call("get_event_details", event_unique_identifier=calendly.id("nobody")),
            "Not Found, client error",
        ),
    ],
    ids=["a body that lacks all", "an event that is not there"],
)
async def test_it_shows_what_is_wrong(calendly: Calendly, tools: Toolkit, call: Call, message: str) -> None:
    with pytest.raises(ToolExecutionError) as refused:
        await call(tools, calendly)

    assert message in str(refused.value)
