"""Sample deliveries: made-up rows through the same presenters as real ones, so that they can't drift apart."""

from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from msgspec import structs

from openslot.core.kinds import STANDARD, Kind
from openslot.core.routing import Destination
from openslot.db.contacts import Contact, Meetings
from openslot.db.event_types import EventType
from openslot.db.invitees import Invitee
from openslot.db.meeting_recaps import Attendee, Meeting, MeetingRecap
from openslot.db.routing_forms import Submission
from openslot.db.scheduled_events import EventGuest, EventHost, ScheduledEvent
from openslot.db.users import User
from openslot.presenters import contacts, event_types, invitees, meeting_recaps, routing_forms
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.common import Tracking
from openslot.wire.contacts import ContactEmail, ContactPayload, DeletedContactPayload
from openslot.wire.event_type_settings import QuestionSetting
from openslot.wire.event_types import LocationConfiguration
from openslot.wire.invitees import InviteePayload, QuestionAndAnswer, RescheduledPayload
from openslot.wire.meeting_recaps import RecapCreatedPayload, RecapDeletedPayload, RecapUpdatedPayload
from openslot.wire.routing_forms import RoutingFormAnswer
from openslot.wire.scheduled_events import Cancellation, Location
from openslot.wire.webhooks import WebhookPayload

_LOCATION = Location("physical", location="4 Brickyard Lane", additional_info="Ring twice")


def envelope(event: str, user: User, uris: Uris, *, now: datetime) -> WebhookPayload[Any]:
    """What a subscription of ``user`` would be sent for ``event``, one of the 14 or ours."""
    return WebhookPayload(
        event=event,
        created_at=Timestamp.of(now),
        created_by=uris.user(user.id),
        payload=payload(event, user, uris, now=now),
    )


def payload(event: str, user: User, uris: Uris, *, now: datetime) -> object:
    """What ``event`` would contain if it were about ``user``."""
    family, _, what = event.partition(".")
    if event == "invitee.rescheduled":
        return _rescheduled(user, uris, now)
    match family:
        case "invitee" | "invitee_no_show":
            return _invitee(event, user, uris, now)
        case "routing_form_submission":
            return routing_forms.submission(_submission(user, now), uris)
        case "event_type":
            return event_types.event_type_payload(_event_type(user, now, deleted=what == "deleted"), uris)
        case "contact":
            return _contact(what, user, uris, now)
        case _:
            return _recap(what, user, uris, now)


def _id(name: str) -> UUID:
    """The same made-up id for the same thing in every sample."""
    return uuid5(NAMESPACE_URL, f"openslot-sample:{name}")


def _rescheduled(user: User, uris: Uris, now: datetime) -> RescheduledPayload:
    """Both sides, each of which names the other."""
    old = _invitee("invitee.canceled", user, uris, now)
    new = _invitee("invitee.created", user, uris, now, of="new ")
    old = structs.replace(old, rescheduled=True, new_invitee=new.uri)
    return RescheduledPayload(old, structs.replace(new, old_invitee=old.uri))


def _invitee(event: str, user: User, uris: Uris, now: datetime, *, of: str = "") -> InviteePayload:
    is_canceled, is_no_show = event == "invitee.canceled", event == "invitee_no_show.created"
    cancellation = Cancellation("Ada Example", "Caught a cold", "invitee", Timestamp.of(now)) if is_canceled else None
    start = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=-1 if "no_show" in event else 1)
    booked = now - timedelta(days=2)
    status = "canceled" if is_canceled else "active"
    meeting = ScheduledEvent(
        id=_id(f"{of}scheduled event"),
        organization_id=user.organization_id,
        event_type_id=_id("event type"),
        name="Kiln tour",
        status=status,
        start_time=start,
        end_time=start + timedelta(minutes=30),
        location=_LOCATION,
        invitees_total=1,
        invitees_active=0 if is_canceled else 1,
        invitees_limit=1,
        cancellation=cancellation,
        created_at=booked,
        updated_at=booked,
        hosts=[EventHost(user.id, user.email, user.name, start, start + timedelta(minutes=30))],
        guests=[EventGuest("guest@example.org", booked, booked)],
    )
    who = Invitee(
        id=_id(f"{of}invitee"),
        organization_id=user.organization_id,
        scheduled_event_id=meeting.id,
        chain_id=_id("invitee"),
        email="ada@example.org",
        name="Ada Example",
        first_name=None,
        last_name=None,
        status=status,
        timezone="Europe/Rome",
        questions_and_answers=[QuestionAndAnswer("How many visitors?", "Three", 0)],
        tracking=Tracking(utm_source="flyer"),
        text_reminder_number=None,
        routing_form_submission_id=None,
        cancellation=cancellation,
        scheduling_method=None,
        scheduled_by_id=None,
        no_show_id=_id("no-show") if is_no_show else None,
        no_show_at=now if is_no_show else None,
        created_at=booked,
        updated_at=booked,
    )
    return invitees.invitee_payload(who, meeting, uris)


def _submission(user: User, now: datetime) -> Submission:
    return Submission(
        id=_id("submission"),
        organization_id=user.organization_id,
        routing_form_id=_id("routing form"),
        questions_and_answers=[
            RoutingFormAnswer(str(_id("question 1")), "Work e-mail", "ada@example.org"),
            RoutingFormAnswer(str(_id("question 2")), "Size of the group", "1 to 5"),
        ],
        tracking=Tracking(),
        result=Destination(event_type_id=_id("event type")),
        created_at=now,
        updated_at=now,
    )


def _event_type(user: User, now: datetime, *, deleted: bool) -> EventType:
    return EventType(
        id=_id("event type"),
        organization_id=user.organization_id,
        owner_id=user.id,
        owner_name=user.name,
        owner_slug=user.slug,
        owner_timezone=user.timezone,
        name="Kiln tour",
        slug="kiln-tour",
        active=not deleted,
        kind=Kind.SOLO,
        pooling_type=None,
        type=STANDARD,
        booking_method="instant",
        duration_minutes=30,
        duration_options=None,
        color="#b35900",
        internal_note=None,
        description_plain="Walk round the kiln.",
        description_html=None,
        secret=False,
        admin_managed=False,
        is_paid=False,
        position=0,
        locale="en",
        locations=[LocationConfiguration("physical", "4 Brickyard Lane", "Ring twice")],
        custom_questions=[QuestionSetting("How many visitors?", "string", 0, True, True, [], False)],
        buffer_before_minutes=0,
        buffer_after_minutes=0,
        notice_minutes=0,
        increment_minutes=30,
        range_kind="indefinite",
        range_days=None,
        range_first=None,
        range_last=None,
        seats=1,
        created_at=now,
        updated_at=now,
        deleted_at=now if deleted else None,
    )


def _contact(what: str, user: User, uris: Uris, now: datetime) -> ContactPayload | DeletedContactPayload:
    if what == "deleted":
        return contacts.deleted_payload(user.id, _id("contact"), uris, now=now)
    row = Contact(
        id=_id("contact"),
        organization_id=user.organization_id,
        user_id=user.id,
        creation_source="api",
        name="Ada Example",
        emails=[ContactEmail("ada@example.org", is_primary=True)],
        phone_numbers=["+390655500123"],
        timezone="Europe/Rome",
        company="Example Tiles",
        country="IT",
        city="Rome",
        created_at=now,
        updated_at=now,
        meetings=Meetings(booked=now) if what == "updated" else Meetings(),
    )
    return contacts.contact_payload(row, uris)


def _recap(
    what: str, user: User, uris: Uris, now: datetime
) -> RecapCreatedPayload | RecapUpdatedPayload | RecapDeletedPayload:
    if what == "deleted":
        return meeting_recaps.deleted_payload(_id("recap"), _id("scheduled event"), uris, now=now)
    row = MeetingRecap(
        id=_id("recap"),
        organization_id=user.organization_id,
        user_id=user.id,
        status="available",
        summary_md="Two ovens seen.",
        action_items_md="- Send the price list",
        discussion_md="Bricks and glaze.",
        share_link=f"{uris.pages}/recaps/sample",
        has_transcript=True,
        announced_at=now,
        created_at=now,
        updated_at=now,
        meeting=Meeting(
            id=_id("scheduled event"),
            event_type_id=_id("event type"),
            name="Kiln tour",
            start_time=now - timedelta(hours=1),
            end_time=now - timedelta(minutes=30),
            location=_LOCATION,
            seats=1,
            attendees=[
                Attendee(host=True, email=user.email, name=user.name),
                Attendee(host=False, email="ada@example.org", name="Ada Example"),
            ],
        ),
    )
    return (meeting_recaps.created_payload if what == "created" else meeting_recaps.updated_payload)(row, uris)
