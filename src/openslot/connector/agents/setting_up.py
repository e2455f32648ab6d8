"""Tools that set things up: links, webhooks, contacts, hours, limits."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.client import operations
from openslot.connector.actions import AsyncConnector
from openslot.connector.agents.answers import ToolResult
from openslot.connector.agents.arguments import Arguments, EventTypeUri, WrongArguments, given_fields
from openslot.connector.agents.records import Record
from openslot.connector.agents.tool import Tool
from openslot.wire import codec
from openslot.wire.availability_schedules import ChangeAvailabilitySchedule, CreateAvailabilitySchedule, Interval
from openslot.wire.bounds import WEEKDAYS
from openslot.wire.common import Resource
from openslot.wire.contacts import CreateContact, NewContactEmail, NewContactPhone, UpdateContact
from openslot.wire.limits import ChangeUserMeetingLimits, UserMeetingLimits
from openslot.wire.scheduling_links import CreateSchedulingLink, SchedulingLink
from openslot.wire.shares import CreateShare, ShareLocation
from openslot.wire.webhooks import CreateWebhookSubscription, WebhookSubscription

_ONE_BOOKING: Literal[1] = 1


class Place(Struct):
    """A location of a link."""

    kind: Annotated[str, Meta(description="As physical, ask_invitee, outbound_call, custom, zoom_conference")]
    location: str | None = None


class MakeLink(Arguments):
    event_type: EventTypeUri
    name: Annotated[str, Meta(description="Another name for it", max_length=55)] | UnsetType = UNSET
    duration: Annotated[int, Meta(description="Minutes, other than the event type's", ge=1, le=720)] | UnsetType = UNSET
    start_date: Annotated[date, Meta(description="First day, with end_date")] | UnsetType = UNSET
    end_date: Annotated[date, Meta(description="Last day, with start_date")] | UnsetType = UNSET
    locations: Annotated[list[Place], Meta(description="In place of the event type's")] | UnsetType = UNSET


class MakeWebhookSubscription(Arguments):
    url: Annotated[str, Meta(description="Where deliveries are sent by POST", max_length=2048)]
    events: Annotated[
        list[str],
        Meta(
            description="As invitee.created, invitee.canceled, invitee_no_show.created, event_type.updated,"
            " routing_form_submission.created (of the organization alone), contact.created",
            min_length=1,
        ),
    ]
    whose: Annotated[
        Literal["mine", "organization", "group"], Meta(description="organization needs an owner's or admin's token")
    ] = "mine"
    group: Annotated[str, Meta(description="URI of the group, for whose: group")] | UnsetType = UNSET
    signing_key: (
        Annotated[str, Meta(description="Signs deliveries, so that the receiver can check them", max_length=255)]
        | UnsetType
    ) = UNSET


class SaveContact(Arguments):
    contact: Annotated[str, Meta(description="URI of the one to change; a new one if left out")] | UnsetType = UNSET
    name: Annotated[str, Meta(description="Needed for a new one", max_length=255)] | UnsetType = UNSET
    emails: (
        Annotated[
            list[str],
            Meta(description="All addresses, the primary one first; needed for a new one", min_length=1, max_length=10),
        ]
        | UnsetType
    ) = UNSET
    phone_numbers: Annotated[list[str], Meta(description="All numbers, with country code")] | UnsetType = UNSET
    timezone: Annotated[str, Meta(description="IANA time zone")] | UnsetType = UNSET
    job_title: Annotated[str, Meta(description="As it is known", max_length=255)] | UnsetType = UNSET
    company: Annotated[str, Meta(description="As it is known", max_length=255)] | UnsetType = UNSET
    country: Annotated[str, Meta(description="ISO 3166-1 alpha-2, as IT")] | UnsetType = UNSET
    city: Annotated[str, Meta(description="As it is known", max_length=255)] | UnsetType = UNSET


class DayHours(Struct):
    """The hours of a weekday, or of one date."""

    day: Annotated[str, Meta(description="monday to sunday, or a date as 2031-04-10")]
    intervals: Annotated[list[Interval], Meta(description="hh:mm by the clock of the zone; none: closed")]


class SaveSchedule(Arguments):
    schedule: Annotated[str, Meta(description="URI of the one to change; a new one if left out")] | UnsetType = UNSET
    name: Annotated[str, Meta(description="Needed for a new one", max_length=255)] | UnsetType = UNSET
    timezone: Annotated[str, Meta(description="IANA time zone; needed for a new one")] | UnsetType = UNSET
    hours: (
        Annotated[
            list[DayHours],
            Meta(description="All hours from now on: a weekday that is not named is closed; needed for a new one"),
        ]
        | UnsetType
    ) = UNSET
    default: Annotated[Literal[True], Meta(description="Make it the user's default one")] | UnsetType = UNSET


_Limit = Annotated[int, Meta(description="At most so many; 0: any number", ge=0)] | UnsetType


class SetLimits(Arguments):
    daily: _Limit = UNSET
    weekly: _Limit = UNSET
    monthly: _Limit = UNSET


async def create_scheduling_link(connector: AsyncConnector, given: MakeLink) -> ToolResult:
    send = connector.connection.async_client.send
    changes = given_fields(given, without="event_type")
    if not changes:
        body = CreateSchedulingLink(_ONE_BOOKING, given.event_type, "EventType")
        return ToolResult(body=Resource(await send(operations.CreateSchedulingLink(body))))
    places = changes.pop("locations", None)
    if places is not None:
        changes["location_configurations"] = [
            ShareLocation(kind=one.kind, location=one.location, position=index) for index, one in enumerate(places)
        ]
    if "start_date" in changes or "end_date" in changes:
        changes["period_type"] = "fixed"
    share = await send(operations.CreateShare(CreateShare(event_type=given.event_type, **changes)))
    return ToolResult(body=Resource(share.scheduling_links[0]))


async def create_webhook_subscription(connector: AsyncConnector, given: MakeWebhookSubscription) -> ToolResult:
    """Subscribe to events.

    Raises:
        WrongArguments: the group is missing.
    """
    me = await connector.connection.ame()
    if given.whose == "group" and given.group is UNSET:
        raise WrongArguments("whose: group needs group, the URI of one")
    scope: Literal["user", "organization", "group"] = "user" if given.whose == "mine" else given.whose
    body = CreateWebhookSubscription(
        url=given.url,
        events=given.events,
        organization=me.current_organization,
        scope=scope,
        user=me.uri if scope == "user" else None,
        group=given.group or None if scope == "group" else None,
        signing_key=given.signing_key or None,
    )
    made = await connector.connection.async_client.send(operations.CreateWebhookSubscription(body))
    return ToolResult(body=Resource(made))


async def save_contact(connector: AsyncConnector, given: SaveContact) -> ToolResult:
    values = given_fields(given, without="contact")
    if "emails" in values:
        values["emails"] = [NewContactEmail(one, index == 0) for index, one in enumerate(values["emails"])]
    if "phone_numbers" in values:
        values["phone_numbers"] = [NewContactPhone(one) for one in values["phone_numbers"]]
    send = connector.connection.async_client.send
    if given.contact is not UNSET:
        changed = await send(operations.UpdateContact(given.contact, UpdateContact(**values)))
        return ToolResult(body=Resource(changed))
    _require(values, "name", "emails")
    return ToolResult(body=Resource(await send(operations.CreateContact(CreateContact(**values)))))


async def save_availability_schedule(connector: AsyncConnector, given: SaveSchedule) -> ToolResult:
    values = given_fields(given, without="schedule")
    if "hours" in values:
        values["rules"] = _rules(values.pop("hours"))
    send = connector.connection.async_client.send
    if given.schedule is not UNSET:
        change = ChangeAvailabilitySchedule(**values)
        return ToolResult(body=Resource(await send(operations.UpdateAvailabilitySchedule(given.schedule, change))))
    is_default = values.pop("default", False)
    _require({**values, "hours": values.get("rules")} if "rules" in values else values, "name", "timezone", "hours")
    made = await send(operations.CreateAvailabilitySchedule(CreateAvailabilitySchedule(**values)))
    if is_default:
        made = await send(operations.UpdateAvailabilitySchedule(made.uri, ChangeAvailabilitySchedule(default=True)))
    return ToolResult(body=Resource(made))


async def set_meeting_limits(connector: AsyncConnector, given: SetLimits) -> ToolResult:
    values = {name: value or None for name, value in given_fields(given).items()}
    call = operations.UpdateUserMeetingLimits(body=ChangeUserMeetingLimits(**values))
    return ToolResult(body=Resource(await connector.connection.async_client.send(call)))


def _rules(hours: Sequence[DayHours]) -> list[dict[str, Any]]:
    """The rules of a schedule, which need one for every weekday.

    Raises:
        WrongArguments: a day is none.
    """
    named = {one.day.lower(): msgspec.to_builtins(one.intervals) for one in hours}
    rules = [{"type": "wday", "wday": day, "intervals": named.pop(day, [])} for day in WEEKDAYS]
    for day, intervals in named.items():
        try:
            codec.convert(day, date)
        except msgspec.ValidationError as exc:
            raise WrongArguments(f"day {day!r} is neither a weekday nor a date as 2031-04-10") from exc
        rules.append({"type": "date", "date": day, "intervals": intervals})
    return rules


def _require(values: Mapping[str, Any], *names: str) -> None:
    if missing := [name for name in names if name not in values]:
        raise WrongArguments(f"a new one needs {' and '.join(missing)}")


TOOLS: Sequence[Tool] = (
    Tool(
        name="create_scheduling_link",
        title="Create Scheduling Link",
        description="A link at which an event type can be booked once, as it is or with changes for this link alone.",
        arguments=MakeLink,
        answer=Resource[SchedulingLink],
        run=create_scheduling_link,
        read_only=False,
    ),
    Tool(
        name="create_webhook_subscription",
        title="Create Webhook Subscription",
        description="Have events delivered to a URL. Ask the user before you do: deliveries hold personal data."
        " delete_record ends it.",
        arguments=MakeWebhookSubscription,
        answer=Resource[WebhookSubscription],
        run=create_webhook_subscription,
        read_only=False,
    ),
    Tool(
        name="save_contact",
        title="Save Contact",
        description="Add a contact of the user, or change one; what is left out stays.",
        arguments=SaveContact,
        answer=Record,
        run=save_contact,
        read_only=False,
        destructive=True,
    ),
    Tool(
        name="save_availability_schedule",
        title="Save Availability Schedule",
        description="Add named hours of the user, or change them, and with them every event type that has them; what is"
        " left out stays.",
        arguments=SaveSchedule,
        answer=Record,
        run=save_availability_schedule,
        read_only=False,
        destructive=True,
    ),
    Tool(
        name="set_meeting_limits",
        title="Set Meeting Limits",
        description="How many meetings the user has at most in a day, week and month, over all event types; what is"
        " left out stays.",
        arguments=SetLimits,
        answer=Resource[UserMeetingLimits],
        run=set_meeting_limits,
        read_only=False,
        destructive=True,
        idempotent=True,
    ),
)
