"""Tools for what is not a meeting: lists of it, one of it by its URI, and deleting it."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.client import operations
from openslot.client.operation import All, Nothing, Operation
from openslot.connector.actions import AsyncConnector
from openslot.connector.agents.answers import Done, ToolResult
from openslot.connector.agents.arguments import Arguments, Count, PageToken, WrongArguments
from openslot.connector.agents.tool import Tool
from openslot.wire.common import Page, Pagination, Resource
from openslot.wire.users import User

_PLACE = re.compile(r"/([a-z_]+)/[A-Za-z0-9_-]+/?$")
_Kind = Literal[
    "webhook_subscriptions", "routing_forms", "routing_form_submissions", "groups", "group_members", "members",
    "teams", "availability_schedules", "meeting_limits", "contacts", "contact_lists", "notes", "locations",
]  # fmt: skip


class ListRecords(Arguments):
    kind: Annotated[_Kind, Meta(description="members: of the organization; locations: kinds that a user can choose")]
    of: (
        Annotated[
            str,
            Meta(
                description="URI of whose: a form (routing_form_submissions, needed), a contact (notes, needed), a"
                " group (group_members), a contact list (contacts), a user (availability_schedules, meeting_limits,"
                " locations, teams), a user, group or the organization (webhook_subscriptions). Left out: the user's,"
                " or the whole organization's"
            ),
        ]
        | UnsetType
    ) = UNSET
    search: (
        Annotated[str, Meta(description="contacts: part of a name, or an e-mail address; members: an e-mail address")]
        | UnsetType
    ) = UNSET
    count: Count | UnsetType = UNSET
    page_token: PageToken | UnsetType = UNSET


class GetRecord(Arguments):
    uri: Annotated[str, Meta(description="URI, as another tool returned it")]


class DeleteRecord(Arguments):
    uri: Annotated[str, Meta(description="URI of a webhook subscription or a contact, as list_records returned it")]


class Records(Struct):
    """Any records; each has the fields of its kind."""

    collection: list[dict[str, Any]]


class Record(Struct):
    """Any record."""

    resource: dict[str, Any]


def _paged(given: ListRecords) -> dict[str, Any]:
    return {"count": given.count or None, "page_token": given.page_token or None}


def _webhook_subscriptions(given: ListRecords, me: User) -> Operation[Any]:
    uri = given.of or me.uri
    of = _resource_of(uri)
    scope = {"users": "user", "groups": "group", "organizations": "organization"}.get(of)
    if scope is None:
        raise WrongArguments("of is the URI of a user, a group or the organization")
    owner: dict[str, Any] = {} if scope == "organization" else {scope: uri}
    return operations.ListWebhookSubscriptions(
        organization=me.current_organization, scope=scope, **owner, **_paged(given)
    )


def _contacts(given: ListRecords, _: User) -> Operation[Any]:
    words = given.search or None
    sought: dict[str, Any] = {} if words is None else {"email" if "@" in words else "name": words}
    return operations.ListContacts(contact_list=given.of or None, **sought, **_paged(given))


_LISTS: Mapping[str, Callable[[ListRecords, User], Operation[Any]]] = {
    "webhook_subscriptions": _webhook_subscriptions,
    "routing_forms": lambda given, me: operations.ListRoutingForms(
        organization=me.current_organization, **_paged(given)
    ),
    "routing_form_submissions": lambda given, _: operations.ListRoutingFormSubmissions(
        form=_needed(given, "a routing form"), **_paged(given)
    ),
    "groups": lambda given, me: operations.ListGroups(organization=me.current_organization, **_paged(given)),
    "group_members": lambda given, me: operations.ListGroupRelationships(
        organization=me.current_organization, group=given.of or None, **_paged(given)
    ),
    "members": lambda given, me: operations.ListOrganizationMemberships(
        organization=me.current_organization, email=given.search or None, **_paged(given)
    ),
    "teams": lambda given, _: operations.ListTeams(user=given.of or None, **_paged(given)),
    "availability_schedules": lambda given, me: operations.ListAvailabilitySchedules(given.of or me.uri),
    "meeting_limits": lambda given, me: operations.ListUserMeetingLimits(user=given.of or me.uri),
    "contacts": _contacts,
    "contact_lists": lambda _, __: operations.ListContactLists(),
    "notes": lambda given, _: operations.ListNotes(contact=_needed(given, "a contact"), **_paged(given)),
    "locations": lambda given, me: operations.ListLocations(given.of or me.uri),
}
"""The call that lists each kind."""
_ONE: Mapping[str, type[Operation[Any]]] = {
    "users": operations.GetUser,
    "organizations": operations.GetOrganization,
    "organization_memberships": operations.GetOrganizationMembership,
    "webhook_subscriptions": operations.GetWebhookSubscription,
    "routing_forms": operations.GetRoutingForm,
    "routing_form_submissions": operations.GetRoutingFormSubmission,
    "groups": operations.GetGroup,
    "group_relationships": operations.GetGroupRelationship,
    "teams": operations.GetTeam,
    "user_availability_schedules": operations.GetAvailabilitySchedule,
    "contacts": operations.GetContact,
    "contact_lists": operations.GetContactList,
    "notes": operations.GetNote,
}
"""The call that reads what a URI names, by the resource in its path."""
_DELETIONS: Mapping[str, type[Nothing]] = {
    "webhook_subscriptions": operations.DeleteWebhookSubscription,
    "contacts": operations.DeleteContact,
}


async def list_records(connector: AsyncConnector, given: ListRecords) -> ToolResult:
    call = _LISTS[given.kind](given, await connector.connection.ame())
    answer = await connector.connection.async_client.send(call)
    if isinstance(call, All):
        # all that there is: pages of one kind and lists of another are the same to an agent
        answer = Page(answer, Pagination(count=len(answer), next_page=None, previous_page=None))
    return ToolResult(body=answer)


async def get_record(connector: AsyncConnector, given: GetRecord) -> ToolResult:
    """Read what a URI names.

    Raises:
        WrongArguments: no such thing is read by this tool.
    """
    kind = _ONE.get(_resource_of(given.uri))
    if kind is None:
        raise WrongArguments(f"uri names none of these: {', '.join(_ONE)}")
    return ToolResult(body=Resource(await connector.connection.async_client.send(_named(kind, given.uri))))


async def delete_record(connector: AsyncConnector, given: DeleteRecord) -> ToolResult:
    """Delete what a URI names.

    Raises:
        WrongArguments: no such thing is deleted by this tool.
    """
    kind = _DELETIONS.get(_resource_of(given.uri))
    if kind is None:
        raise WrongArguments(f"uri names none of these: {', '.join(_DELETIONS)}")
    await connector.connection.async_client.send(_named(kind, given.uri))
    return ToolResult(body=Done())


def _resource_of(uri: str) -> str:
    found = _PLACE.search(uri)
    return found[1] if found else ""


def _named(kind: type[Operation[Any]], uri: str) -> Operation[Any]:
    """The call, whose only place in the path is named differently in each."""
    made: Operation[Any] = kind(**{kind.__struct_fields__[0]: uri})
    return made


def _needed(given: ListRecords, what: str) -> str:
    if given.of is UNSET:
        raise WrongArguments(f"{given.kind} needs of, the URI of {what}")
    return given.of


TOOLS: Sequence[Tool] = (
    Tool(
        name="list_records",
        title="List Records",
        description="Lists what is neither an event type nor a meeting: webhook subscriptions, routing forms and their"
        " submissions, groups and who is in them, members, teams, availability schedules, meeting limits, contacts,"
        " contact lists, notes.",
        arguments=ListRecords,
        answer=Records,
        run=list_records,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="get_record",
        title="Get Record",
        description="One of what list_records lists, or a user, by its URI: a routing form with its questions, a"
        " schedule with its hours, a contact.",
        arguments=GetRecord,
        answer=Record,
        run=get_record,
        read_only=True,
        idempotent=True,
    ),
    Tool(
        name="delete_record",
        title="Delete Record",
        description="Delete a webhook subscription, or a contact with the notes about it, for good. Ask the user before"
        " you do.",
        arguments=DeleteRecord,
        answer=Done,
        run=delete_record,
        read_only=False,
        destructive=True,
        idempotent=True,
    ),
)
