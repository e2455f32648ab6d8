"""The tools of Calendly's own server, by its names: clients and skills written for it work with this one.

A name is ``family-operation``, and each is a call of the API: the client's declarations know the rest. So every call
has a name, also those for which Calendly has published none. Source: since-september, section 4; ADR 0042.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from openslot.client import operations
from openslot.client.operation import All, Nothing, One, Operation
from openslot.connector.actions import AsyncConnector
from openslot.connector.agents.answers import Done, ToolResult
from openslot.connector.agents.arguments import WrongArguments
from openslot.connector.agents.tool import Tool
from openslot.wire import codec
from openslot.wire.common import Collection, Resource

PUBLISHED = frozenset({
    "availability-get_user_availability_schedule",
    "availability-list_user_availability_schedules",
    "availability-list_user_busy_times",
    "event_types-create_event_type",
    "event_types-get_event_type",
    "event_types-list_event_type_availability_schedule",
    "event_types-list_event_type_available_times",
    "event_types-list_event_types",
    "event_types-update_event_type",
    "event_types-update_event_type_availability_schedule",
    "locations-list_user_meeting_locations",
    "meetings-cancel_event",
    "meetings-create_invitee",
    "meetings-create_invitee_no_show",
    "meetings-delete_invitee_no_show",
    "meetings-get_event",
    "meetings-get_event_invitee",
    "meetings-get_invitee_no_show",
    "meetings-list_event_invitees",
    "meetings-list_events",
    "organizations-create_organization_invitation",
    "organizations-delete_organization_membership",
    "organizations-get_organization",
    "organizations-get_organization_membership",
    "organizations-list_organization_invitations",
    "organizations-list_organization_memberships",
    "organizations-revoke_organization_invitation",
    "routing_forms-get_routing_form",
    "routing_forms-get_routing_form_submission",
    "routing_forms-list_routing_form_submissions",
    "routing_forms-list_routing_forms",
    "scheduling_links-create_single_use_scheduling_link",
    "shares-create_share",
    "users-get_current_user",
    "users-get_user",
})  # fmt: skip
"""The names in Calendly's list of supported tools, seen in public repositories of November 2026.

The two of its skills, ``list_calendly_skills`` and ``load_calendly_skill``, are texts of Calendly's and no calls.
"""
_FAMILIES = {
    "scheduled_events": "meetings",
    "invitees": "meetings",
    "no_shows": "meetings",
    "invitations": "organizations",
    "webhook_subscriptions": "webhooks",
}
"""The families of operations, by the file that declares them, where it is named differently."""
_NAMES = {
    "CancelEvent": "meetings-cancel_event",
    "CreateAvailabilitySchedule": "availability-create_user_availability_schedule",
    "CreateEventInvitee": "meetings-create_invitee",
    "CreateSchedulingLink": "scheduling_links-create_single_use_scheduling_link",
    "CreateShare": "shares-create_share",
    "CreateSoloEventType": "event_types-create_event_type",
    "DeleteOrganizationInvitation": "organizations-revoke_organization_invitation",
    "GetAvailabilitySchedule": "availability-get_user_availability_schedule",
    "GetScheduledEvent": "meetings-get_event",
    "ListAvailabilitySchedules": "availability-list_user_availability_schedules",
    "ListEventTypeAvailabilitySchedules": "event_types-list_event_type_availability_schedule",
    "ListLocations": "locations-list_user_meeting_locations",
    "ListScheduledEvents": "meetings-list_events",
    "UpdateAvailabilitySchedule": "availability-update_user_availability_schedule",
    "UpdateEventTypeAvailabilitySchedule": "event_types-update_event_type_availability_schedule",
    "UpdateSoloEventType": "event_types-update_event_type",
}
"""The names of operations that are called differently in the two."""
_BODIES = {
    "CancelEvent": "create_scheduled_event_cancellation_request",
    "CreateEventInvitee": "post_invitee_request",
    "CreateSchedulingLink": "create_scheduling_link_request",
    "UpdateEventTypeAvailabilitySchedule": "update_event_type_availability_request",
}
"""The arguments that hold a body, where they are named differently from their tool."""
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_PLACE = re.compile(r"\{(\w+)\}")
_BODY = "body"
_DESTRUCTIVE = frozenset({"PATCH", "PUT", "DELETE"})
_TAKES_AWAY = frozenset(
    {"CancelEvent", "RemoveContactListMemberships", "DeleteInviteeData", "DeleteScheduledEventData"}
)
"""Operations that take something away by POST."""


@cache
def tools() -> Mapping[str, Tool]:
    """A tool for each operation, by its name at Calendly's server, or as it would be named there."""
    kinds: list[type[Operation[Any]]] = [getattr(operations, name) for name in operations.__all__]
    return {tool.name: tool for tool in sorted(map(_tool, kinds), key=lambda tool: tool.name)}


def _tool(kind: type[Operation[Any]]) -> Tool:
    name = _name(kind)

    async def run(connector: AsyncConnector, call: Operation[Any]) -> ToolResult:
        answer = await connector.connection.async_client.send(call)
        if issubclass(kind, One):
            answer = Resource(answer)
        elif issubclass(kind, All):
            answer = Collection(answer)
        return ToolResult(body=Done() if issubclass(kind, Nothing) else answer, is_plain=True)

    return Tool(
        name=name,
        title=_WORD.sub(" ", kind.__name__),
        description=" ".join((kind.__doc__ or name).replace("``", "`").split()),
        arguments=_arguments(kind, name),
        answer=kind.envelope() or Done,
        run=run,
        read_only=kind.method == "GET",
        destructive=kind.method in _DESTRUCTIVE or kind.__name__ in _TAKES_AWAY,
        idempotent=kind.method in {"GET", "DELETE", "PATCH", "PUT"},
        read=lambda given: _read(kind, given),
    )


def _name(kind: type[Operation[Any]]) -> str:
    family = kind.__module__.rpartition(".")[2]
    operation = _WORD.sub("_", kind.__name__).lower()
    return _NAMES.get(kind.__name__) or f"{_FAMILIES.get(family, family)}-{operation}"


def _uris(kind: type[Operation[Any]]) -> dict[str, str]:
    """The arguments that fill the path, by the places that they fill: ``uri``, or where there are several, of what."""
    places = _PLACE.findall(kind.path)
    return {
        place: "uri" if place == "uuid" or len(places) == 1 else f"{place.removesuffix('_uuid')}_uri"
        for place in places
    }


def _body_name(kind: type[Operation[Any]], name: str) -> str:
    return _BODIES.get(kind.__name__) or f"{name.partition('-')[2]}_request"


def _arguments(kind: type[Operation[Any]], name: str) -> type[Struct]:
    """The shape of the arguments, as Calendly's server names them."""
    uris = _uris(kind)
    fields: list[Any] = []
    for field in msgspec.structs.fields(kind):
        named = _body_name(kind, name) if field.name == _BODY else uris.get(field.name, field.name)
        fields.append((named, field.type) if field.required else (named, field.type | UnsetType, UNSET))
    return msgspec.defstruct(kind.__name__, fields, kw_only=True, forbid_unknown_fields=True)


def _read(kind: type[Operation[Any]], given: Mapping[str, Any]) -> Operation[Any]:
    """The call that a tool is given; ids may be URIs, and the fields of a body stand by themselves, or in an object.

    Raises:
        WrongArguments: they are none of the operation's, or do not fit.
    """
    left = {name: value for name, value in given.items() if value is not None}
    values: dict[str, Any] = {}
    uris = _uris(kind)
    for place, uri in uris.items():
        names = [uri, place, *(["uuid"] if len(uris) == 1 else [])]
        found = next((name for name in names if name in left), None)
        if found is None:
            raise WrongArguments(f"{uri} is missing")
        values[place] = left.pop(found)
    for name in kind.__struct_fields__:
        if name != _BODY and name in left:
            values[name] = left.pop(name)
    if _BODY in kind.__struct_fields__:
        body = _body(left)
        if body:
            values[_BODY] = body
        left = {}
    if left:
        raise WrongArguments(f"there is no argument {next(iter(left))}")
    try:
        return codec.convert(values, kind, strict=False)
    except msgspec.ValidationError as exc:
        raise WrongArguments(str(exc)) from exc


def _body(left: Mapping[str, Any]) -> Any:
    """The body among the arguments that nothing else takes; an object may come as JSON in a text."""
    names = [name for name in left if name.endswith("_request") or name == _BODY]
    if len(left) != 1 or not names:
        return dict(left)
    [body] = left.values()
    if isinstance(body, str):
        try:
            return json.loads(body)
        except ValueError:
            return {"reason": body}  # of a cancellation, which has nothing else
    return body
