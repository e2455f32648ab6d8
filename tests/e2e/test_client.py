"""Every operation that the client declares, sent to a running server.

It answers as the OpenAPI document says, and with nothing that has no name.
"""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from inspect import getmembers, isclass
from time import monotonic
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest
from msgspec import Struct
from msgspec.structs import replace

from described import committed
from factories import Member, make_member
from openslot.api.extensions.exports import MEDIA_TYPE
from openslot.client import Client, Conflict, InvalidArgument, NoAnswer, Operation, extensions, operations
from openslot.client.messages import Request, Response
from openslot.client.operation import Lines, Sortable
from openslot.client.transport import BlockingTransport
from openslot.core.schedule_rules import WEEKDAYS
from openslot.db import embedded
from openslot.db.pool import connected
from openslot.wire import (
    bookings,
    contact_fields,
    contact_lists,
    contacts,
    erasures,
    event_type_settings,
    groups,
    invitations,
    invitees,
    meeting_recaps,
    notes,
    one_off_event_types,
    sandboxes,
    scheduling_links,
    shares,
    teams,
    webhook_audit,
    webhooks,
)
from openslot.wire.access_tokens import CreateAccessToken
from openslot.wire.availability_schedules import (
    ChangeAvailabilitySchedule,
    ChangeSchedule,
    CreateAvailabilitySchedule,
    CreateSchedule,
)
from openslot.wire.codec import Timestamp, parse_instant
from openslot.wire.common import Open, Page
from openslot.wire.days_off import CreateDaysOff
from openslot.wire.event_type_availability_schedules import ChangeEventTypeAvailabilitySchedule, ChangeHostHours
from openslot.wire.event_types import ChangeSoloEventType, CreateSoloEventType
from openslot.wire.limits import ChangeUserMeetingLimits, PutLimit
from openslot.wire.mail_templates import PutMailTemplate
from openslot.wire.no_shows import CreateNoShow
from openslot.wire.oauth_applications import ChangeOAuthApplication, CreateOAuthApplication
from openslot.wire.preferences import ChangeHostPreferences, ChangeOrganizationPreferences
from openslot.wire.trips import CreateTrip
from running import PATIENCE_SECONDS, Service, free_port, offer, run_openslot, send_routing_form

R = TypeVar("R")
HOURS = [{"type": "wday", "wday": "monday", "intervals": [{"from": "09:00", "to": "12:00"}]}]


class Listening:
    """A transport that keeps the last exchange."""

    def __init__(self, transport: BlockingTransport) -> None:
        self._transport = transport
        self.last: tuple[Request, Response]

    def send(self, request: Request) -> Response | NoAnswer:
        answer = self._transport.send(request)
        if isinstance(answer, Response):
            self.last = request, answer
        return answer

    def close(self) -> None:
        self._transport.close()


OF_SANDBOXES = {
    "GetSandbox", "ListKeptMails", "ListKeptWebhooks", "MoveClock", "ResetSandbox", "UpdateSandbox",
}  # fmt: skip


class Sender:
    """A client that remembers which operations it sent, and looks whether they are described as they are."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._listening = Listening(client._transport)
        client._transport = cast("BlockingTransport", self._listening)
        self._described = committed()
        self.sent: set[type[Operation[Any]]] = set()

    def __call__(self, operation: Operation[R]) -> R:
        answer = self._client.send(operation)
        self.check_description(operation)
        if isinstance(operation, Sortable):
            self.check_sorting(operation)
        self.sent.add(type(operation))
        assert list(nameless(answer)) == [], type(operation).__name__
        return answer

    def check_description(self, operation: Operation[Any]) -> None:
        """See that request and answer are what the document says of them."""
        request, answer = self._listening.last
        key = operation.method, operation.path
        described = self._described.operations()[key]
        assert {status for status in described["responses"] if status < "300"} == {str(answer.status)}, key
        if isinstance(operation, Lines):
            for line in answer.content.splitlines():
                self._described.check_answer(*key, answer.status, json.loads(line), kind=MEDIA_TYPE)
        else:
            self._described.check_answer(*key, answer.status, json.loads(answer.content) if answer.content else None)
        if request.content is not None:
            self._described.check_body(*key, json.loads(request.content))

    def check_sorting(self, listing: Sortable[Any]) -> None:
        """See that a list can be sorted by the fields that its declaration names, and by no other."""
        for field in listing.sort_fields:
            self._client.send(replace(listing, sort=f"{field}:desc,{field}"))
        others = {"created_at", "updated_at", "name", "position", "start_time", "sequence"} - {*listing.sort_fields}
        for field in others:
            with pytest.raises(InvalidArgument):
                self._client.send(replace(listing, sort=field))
        usual = self._client.send(replace(listing, sort=listing.usual_sort))
        assert rows(usual) == rows(self._client.send(listing))


def rows(page: Page[Any]) -> list[str]:
    """Which resources are on a page, in order."""
    return [getattr(one, "uri", repr(one)) for one in page.collection]


def nameless(value: object) -> Iterator[tuple[str, dict[str, Any]]]:
    """What came with an answer and has no field."""
    if isinstance(value, list):
        for one in value:
            yield from nameless(one)
    elif isinstance(value, Struct):
        if isinstance(value, Open) and value.unknown:
            yield type(value).__name__, value.unknown
        for name in value.__struct_fields__:
            yield from nameless(getattr(value, name))


def declared() -> set[type[Operation[Any]]]:
    return {
        kind
        for module in (operations, extensions)
        for _, kind in getmembers(module, isclass)
        if issubclass(kind, Operation) and kind.__module__.startswith(module.__name__)
    }


@pytest.fixture
def send(demo: Service) -> Iterator[Sender]:
    with Client(demo.token, demo.api_url) as client:
        yield Sender(client)


def test_every_operation_answers_as_it_is_declared(demo: Service, send: Sender) -> None:
    place = offer(demo)
    me = send(operations.GetCurrentUser())
    organization = me.current_organization
    window = parse_instant(place.starts[0]), parse_instant(place.starts[0]) + timedelta(days=7)

    send(operations.GetUser(me.uri))
    send(operations.ListEventTypes(organization=organization, count=2))
    send(operations.GetEventType(place.uri))
    send(operations.ListEventTypeAvailableTimes(place.uri, *window))
    look_after_invitees(send, me.uri, place.uri, place.starts)
    change_a_class(send, demo)
    look_at_members(send, organization, me.uri, place.uri)
    remove_a_member(send, demo, organization)
    invite_somebody(send, organization)
    plan_the_week(send, me.uri)
    make_links(send, me.uri, place.uri)
    look_after_groups(send, organization, me.uri)
    look_after_teams(send, me.uri)
    keep_contacts(send)
    listen(send, demo, organization, place.uri)
    bound_availability(send, me.uri)
    make_solo_event_types(send, me.uri)
    make_event_types(send, place.uri, offer(demo, "talk-to-the-team").uri)
    send(operations.ListActivityLogEntries(organization=organization, count=1000, namespace="event_type"))
    send(operations.ListOutgoingCommunications(organization=organization))
    erase(send)

    assert {kind.__name__ for kind in declared() - send.sent} == {
        "ApproveBookingRequest",  # a request is made on the page alone: tests/pages/test_requests.py
        "RefuseBookingRequest",
        *OF_SANDBOXES,
    }


def test_so_does_every_operation_of_a_sandbox(own_demo: Service) -> None:
    arguments = ("--organization", "Tests", "--name", "Tester", "--email", "tester@example.com")
    printed = run_openslot("init", "--sandbox", *arguments, "--json", "--data-dir", str(own_demo.data_dir)).stdout
    with Client(json.loads(printed)["token"], own_demo.api_url) as client:
        send = Sender(client)
        send(extensions.GetSandbox())
        send(extensions.UpdateSandbox(sandboxes.ChangeSandbox(mail="kept", plan=None)))
        send(extensions.MoveClock(sandboxes.MoveClock(advance_seconds=60)))
        me = send(operations.GetCurrentUser())
        wanted = webhooks.CreateWebhookSubscription(
            "http://127.0.0.1:8999/", ["event_type.created"], me.current_organization, "organization"
        )
        send(operations.CreateWebhookSubscription(wanted))
        send(extensions.CreateEventType(event_type_settings.CreateEventType(name="Kiln tour", duration=30)))
        assert len(send(extensions.ListKeptWebhooks(event="event_type.created")).collection) == 1
        send(extensions.ListKeptMails(to="nobody@example.com"))
        send(extensions.ResetSandbox())

    assert {kind.__name__ for kind in send.sent} >= OF_SANDBOXES


def look_after_invitees(send: Sender, user: str, event_type: str, starts: list[str]) -> None:
    who = invitees.NewInvitee("client@example.org", "Europe/Rome", name="Client Example")

    def at(start: str) -> Timestamp:
        return Timestamp.of(parse_instant(start))

    booked = send(operations.CreateEventInvitee(invitees.CreateInvitee(event_type, at(starts[-7]), who)))
    send(operations.ListScheduledEvents(user=user, status="active", count=1))
    send(operations.GetScheduledEvent(booked.event))
    send(operations.ListEventInvitees(uuid=booked.event))
    send(operations.GetEventInvitee(booked.event, booked.uri))
    send(extensions.GetInvitee(booked.uri))
    mark = send(operations.CreateInviteeNoShow(CreateNoShow(booked.uri)))
    send(operations.GetInviteeNoShow(mark.uri))
    send(operations.DeleteInviteeNoShow(mark.uri))
    keep_a_recap(send, booked.event)
    send(operations.CancelEvent(booked.event))

    hold = send(extensions.CreateHold(bookings.CreateHold(event_type, at(starts[-9]))))
    again = bookings.CreateBooking(event_type, at(starts[-9]), who, hold=hold.token)
    moving = send(extensions.CreateBooking(again))
    send(extensions.ListMoves(moving.uri, parse_instant(starts[0]), parse_instant(starts[0]) + timedelta(days=7)))
    moved = send(extensions.RescheduleInvitee(moving.uri, bookings.RescheduleInvitee(at(starts[-11]))))
    send(extensions.CancelInvitee(moved.uri, bookings.CancelInvitee("tried")))
    hold = send(extensions.CreateHold(bookings.CreateHold(event_type, at(starts[-13]))))
    send(extensions.EndHold(bookings.EndHold(hold.token)))
    hold = send(extensions.CreateHold(bookings.CreateHold(event_type, at(starts[-15]))))
    send(extensions.ListHolds())
    send(extensions.DeleteHold(hold.uri))
    send(extensions.ListBookingRequests())


def keep_a_recap(send: Sender, event: str) -> None:
    words = meeting_recaps.PutMeetingRecap(event=event, summary_md="Two ovens", transcript="Client: Two.")
    made = send(extensions.PutMeetingRecap(words))
    send(operations.ListMeetingRecaps(event=event, attendee="client@example.org"))
    send(operations.GetMeetingRecap(made.uri))
    send(operations.GetMeetingRecapTranscript(made.uri))
    send(operations.UpdateMeetingRecap(made.uri, meeting_recaps.UpdateMeetingRecap(discussion_md=None)))
    send(operations.DeleteMeetingRecap(made.uri))


def change_a_class(send: Sender, demo: Service) -> None:
    lesson = offer(demo, "glaze-class")
    who = invitees.NewInvitee("client@example.org", "Europe/Rome", name="Client Example")
    start = Timestamp.of(parse_instant(lesson.starts[-1]))
    booked = send(operations.CreateEventInvitee(invitees.CreateInvitee(lesson.uri, start, who)))
    send(extensions.UpdateScheduledEvent(booked.event, bookings.ChangeScheduledEvent(9)))
    send(operations.CancelEvent(booked.event))


def look_at_members(send: Sender, organization: str, user: str, event_type: str) -> None:
    send(operations.GetOrganization(organization))
    send(operations.ListEventTypeMemberships(event_type=event_type))
    (membership,) = send(operations.ListOrganizationMemberships(user=user)).collection
    send(operations.GetOrganizationMembership(membership.uri))
    send(operations.ListUserMeetingLimits(user=user))
    send(operations.UpdateUserMeetingLimits(body=ChangeUserMeetingLimits(daily=50)))
    send(operations.UpdateUserMeetingLimits(body=ChangeUserMeetingLimits(daily=None)))


def remove_a_member(send: Sender, demo: Service, organization: str) -> None:
    server = embedded.find(demo.data_dir)
    assert server is not None

    async def add() -> Member:
        async with connected(server.conninfo) as conn:
            return await make_member(conn, UUID(organization.rpartition("/")[2]), role="user", now=datetime.now(UTC))

    email = asyncio.run(add()).user.email
    (added,) = send(operations.ListOrganizationMemberships(organization=organization, email=email)).collection
    send(operations.DeleteOrganizationMembership(added.uri))


def invite_somebody(send: Sender, organization: str) -> None:
    body = invitations.CreateOrganizationInvitation("ada@invited.example")
    invited = send(operations.CreateOrganizationInvitation(organization, body))
    found = send(operations.ListOrganizationInvitations(uuid=organization, status="pending", sort="email:desc"))
    assert [one.uri for one in found.collection] == [invited.uri]
    send(operations.GetOrganizationInvitation(organization, invited.uri))
    send(operations.DeleteOrganizationInvitation(organization, invited.uri))


def plan_the_week(send: Sender, user: str) -> None:
    (first, *_) = send(operations.ListAvailabilitySchedules(user))
    send(operations.GetAvailabilitySchedule(first.uri))
    week = [{"type": "wday", "wday": day, "intervals": []} for day in WEEKDAYS]
    made = send(operations.CreateAvailabilitySchedule(CreateAvailabilitySchedule("Nights", "Europe/Rome", week)))
    send(operations.UpdateAvailabilitySchedule(made.uri, ChangeAvailabilitySchedule(name="Late nights")))
    send(extensions.DeleteSchedule(made.uri))
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    send(operations.ListUserBusyTimes(user, tomorrow, tomorrow + timedelta(days=7)))


def make_links(send: Sender, user: str, event_type: str) -> None:
    send(operations.CreateSchedulingLink(scheduling_links.CreateSchedulingLink(1, event_type, "EventType")))
    send(operations.CreateShare(shares.CreateShare(event_type=event_type, duration=30)))
    spots = one_off_event_types.DaysSetting(7, only_weekdays=True)
    send(operations.CreateOneOffEventType(one_off_event_types.CreateOneOffEventType("Lunch", user, 30, spots)))
    send(extensions.CreateLastingLink(scheduling_links.CreateLastingLink(event_type, max_uses=2)))


def look_after_groups(send: Sender, organization: str, user: str) -> None:
    made = send(extensions.CreateGroup(groups.CreateGroup("Clients")))
    send(extensions.UpdateGroup(made.uri, groups.ChangeGroup("Clients of ours")))
    send(extensions.PutGroupMembers(made.uri, groups.PutMembers([groups.GroupMember(user, "admin")])))
    send(operations.ListGroups(organization=organization))
    send(operations.GetGroup(made.uri))
    (relationship,) = send(operations.ListGroupRelationships(group=made.uri)).collection
    send(operations.GetGroupRelationship(relationship.uri))
    send(extensions.DeleteGroup(made.uri))


def look_after_teams(send: Sender, user: str) -> None:
    made = send(extensions.CreateTeam(teams.CreateTeam(name="Clients", members=[user])))
    send(extensions.UpdateTeam(made.uri, teams.ChangeTeam(name="Clients of ours")))
    send(extensions.GetTeamWithMembers(made.uri))
    send(operations.ListTeams(user=user))
    send(operations.GetTeam(made.uri))
    send(extensions.DeleteTeam(made.uri))


def keep_contacts(send: Sender) -> None:
    wanted = contact_fields.CreateCustomFieldDefinition(
        label="Kiln", field_type="single_select", options=[contact_fields.NewOption("Large")]
    )
    field = send(operations.CreateCustomFieldDefinition(wanted))
    send(operations.GetCustomFieldDefinition(field.uri))
    send(operations.ListCustomFieldDefinitions())
    person = contacts.CreateContact(
        name="Bob Example",
        emails=[contacts.NewContactEmail("bob.contact@example.org", is_primary=True)],
        custom_fields=[contacts.NewFieldValue(field.uri.rpartition("/")[2], "Large")],
    )
    made = send(operations.CreateContact(person))
    send(operations.UpdateContact(made.uri, contacts.UpdateContact(company="Example Tiles", city=None)))
    send(operations.GetContact(made.uri, exclude="custom_fields"))
    listed = send(operations.CreateContactList(contact_lists.CreateContactList("Potters", [made.uri])))
    send(operations.GetContactList(listed.uri))
    send(operations.ListContactLists())
    send(operations.RenameContactList(listed.uri, contact_lists.RenameContactList("Glaziers")))
    send(operations.ListContacts(contact_list=listed.uri))
    change = contact_lists.ChangeMemberships([made.uri, f"{made.uri}0"])
    send(operations.AddContactListMemberships(listed.uri, change))
    send(operations.RemoveContactListMemberships(listed.uri, change))
    note = send(operations.CreateNote(notes.CreateNote(contact=made.uri, title="Two ovens")))
    send(operations.GetNote(note.uri))
    send(operations.ListNotes(contact=made.uri))
    send(operations.DeleteContact(made.uri))


def listen(send: Sender, demo: Service, organization: str, event_type: str) -> None:
    form = send(operations.ListRoutingForms(organization=organization)).collection[0]
    send(operations.GetRoutingForm(form.uri))
    with demo.api() as api:
        send_routing_form(demo, api.get(f"/routing_forms/{form.uri.rpartition('/')[2]}").json()["resource"])
    submission = send(operations.ListRoutingFormSubmissions(form=form.uri)).collection[-1]
    send(operations.GetRoutingFormSubmission(submission.uri))
    send(operations.GetSampleWebhookData("invitee.created", organization, "organization"))

    nobody = f"http://127.0.0.1:{free_port()}/"
    wanted = webhooks.CreateWebhookSubscription(nobody, ["invitee.created"], organization, "organization")
    plain = send(operations.CreateWebhookSubscription(wanted))
    send(operations.ListWebhookSubscriptions(organization=organization, scope="organization"))
    send(operations.GetWebhookSubscription(plain.uri))
    send(operations.DeleteWebhookSubscription(plain.uri))

    narrow = webhook_audit.CreateNarrowedSubscription(
        f"{nobody}else", ["invitee.created"], organization, "organization", event_types=[event_type]
    )
    made = send(extensions.CreateNarrowedSubscription(narrow))
    send(extensions.DisableWebhookSubscription(made.uri))
    send(extensions.EnableWebhookSubscription(made.uri))
    send(extensions.UpdateWebhookSubscription(made.uri, webhook_audit.ChangeWebhookSubscription(event_types=None)))
    send(extensions.GetAuditedSubscription(made.uri))
    send(extensions.SendTestDelivery(made.uri))
    send(extensions.ReplayDeliveries(made.uri, webhook_audit.ReplayDeliveries(since=Timestamp.of(datetime.now(UTC)))))
    (delivery,) = send(extensions.ListDeliveries(uuid=made.uri)).collection
    send(extensions.GetDelivery(delivery.uri))
    redeliver(send, delivery.uri)
    send(operations.DeleteWebhookSubscription(made.uri))


def redeliver(send: Sender, delivery: str) -> None:
    """While a worker has the delivery in hand, the server asks to be asked again."""
    deadline = monotonic() + PATIENCE_SECONDS
    while True:
        try:
            send(extensions.Redeliver(delivery))
        except Conflict:
            assert monotonic() < deadline
        else:
            return


def bound_availability(send: Sender, user: str) -> None:
    limit = send(extensions.PutLimit(PutLimit("month", 1000, user=user)))
    send(extensions.ListLimits(user=user))
    send(extensions.DeleteLimit(limit.uri))
    template = send(
        extensions.PutMailTemplate(PutMailTemplate(kind="reminder", recipient="invitee", subject="See you"))
    )
    send(extensions.ListMailTemplates())
    send(extensions.DeleteMailTemplate(template.uri))
    day = date(datetime.now(UTC).year + 1, 12, 31)
    off = send(extensions.CreateDaysOff(CreateDaysOff("New Year's Eve", day, day, user)))
    send(extensions.ListDaysOff(user=user))
    send(extensions.DeleteDaysOff(off.uri))
    trip = send(extensions.CreateTrip(CreateTrip(day, "Asia/Bangkok", day)))
    send(extensions.ListTrips())
    send(extensions.DeleteTrip(trip.uri))
    token = send(extensions.CreateAccessToken(CreateAccessToken("of a test", ["users:read"])))
    send(extensions.ListAccessTokens())
    send(extensions.RevokeAccessToken(token.uri))
    application = send(
        extensions.CreateOAuthApplication(
            CreateOAuthApplication(name="Kiln CRM", redirect_uris=["https://app.example/cb"])
        )
    )
    send(extensions.ListOAuthApplications())
    send(extensions.GetOAuthApplication(application.uri))
    send(extensions.UpdateOAuthApplication(application.uri, ChangeOAuthApplication(name="Kiln")))
    send(extensions.RenewOAuthApplicationSecret(application.uri))
    send(extensions.DeleteOAuthApplication(application.uri))
    schedule = send(extensions.CreateSchedule(CreateSchedule("Mornings", "Europe/Rome", HOURS)))
    send(extensions.ListSchedules())
    send(extensions.GetSchedule(schedule.uri))
    send(extensions.UpdateSchedule(schedule.uri, ChangeSchedule(name="Early mornings")))
    send(extensions.DeleteSchedule(schedule.uri))
    found = send(extensions.GetHostPreferences(user))
    send(extensions.UpdateHostPreferences(user, ChangeHostPreferences(worked_holidays=found.worked_holidays)))
    send(extensions.GetOrganizationPreferences())
    send(extensions.UpdateOrganizationPreferences(ChangeOrganizationPreferences()))
    send(extensions.ListHolidays("IT", datetime.now(UTC).year))


def make_solo_event_types(send: Sender, user: str) -> None:
    made = send(operations.CreateSoloEventType(CreateSoloEventType(owner=user, name="Made by a client")))
    hours = ChangeHostHours(timezone="Europe/Rome", rules=HOURS)
    send(operations.UpdateEventTypeAvailabilitySchedule(made.uri, ChangeEventTypeAvailabilitySchedule(hours)))
    send(operations.ListLocations(user))
    send(operations.ListEventTypeAvailabilitySchedules(made.uri))
    send(extensions.DeleteHostHours(made.uri, user))
    send(operations.UpdateSoloEventType(made.uri, ChangeSoloEventType(duration=20, active=True)))
    send(extensions.DeleteEventType(made.uri))


def make_event_types(send: Sender, event_type: str, pooled: str) -> None:
    start = datetime.now(UTC) + timedelta(minutes=5)
    send(extensions.Explain(event_type, start))
    send(extensions.ListAvailableTimes(event_type, start, start + timedelta(days=7), duration=30))
    made = send(extensions.CreateEventType(event_type_settings.CreateEventType(name="Made by a client", duration=20)))
    change = event_type_settings.ChangeEventType(date_range=event_type_settings.DateRangeSetting("rolling", days=9))
    send(extensions.UpdateEventType(made.uri, change))
    send(extensions.GetEventTypeSettings(made.uri))
    send(extensions.ListStandings(made.uri))
    send(extensions.ListLedger(uuid=made.uri))
    send(extensions.DeleteEventType(made.uri))
    hosts = send(extensions.GetEventTypeSettings(pooled)).hosts
    shared = event_type_settings.CreateEventType(
        name="Shared", duration=20, pooling_type="round_robin",
        hosts=[event_type_settings.HostSetting(one.user) for one in hosts],
    )  # fmt: skip
    made = send(extensions.CreateEventType(shared))
    send(extensions.DeleteHost(made.uri, hosts[-1].user))
    send(extensions.DeleteEventType(made.uri))


def erase(send: Sender) -> None:
    long_ago = [Timestamp.of(datetime(year, 1, 1, tzinfo=UTC)) for year in (2001, 2002)]
    send(operations.DeleteScheduledEventData(erasures.EraseEvents(*long_ago)))
    send(operations.DeleteInviteeData(erasures.EraseInvitees(["nobody@example.org"])))
    send(extensions.ListEvents(event="invitee.created"))
    send(extensions.Export("scheduled_events"))
    made = send(extensions.CreateErasure(erasures.EraseInvitees(["nobody@example.org"])))
    send(extensions.ListErasures())
    send(extensions.GetErasure(made.uri))
