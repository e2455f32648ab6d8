"""Every operation that is built answers as the contract says, in success and in trouble.

Source: calendly-v2.openapi.yaml, the operations with ``x-tier: core`` and those of ``BEYOND_CORE``.
"""

import json
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from conftest import Service
from contract.conftest import Scene
from contract.schemas import check_answer, check_schema, contract, core_operations, with_fractions
from factories import API
from openslot.presenters import users

U = f"{API}/users"
E = f"{API}/event_types"
G = f"{API}/groups"
S = f"{API}/scheduled_events"
O = f"{API}/organizations"  # noqa: E741 -- short, so that the table stays one
TIMES = "start_time=2027-01-05T00:00:00Z&end_time=2027-01-06T00:00:00Z"
BOOKING = {
    "event_type": E + "/{event_type}",
    "start_time": "2027-01-06T10:00:00.000000Z",
    "invitee": {"name": "Ada Example", "email": "ada@example.org", "timezone": "Europe/Rome"},
}
INVITEE = API + "/scheduled_events/{past}/invitees/{past_invitee}"
HOOK = {
    "url": "https://hooks.example/new",
    "events": ["invitee.created"],
    "organization": O + "/{organization}",
    "scope": "organization",
}

PATHS = {
    "me": "/users/me",
    "user": "/users/{uuid}",
    "event types": "/event_types",
    "event type": "/event_types/{uuid}",
    "times": "/event_type_available_times",
    "locations": "/locations",
    "hours": "/event_type_availability_schedules",
    "events": "/scheduled_events",
    "event": "/scheduled_events/{uuid}",
    "invitees": "/scheduled_events/{uuid}/invitees",
    "invitee": "/scheduled_events/{event_uuid}/invitees/{invitee_uuid}",
    "cancellation": "/scheduled_events/{uuid}/cancellation",
    "booking": "/invitees",
    "no-shows": "/invitee_no_shows",
    "no-show": "/invitee_no_shows/{uuid}",
    "forms": "/routing_forms",
    "form": "/routing_forms/{uuid}",
    "submissions": "/routing_form_submissions",
    "submission": "/routing_form_submissions/{uuid}",
    "hooks": "/webhook_subscriptions",
    "hook": "/webhook_subscriptions/{webhook_uuid}",
    "sample": "/sample_webhook_data",
    "link": "/scheduling_links",
    "share": "/shares",
    "one-off": "/one_off_event_types",
    "groups": "/groups",
    "group": "/groups/{uuid}",
    "relationships": "/group_relationships",
    "relationship": "/group_relationships/{uuid}",
    "hosts": "/event_type_memberships",
    "log": "/activity_log_entries",
    "messages": "/outgoing_communications",
    "event erasure": "/data_compliance/deletion/events",
    "erasure": "/data_compliance/deletion/invitees",
    "organization": "/organizations/{uuid}",
    "invitations": "/organizations/{uuid}/invitations",
    "invitation": "/organizations/{org_uuid}/invitations/{uuid}",
    "memberships": "/organization_memberships",
    "membership": "/organization_memberships/{uuid}",
    "schedules": "/user_availability_schedules",
    "schedule": "/user_availability_schedules/{uuid}",
    "busy": "/user_busy_times",
    "meeting limits": "/user_meeting_limits",
    "contacts": "/contacts",
    "contact": "/contacts/{uuid}",
    "fields": "/contacts/custom_field_definitions",
    "field": "/contacts/custom_field_definitions/{uuid}",
    "lists": "/contact_lists",
    "list": "/contact_lists/{uuid}",
    "listing": "/contact_lists/{uuid}/memberships",
    "removal": "/contact_lists/{uuid}/memberships/removal",
    "notes": "/notes",
    "note": "/notes/{uuid}",
    "teams": "/teams",
    "team": "/teams/{team_uuid}",
    "recaps": "/meeting_recaps",
    "recap": "/meeting_recaps/{uuid}",
    "transcript": "/meeting_recaps/{uuid}/transcript",
}
BEYOND_CORE = {
    ("post", "/scheduling_links"),
    ("post", "/shares"),
    ("post", "/one_off_event_types"),
    ("post", "/event_types"),
    ("patch", "/event_types/{uuid}"),
    ("get", "/event_type_availability_schedules"),
    ("patch", "/event_type_availability_schedules"),
    ("get", "/locations"),
    ("get", "/groups"),
    ("get", "/groups/{uuid}"),
    ("get", "/group_relationships"),
    ("get", "/group_relationships/{uuid}"),
    ("get", "/activity_log_entries"),
    ("get", "/outgoing_communications"),
    ("post", "/data_compliance/deletion/events"),
    ("post", "/data_compliance/deletion/invitees"),
    ("get", "/event_type_memberships"),
    ("get", "/organizations/{uuid}"),
    ("get", "/organizations/{uuid}/invitations"),
    ("post", "/organizations/{uuid}/invitations"),
    ("get", "/organizations/{org_uuid}/invitations/{uuid}"),
    ("delete", "/organizations/{org_uuid}/invitations/{uuid}"),
    ("get", "/organization_memberships"),
    ("get", "/organization_memberships/{uuid}"),
    ("delete", "/organization_memberships/{uuid}"),
    ("get", "/user_availability_schedules"),
    ("get", "/user_availability_schedules/{uuid}"),
    ("get", "/user_busy_times"),
    ("post", "/user_availability_schedules"),
    ("patch", "/user_availability_schedules/{uuid}"),
    ("get", "/user_meeting_limits"),
    ("patch", "/user_meeting_limits"),
    ("get", "/contacts"),
    ("post", "/contacts"),
    ("get", "/contacts/{uuid}"),
    ("patch", "/contacts/{uuid}"),
    ("delete", "/contacts/{uuid}"),
    ("get", "/contacts/custom_field_definitions"),
    ("post", "/contacts/custom_field_definitions"),
    ("get", "/contacts/custom_field_definitions/{uuid}"),
    ("get", "/contact_lists"),
    ("post", "/contact_lists"),
    ("get", "/contact_lists/{uuid}"),
    ("patch", "/contact_lists/{uuid}"),
    ("post", "/contact_lists/{uuid}/memberships"),
    ("post", "/contact_lists/{uuid}/memberships/removal"),
    ("get", "/notes"),
    ("post", "/notes"),
    ("get", "/notes/{uuid}"),
    ("get", "/teams"),
    ("get", "/teams/{team_uuid}"),
    ("get", "/meeting_recaps"),
    ("get", "/meeting_recaps/{uuid}"),
    ("patch", "/meeting_recaps/{uuid}"),
    ("delete", "/meeting_recaps/{uuid}"),
    ("get", "/meeting_recaps/{uuid}/transcript"),
}
"""Operations of tier full that are answered already."""
WEEK = [
    {"type": "wday", "wday": day, "intervals": [{"from": "09:00", "to": "17:00"}]}
    for day in ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
]
SCHEDULE = {"name": "Evenings", "timezone": "Europe/Rome", "rules": WEEK}
SOLO = {
    "owner": U + "/{owner}",
    "name": "Glaze talk",
    "active": True,
    "description": "Bring your pots.",
    "duration": 45,
    "duration_options": [45, 90],
    "locations": [{"kind": "physical", "location": "The yard", "additional_info": "Ring twice"}],
    "color": "#b35900",
    "locale": "it",
}
HOURS = {
    "availability_rule": {
        "timezone": "Europe/Rome",
        "rules": [{"type": "wday", "wday": "tuesday", "intervals": [{"from": "09:00", "to": "12:00"}]}],
        "user": U + "/{owner}",
    },
    "availability_setting": "host",
}
OF_TYPE = f"/event_type_availability_schedules?event_type={E}/{{event_type}}"
OF_OTHER = f"/event_type_availability_schedules?event_type={E}/{{other_event_type}}"
C = f"{API}/contacts"
ADA = {"name": "Ada Example", "emails": [{"email": "ada@home.example", "is_primary": True}]}
BOB = ADA | {"emails": [{"email": "BOB@example.org", "is_primary": True}]}
CY = [{"email": "cy@example.org", "is_primary": True}]
FIELD = {"label": "Size", "field_type": "currency", "currency": "EUR"}
MEMBERS = {"contacts": [C + "/{contact}", C + "/{nobody}"]}
NOTE = {"contact": C + "/{contact}", "body": "Two ovens"}
INVITATIONS = "/organizations/{organization}/invitations"
ELSEWHERE = "/organizations/{other_organization}/invitations"
DEE = {"email": "dee@example.org"}
LOG = f"/activity_log_entries?organization={O}/{{organization}}"
MESSAGES = f"/outgoing_communications?organization={O}/{{organization}}"
SPAN = {"start_time": "2026-01-01T00:00:00Z", "end_time": "2027-01-04T09:30:00Z"}
ERASURE = {"emails": ["ada@example.org", "guest@example.org"]}
LINK = {"max_event_count": 1, "owner": E + "/{event_type}", "owner_type": "EventType"}
SHARE = {
    "event_type": E + "/{event_type}",
    "name": "A longer tour",
    "duration": 45,
    "duration_options": [45, 90],
    "period_type": "fixed",
    "start_date": "2027-01-05",
    "end_date": "2027-01-08",
    "hide_location": True,
    "location_configurations": [{"kind": "custom", "location": "The back door", "position": 0}],
    "availability_rule": {
        "timezone": "Europe/Rome",
        "rules": [{"type": "wday", "wday": "tuesday", "intervals": [{"from": "09:00", "to": "12:00"}]}],
    },
}
ONE_OFF = {
    "name": "Kiln repair",
    "host": U + "/{owner}",
    "co_hosts": [U + "/{member}"],
    "duration": 30,
    "timezone": "Europe/Rome",
    "date_setting": {"type": "date_range", "start_date": "2027-01-05", "end_date": "2027-01-08"},
    "location": {"kind": "physical", "location": "The yard", "additional_info": "Ring twice"},
}


@dataclass(frozen=True)
class Case:
    """One call and the status it ends in. ``{names}`` in ``url`` and ``body`` are ids of the scene."""

    status: int
    method: str
    path: str
    url: str
    caller: str = "owner"
    body: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.url.replace(API, '')} as {self.caller} is {self.status}"

    @property
    def operation(self) -> tuple[str, str]:
        return self.method, PATHS[self.path]


SUCCESSES = [
    Case(200, "get", "me", "/users/me"),
    Case(200, "get", "user", "/users/{member}"),
    Case(200, "get", "event types", f"/event_types?user={U}/{{owner}}"),
    Case(200, "get", "event types", f"/event_types?user={U}/{{member}}"),
    Case(200, "get", "event type", "/event_types/{event_type}"),
    Case(201, "post", "event types", "/event_types", body=SOLO),
    Case(201, "post", "event types", "/event_types", "member", {"owner": U + "/{member}", "name": "Glaze talk"}),
    Case(200, "patch", "event type", "/event_types/{event_type}", body=SOLO | {"owner": None}),
    Case(200, "patch", "event type", "/event_types/{event_type}", body={}),
    Case(200, "get", "hours", OF_TYPE),
    Case(200, "patch", "hours", OF_TYPE, body=HOURS),
    Case(200, "patch", "hours", OF_TYPE, body={"availability_rule": {"timezone": "Asia/Bangkok"}}),
    Case(200, "get", "locations", f"/locations?user={U}/{{member}}"),
    Case(200, "get", "times", f"/event_type_available_times?event_type={E}/{{event_type}}&{TIMES}"),
    Case(200, "get", "events", f"/scheduled_events?organization={O}/{{organization}}&count=1"),
    Case(200, "get", "events", f"/scheduled_events?organization={O}/{{organization}}&group={G}/{{group}}&count=1"),
    Case(200, "get", "event", "/scheduled_events/{ahead}"),
    Case(200, "get", "event", "/scheduled_events/{canceled}"),
    Case(200, "get", "invitees", "/scheduled_events/{past}/invitees"),
    Case(200, "get", "invitee", "/scheduled_events/{ahead}/invitees/{ahead_invitee}"),
    Case(200, "get", "invitee", "/scheduled_events/{canceled}/invitees/{canceled_invitee}"),
    Case(201, "post", "cancellation", "/scheduled_events/{ahead}/cancellation", body={"reason": "Caught a cold"}),
    Case(201, "post", "booking", "/invitees", body=BOOKING),
    Case(201, "post", "no-shows", "/invitee_no_shows", body={"invitee": INVITEE}),
    Case(200, "get", "no-show", "/invitee_no_shows/{no_show}"),
    Case(204, "delete", "no-show", "/invitee_no_shows/{no_show}"),
    Case(200, "get", "forms", f"/routing_forms?organization={O}/{{organization}}"),
    Case(200, "get", "form", "/routing_forms/{form}"),
    Case(200, "get", "submissions", f"/routing_form_submissions?form={API}/routing_forms/{{form}}"),
    Case(200, "get", "submission", "/routing_form_submissions/{submission}"),
    Case(200, "get", "submission", "/routing_form_submissions/{docs_submission}"),
    Case(200, "get", "submission", "/routing_form_submissions/{message_submission}"),
    Case(201, "post", "hooks", "/webhook_subscriptions", body=HOOK),
    Case(200, "get", "hooks", f"/webhook_subscriptions?organization={O}/{{organization}}&scope=organization"),
    Case(200, "get", "hook", "/webhook_subscriptions/{hook}"),
    Case(204, "delete", "hook", "/webhook_subscriptions/{hook}"),
    Case(
        200,
        "get",
        "sample",
        f"/sample_webhook_data?event=invitee.created&organization={O}/{{organization}}&scope=organization",
    ),
    Case(201, "post", "hooks", "/webhook_subscriptions", body=HOOK | {"scope": "group", "group": G + "/{group}"}),
    Case(
        200,
        "get",
        "hooks",
        f"/webhook_subscriptions?organization={O}/{{organization}}&scope=group&group={G}/{{group}}",
    ),
    Case(
        200,
        "get",
        "sample",
        f"/sample_webhook_data?event=invitee.created&organization={O}/{{organization}}&scope=group&group={G}/{{group}}",
    ),
    Case(200, "get", "groups", f"/groups?organization={O}/{{organization}}"),
    Case(200, "get", "group", "/groups/{group}"),
    Case(200, "get", "relationships", f"/group_relationships?organization={O}/{{organization}}"),
    Case(200, "get", "relationships", f"/group_relationships?group={G}/{{group}}&count=1"),
    Case(200, "get", "relationship", "/group_relationships/{relationship}"),
    Case(201, "post", "link", "/scheduling_links", body=LINK),
    Case(201, "post", "link", f"/scheduling_links?max_event_count=1&owner={E}/{{event_type}}&owner_type=EventType"),
    Case(201, "post", "share", "/shares", body={"event_type": E + "/{event_type}"}),
    Case(201, "post", "share", "/shares", body=SHARE),
    Case(200, "get", "hosts", f"/event_type_memberships?event_type={E}/{{event_type}}"),
    Case(200, "get", "organization", "/organizations/{organization}"),
    Case(200, "get", "invitations", INVITATIONS),
    Case(200, "get", "invitations", f"{INVITATIONS}?status=accepted&email=CY@invited.example&sort=email:desc&count=1"),
    Case(201, "post", "invitations", INVITATIONS, body=DEE),
    Case(200, "get", "invitation", INVITATIONS + "/{invitation}"),
    Case(200, "get", "invitation", INVITATIONS + "/{accepted_invitation}"),
    Case(204, "delete", "invitation", INVITATIONS + "/{invitation}"),
    Case(200, "get", "memberships", f"/organization_memberships?organization={O}/{{organization}}&count=2"),
    Case(200, "get", "memberships", f"/organization_memberships?user={U}/{{member}}&role=user", "member"),
    Case(200, "get", "membership", "/organization_memberships/{member_membership}"),
    Case(204, "delete", "membership", "/organization_memberships/{member_membership}"),
    Case(200, "get", "schedules", f"/user_availability_schedules?user={U}/{{owner}}"),
    Case(200, "get", "schedules", f"/user_availability_schedules?user={U}/{{owner}}", "member"),
    Case(200, "get", "schedule", "/user_availability_schedules/{schedule}", "member"),
    Case(200, "get", "busy", f"/user_busy_times?user={U}/{{owner}}&{TIMES}"),
    Case(201, "post", "schedules", "/user_availability_schedules", "member", SCHEDULE),
    Case(200, "patch", "schedule", "/user_availability_schedules/{schedule}", body={"rules": WEEK}),
    Case(200, "get", "meeting limits", "/user_meeting_limits", "member"),
    Case(200, "patch", "meeting limits", "/user_meeting_limits", "member", {"daily": 2, "weekly": None}),
    Case(200, "get", "log", f"{LOG}&count=2&actor={U}/{{owner}},{U}/{{member}}"),
    Case(200, "get", "log", f"{LOG}&count=1000&search_term=invitee&namespace=invitee&action=created,canceled"),
    Case(200, "get", "log", f"{LOG}&min_occurred_at=2027-01-01T00:00:00Z&max_occurred_at=2027-02-01T00:00:00Z"),
    Case(200, "get", "log", f"{LOG}&sort=actor.display_name:desc,actor.uri:asc,namespace:asc,action:asc"),
    Case(200, "get", "messages", f"{MESSAGES}&count=2&min_created_at=2027-01-01T00:00:00Z"),
    Case(202, "post", "event erasure", "/data_compliance/deletion/events", body=SPAN),
    Case(202, "post", "erasure", "/data_compliance/deletion/invitees", body=ERASURE),
    Case(200, "get", "contacts", f"/contacts?contact_list={API}/contact_lists/{{list}}&count=1"),
    Case(200, "get", "contacts", "/contacts?exclude=custom_fields"),
    Case(201, "post", "contacts", "/contacts", body=ADA),
    Case(200, "get", "contact", "/contacts/{contact}"),
    Case(200, "patch", "contact", "/contacts/{contact}", body=ADA | {"company": None}),
    Case(204, "delete", "contact", "/contacts/{contact}"),
    Case(200, "get", "fields", "/contacts/custom_field_definitions"),
    Case(201, "post", "fields", "/contacts/custom_field_definitions", body=FIELD),
    Case(200, "get", "field", "/contacts/custom_field_definitions/{field}"),
    Case(200, "get", "lists", "/contact_lists"),
    Case(201, "post", "lists", "/contact_lists", body={"name": "Builders"} | MEMBERS),
    Case(200, "get", "list", "/contact_lists/{list}"),
    Case(200, "patch", "list", "/contact_lists/{list}", body={"name": "Builders"}),
    Case(200, "post", "listing", "/contact_lists/{list}/memberships", body=MEMBERS),
    Case(200, "post", "removal", "/contact_lists/{list}/memberships/removal", body=MEMBERS),
    Case(200, "get", "notes", f"/notes?contact={C}/{{contact}}"),
    Case(201, "post", "notes", "/notes", body=NOTE),
    Case(200, "get", "note", "/notes/{note}"),
    Case(200, "get", "recaps", f"/meeting_recaps?event={S}/{{past}}&attendee=ada@example.org&count=1"),
    Case(200, "get", "recaps", "/meeting_recaps?status=processing", "member"),
    Case(200, "get", "recap", "/meeting_recaps/{recap}"),
    Case(200, "get", "teams", "/teams?count=1"),
    Case(200, "get", "teams", f"/teams?user={U}/{{owner}}", "member"),
    Case(200, "get", "team", "/teams/{team}", "member"),
    Case(200, "patch", "recap", "/meeting_recaps/{recap}", body={"summary_md": "Three", "discussion_md": None}),
    Case(204, "delete", "recap", "/meeting_recaps/{recap}"),
    Case(200, "get", "transcript", "/meeting_recaps/{recap}/transcript"),
    Case(201, "post", "one-off", "/one_off_event_types", body=ONE_OFF),
    Case(
        201,
        "post",
        "one-off",
        "/one_off_event_types",
        "member",
        ONE_OFF
        | {
            "host": U + "/{member}",
            "co_hosts": [],
            "date_setting": {"type": "days_in_future", "days": 7, "only_weekdays": True},
        },
    ),
    Case(
        201,
        "post",
        "one-off",
        "/one_off_event_types",
        body=ONE_OFF
        | {
            "date_setting": {
                "type": "spots",
                "spots": [{"start_time": "2027-01-05T10:00:00Z", "end_time": "2027-01-05T11:30:00Z"}],
            }
        },
    ),
]

ERRORS = [
    Case(400, "get", "invitations", f"{INVITATIONS}?status=revoked"),
    Case(403, "get", "invitations", INVITATIONS, "member"),
    Case(404, "get", "invitations", ELSEWHERE),
    Case(400, "post", "invitations", INVITATIONS, body={"email": " "}),
    Case(400, "post", "invitations", INVITATIONS, body={"email": "x@y"}),
    Case(400, "post", "invitations", INVITATIONS, body={"email": "bea@invited.example"}),
    Case(400, "post", "invitations", INVITATIONS, body={}),
    Case(403, "post", "invitations", INVITATIONS, "member", DEE),
    Case(404, "post", "invitations", ELSEWHERE, body=DEE),
    Case(403, "get", "invitation", INVITATIONS + "/{invitation}", "member"),
    Case(404, "get", "invitation", INVITATIONS + "/{nobody}"),
    Case(404, "get", "invitation", ELSEWHERE + "/{invitation}"),
    Case(400, "delete", "invitation", INVITATIONS + "/{accepted_invitation}"),
    Case(403, "delete", "invitation", INVITATIONS + "/{invitation}", "member"),
    Case(404, "delete", "invitation", INVITATIONS + "/{nobody}"),
    Case(400, "get", "contacts", "/contacts?sort=name"),
    Case(403, "get", "contacts", f"/contacts?contact_list={API}/contact_lists/{{list}}", "member"),
    Case(404, "get", "contacts", f"/contacts?contact_list={API}/contact_lists/{{nobody}}"),
    Case(400, "post", "contacts", "/contacts", body={}),
    Case(409, "post", "contacts", "/contacts", body=BOB),
    Case(400, "get", "contact", "/contacts/{contact}?exclude=emails"),
    Case(403, "get", "contact", "/contacts/{contact}", "member"),
    Case(404, "get", "contact", "/contacts/{nobody}"),
    Case(400, "patch", "contact", "/contacts/{contact}", body={"nickname": "Bob"}),
    Case(403, "patch", "contact", "/contacts/{contact}", "member", ADA),
    Case(409, "patch", "contact", "/contacts/{contact}", body={"emails": CY}),
    Case(404, "patch", "contact", "/contacts/{nobody}", body=ADA),
    Case(403, "delete", "contact", "/contacts/{contact}", "member"),
    Case(404, "delete", "contact", "/contacts/{nobody}"),
    Case(400, "post", "fields", "/contacts/custom_field_definitions", body=FIELD | {"color": "red"}),
    Case(409, "post", "fields", "/contacts/custom_field_definitions", body=FIELD | {"label": "kiln"}),
    Case(403, "get", "field", "/contacts/custom_field_definitions/{field}", "member"),
    Case(404, "get", "field", "/contacts/custom_field_definitions/{nobody}"),
    Case(400, "post", "lists", "/contact_lists", body={}),
    Case(409, "post", "lists", "/contact_lists", body={"name": "pötters"}),
    Case(403, "get", "list", "/contact_lists/{list}", "member"),
    Case(404, "get", "list", "/contact_lists/{nobody}"),
    Case(400, "patch", "list", "/contact_lists/{list}", body={"name": " "}),
    Case(403, "patch", "list", "/contact_lists/{list}", "member", {"name": "Builders"}),
    Case(409, "patch", "list", "/contact_lists/{list}", body={"name": "GLAZIERS"}),
    Case(404, "patch", "list", "/contact_lists/{nobody}", body={"name": "Builders"}),
    Case(400, "post", "listing", "/contact_lists/{list}/memberships", body={}),
    Case(403, "post", "listing", "/contact_lists/{list}/memberships", "member", MEMBERS),
    Case(404, "post", "listing", "/contact_lists/{nobody}/memberships", body=MEMBERS),
    Case(400, "post", "removal", "/contact_lists/{list}/memberships/removal", body={}),
    Case(403, "post", "removal", "/contact_lists/{list}/memberships/removal", "member", MEMBERS),
    Case(404, "post", "removal", "/contact_lists/{nobody}/memberships/removal", body=MEMBERS),
    Case(400, "get", "notes", "/notes"),
    Case(403, "get", "notes", f"/notes?contact={C}/{{contact}}", "member"),
    Case(404, "get", "notes", f"/notes?contact={C}/{{nobody}}"),
    Case(400, "post", "notes", "/notes", body={}),
    Case(403, "post", "notes", "/notes", body=NOTE | {"remind_at": "2027-01-05T10:00:00Z"}),
    Case(403, "post", "notes", "/notes", "member", NOTE),
    Case(404, "post", "notes", "/notes", body=NOTE | {"contact": C + "/{nobody}"}),
    Case(404, "get", "note", "/notes/{note}", "member"),
    Case(400, "get", "recaps", "/meeting_recaps?status=Available"),
    Case(400, "get", "teams", "/teams?user=me"),
    Case(403, "get", "teams", f"/teams?user={U}/{{other_owner}}"),
    Case(404, "get", "team", "/teams/{nobody}"),
    Case(403, "get", "recaps", f"/meeting_recaps?event={S}/{{past}}", "member"),
    Case(404, "get", "recaps", f"/meeting_recaps?event={S}/{{nobody}}"),
    Case(403, "get", "recap", "/meeting_recaps/{recap}", "member"),
    Case(404, "get", "recap", "/meeting_recaps/{nobody}"),
    Case(400, "patch", "recap", "/meeting_recaps/{recap}", body={"summary_md": 5}),
    Case(403, "patch", "recap", "/meeting_recaps/{recap}", "member", {}),
    Case(404, "patch", "recap", "/meeting_recaps/{nobody}", body={}),
    Case(403, "delete", "recap", "/meeting_recaps/{recap}", "member"),
    Case(404, "delete", "recap", "/meeting_recaps/{nobody}"),
    Case(403, "get", "transcript", "/meeting_recaps/{recap}/transcript", "member"),
    Case(404, "get", "transcript", "/meeting_recaps/{nobody}/transcript"),
    Case(400, "get", "log", f"{LOG}&count=1001"),
    Case(403, "get", "log", LOG, "member"),
    Case(403, "get", "log", f"/activity_log_entries?organization={O}/{{other_organization}}"),
    Case(404, "get", "log", f"/activity_log_entries?organization={O}/{{nobody}}"),
    Case(400, "get", "messages", f"{MESSAGES}&count=101"),
    Case(403, "get", "messages", MESSAGES, "member"),
    Case(404, "get", "messages", f"/outgoing_communications?organization={O}/{{nobody}}"),
    Case(400, "post", "event erasure", "/data_compliance/deletion/events", body={}),
    Case(403, "post", "event erasure", "/data_compliance/deletion/events", "member", SPAN),
    Case(400, "post", "erasure", "/data_compliance/deletion/invitees", body={"emails": ["ada"]}),
    Case(403, "post", "erasure", "/data_compliance/deletion/invitees", "member", ERASURE),
    Case(400, "post", "link", "/scheduling_links", body=LINK | {"max_event_count": 2}),
    Case(400, "post", "link", "/scheduling_links"),
    Case(403, "post", "link", "/scheduling_links", "member", LINK),
    Case(404, "post", "link", "/scheduling_links", body=LINK | {"owner": E + "/{nobody}"}),
    Case(400, "post", "share", "/shares", body=SHARE | {"duration": 60}),
    Case(403, "post", "share", "/shares", "member", SHARE),
    Case(404, "post", "share", "/shares", body=SHARE | {"event_type": E + "/{other_event_type}"}),
    Case(400, "post", "one-off", "/one_off_event_types", body=ONE_OFF | {"duration": 721}),
    Case(403, "post", "one-off", "/one_off_event_types", "member", ONE_OFF),
    Case(403, "post", "one-off", "/one_off_event_types", body=ONE_OFF | {"co_hosts": [U + "/{other_owner}"]}),
    Case(400, "post", "event types", "/event_types", body=SOLO | {"duration": 721}),
    Case(403, "post", "event types", "/event_types", "member", SOLO),
    Case(403, "post", "event types", "/event_types", body=SOLO | {"owner": U + "/{other_owner}"}),
    Case(400, "patch", "event type", "/event_types/{event_type}", body={"color": "red"}),
    Case(403, "patch", "event type", "/event_types/{event_type}", "member", {}),
    Case(404, "patch", "event type", "/event_types/{other_event_type}", body={}),
    Case(400, "get", "hours", "/event_type_availability_schedules"),
    Case(403, "get", "hours", OF_TYPE, "member"),
    Case(404, "get", "hours", OF_OTHER),
    Case(400, "patch", "hours", OF_TYPE, body={"availability_rule": {"timezone": "Europe/Nowhere"}}),
    Case(403, "patch", "hours", OF_TYPE, "member", HOURS),
    Case(404, "patch", "hours", OF_OTHER, body=HOURS),
    Case(400, "get", "locations", "/locations"),
    Case(403, "get", "locations", f"/locations?user={U}/{{owner}}", "member"),
    Case(403, "get", "locations", f"/locations?user={U}/{{other_owner}}"),
    Case(400, "get", "groups", "/groups"),
    Case(403, "get", "groups", f"/groups?organization={O}/{{organization}}", "member"),
    Case(404, "get", "groups", f"/groups?organization={O}/{{nobody}}"),
    Case(403, "get", "group", "/groups/{group}", "member"),
    Case(404, "get", "group", "/groups/{other_group}"),
    Case(400, "get", "relationships", "/group_relationships"),
    Case(403, "get", "relationships", f"/group_relationships?group={G}/{{group}}", "member"),
    Case(403, "get", "relationships", f"/group_relationships?group={G}/{{nobody}}"),
    Case(403, "get", "relationships", f"/group_relationships?organization={O}/{{nobody}}"),
    Case(403, "get", "relationship", "/group_relationships/{relationship}", "member"),
    Case(404, "get", "relationship", "/group_relationships/{nobody}"),
    Case(403, "get", "events", f"/scheduled_events?organization={O}/{{organization}}&group={G}/{{group}}", "member"),
    Case(404, "get", "events", f"/scheduled_events?organization={O}/{{organization}}&group={G}/{{other_group}}"),
    Case(403, "post", "hooks", "/webhook_subscriptions", "member", HOOK | {"scope": "group", "group": G + "/{group}"}),
    Case(404, "post", "hooks", "/webhook_subscriptions", body=HOOK | {"scope": "group", "group": G + "/{other_group}"}),
    Case(400, "get", "hosts", "/event_type_memberships"),
    Case(403, "get", "hosts", f"/event_type_memberships?event_type={E}/{{event_type}}", "member"),
    Case(404, "get", "hosts", f"/event_type_memberships?event_type={E}/{{other_event_type}}"),
    Case(404, "get", "organization", "/organizations/{other_organization}"),
    Case(400, "get", "memberships", "/organization_memberships"),
    Case(400, "get", "memberships", f"/organization_memberships?organization={O}/{{organization}}&role=boss"),
    Case(403, "get", "memberships", f"/organization_memberships?user={U}/{{owner}}", "member"),
    Case(403, "get", "memberships", f"/organization_memberships?user={U}/{{other_owner}}"),
    Case(404, "get", "memberships", f"/organization_memberships?organization={O}/{{nobody}}"),
    Case(403, "get", "membership", "/organization_memberships/{admin_membership}", "member"),
    Case(404, "get", "membership", "/organization_memberships/{other_membership}"),
    Case(403, "delete", "membership", "/organization_memberships/{admin_membership}", "member"),
    Case(403, "delete", "membership", "/organization_memberships/{other_membership}"),
    Case(404, "delete", "membership", "/organization_memberships/{nobody}"),
    Case(400, "get", "schedules", "/user_availability_schedules"),
    Case(403, "get", "schedules", f"/user_availability_schedules?user={U}/{{other_owner}}"),
    Case(404, "get", "schedule", "/user_availability_schedules/{other_schedule}"),
    Case(400, "post", "schedules", "/user_availability_schedules", body=SCHEDULE | {"rules": WEEK[1:]}),
    Case(400, "patch", "schedule", "/user_availability_schedules/{schedule}", body={"default": False}),
    Case(403, "patch", "schedule", "/user_availability_schedules/{schedule}", "member", {"name": "Mine"}),
    Case(404, "patch", "schedule", "/user_availability_schedules/{other_schedule}", body={"name": "Mine"}),
    Case(400, "get", "meeting limits", "/user_meeting_limits?user=me"),
    Case(403, "get", "meeting limits", f"/user_meeting_limits?user={U}/{{owner}}", "member"),
    Case(400, "patch", "meeting limits", "/user_meeting_limits", body={"daily": 0}),
    Case(403, "patch", "meeting limits", "/user_meeting_limits", body={"user": U + "/{member}"}),
    Case(400, "get", "busy", f"/user_busy_times?user={U}/{{owner}}"),
    Case(400, "get", "busy", "/user_busy_times"),
    Case(403, "get", "busy", f"/user_busy_times?user={U}/{{other_owner}}&{TIMES}"),
    Case(404, "get", "user", "/users/{other_owner}"),
    Case(404, "get", "user", "/users/nonsense"),
    Case(400, "get", "event types", "/event_types"),
    Case(403, "get", "event types", f"/event_types?organization={O}/{{organization}}", "member"),
    Case(404, "get", "event types", f"/event_types?organization={O}/{{nobody}}"),
    Case(404, "get", "event type", "/event_types/{nobody}"),
    Case(403, "get", "event type", "/event_types/{event_type}", "member"),
    Case(400, "get", "times", f"/event_type_available_times?event_type={E}/{{event_type}}"),
    Case(404, "get", "times", f"/event_type_available_times?event_type={E}/{{other_event_type}}&{TIMES}"),
    Case(400, "get", "events", "/scheduled_events"),
    Case(403, "get", "events", f"/scheduled_events?organization={O}/{{organization}}", "member"),
    Case(404, "get", "events", f"/scheduled_events?organization={O}/{{nobody}}"),
    Case(403, "get", "event", "/scheduled_events/{ahead}", "member"),
    Case(404, "get", "event", "/scheduled_events/{nobody}"),
    Case(400, "get", "invitees", "/scheduled_events/{ahead}/invitees?count=0"),
    Case(403, "get", "invitees", "/scheduled_events/{ahead}/invitees", "member"),
    Case(404, "get", "invitees", "/scheduled_events/{nobody}/invitees"),
    Case(403, "get", "invitee", "/scheduled_events/{ahead}/invitees/{ahead_invitee}", "member"),
    Case(404, "get", "invitee", "/scheduled_events/{ahead}/invitees/{past_invitee}"),
    Case(400, "post", "cancellation", "/scheduled_events/{ahead}/cancellation", body={"reason": 1}),
    Case(403, "post", "cancellation", "/scheduled_events/{ahead}/cancellation", "member"),
    Case(403, "post", "cancellation", "/scheduled_events/{past}/cancellation"),
    Case(403, "post", "cancellation", "/scheduled_events/{canceled}/cancellation"),
    Case(404, "post", "cancellation", "/scheduled_events/{nobody}/cancellation"),
    Case(400, "post", "booking", "/invitees", body={}),
    Case(400, "post", "booking", "/invitees", body=BOOKING | {"start_time": "2027-01-05T10:00:00Z"}),
    Case(404, "post", "booking", "/invitees", body=BOOKING | {"event_type": E + "/{other_event_type}"}),
    Case(400, "post", "no-shows", "/invitee_no_shows", body={"invitee": "x"}),
    Case(403, "post", "no-shows", "/invitee_no_shows", "member", {"invitee": INVITEE}),
    Case(404, "post", "no-shows", "/invitee_no_shows", body={"invitee": API + "/invitees/{nobody}"}),
    Case(403, "get", "no-show", "/invitee_no_shows/{no_show}", "member"),
    Case(404, "get", "no-show", "/invitee_no_shows/{nobody}"),
    Case(403, "delete", "no-show", "/invitee_no_shows/{no_show}", "member"),
    Case(404, "delete", "no-show", "/invitee_no_shows/{nobody}"),
    Case(400, "get", "forms", "/routing_forms"),
    Case(403, "get", "forms", f"/routing_forms?organization={O}/{{organization}}", "member"),
    Case(404, "get", "forms", f"/routing_forms?organization={O}/{{nobody}}"),
    Case(403, "get", "form", "/routing_forms/{form}", "member"),
    Case(404, "get", "form", "/routing_forms/{nobody}"),
    Case(400, "get", "submissions", "/routing_form_submissions"),
    Case(403, "get", "submissions", f"/routing_form_submissions?form={API}/routing_forms/{{form}}", "member"),
    Case(404, "get", "submissions", f"/routing_form_submissions?form={API}/routing_forms/{{nobody}}"),
    Case(403, "get", "submission", "/routing_form_submissions/{submission}", "member"),
    Case(404, "get", "submission", "/routing_form_submissions/{nobody}"),
    Case(400, "post", "hooks", "/webhook_subscriptions", body={}),
    Case(403, "post", "hooks", "/webhook_subscriptions", "member", HOOK),
    Case(404, "post", "hooks", "/webhook_subscriptions", body=HOOK | {"organization": O + "/{nobody}"}),
    Case(
        409,
        "post",
        "hooks",
        "/webhook_subscriptions",
        body=HOOK | {"url": "https://hooks.example/receiver", "events": ["invitee.canceled", "invitee.created"]},
    ),
    Case(400, "get", "hooks", "/webhook_subscriptions"),
    Case(403, "get", "hooks", f"/webhook_subscriptions?organization={O}/{{organization}}&scope=organization", "member"),
    Case(404, "get", "hooks", f"/webhook_subscriptions?organization={O}/{{nobody}}&scope=organization"),
    Case(403, "get", "hook", "/webhook_subscriptions/{hook}", "member"),
    Case(404, "get", "hook", "/webhook_subscriptions/{nobody}"),
    Case(403, "delete", "hook", "/webhook_subscriptions/{hook}", "member"),
    Case(404, "delete", "hook", "/webhook_subscriptions/{nobody}"),
    Case(400, "get", "sample", "/sample_webhook_data"),
    Case(
        403,
        "get",
        "sample",
        f"/sample_webhook_data?event=invitee.created&organization={O}/{{other_organization}}&scope=organization",
    ),
    Case(
        404,
        "get",
        "sample",
        f"/sample_webhook_data?event=invitee.created&organization={O}/{{nobody}}&scope=organization",
    ),
]

REFUSED = [
    Case(status, one.method, one.path, one.url, caller, one.body)
    for one in {case.operation: case for case in SUCCESSES}.values()
    for status, caller in ((401, "nobody"), (403, "unscoped"))
]

NEVER = {
    429: "there are no rate limits yet",
    500: "only a fault of ours ends so: test_a_fault_of_ours_shows_nothing",
    503: "creating a subscription needs nothing outside",
}
NEVER_THERE = {
    ("get", "/users/me", 404): "who has a token exists",
    ("get", "/event_types/{uuid}", 400): "there is nothing to refuse but the id, and that is a 404",
    ("get", "/scheduled_events/{event_uuid}/invitees/{invitee_uuid}", 400): "the same",
    ("get", "/invitee_no_shows/{uuid}", 400): "the same",
    ("get", "/group_relationships/{uuid}", 400): "the same",
    ("get", "/routing_forms/{uuid}", 400): "the same",
    ("get", "/contacts/custom_field_definitions/{uuid}", 400): "the same",
    ("delete", "/contacts/{uuid}", 400): "the same",
    ("get", "/meeting_recaps/{uuid}", 400): "the same",
    ("get", "/teams/{team_uuid}", 400): "the same",
    ("get", "/teams", 404): "who is not of the organization is a 403, whether there is such a user or not",
    ("delete", "/meeting_recaps/{uuid}", 400): "the same",
    ("get", "/meeting_recaps/{uuid}/transcript", 400): "the same",
    ("get", "/contacts/custom_field_definitions", 400): "it takes nothing",
    ("get", "/contacts/custom_field_definitions", 404): "it names nothing",
    ("post", "/contacts", 404): "a custom field that is not there is a wrong value",
    ("get", "/routing_form_submissions/{uuid}", 400): "the same",
    ("get", "/organizations/{uuid}", 400): "the same",
    ("get", "/organizations/{org_uuid}/invitations/{uuid}", 400): "the same",
    ("get", "/organization_memberships/{uuid}", 400): "the same",
    ("delete", "/organization_memberships/{uuid}", 400): "the same",
    ("get", "/user_availability_schedules/{uuid}", 400): "the same",
    ("get", "/user_availability_schedules", 404): "who is not of the organization is a 403",
    ("get", "/user_busy_times", 404): "the same",
    ("get", "/user_busy_times", 424): "no calendar outside is asked yet",
    ("get", "/locations", 404): "who is not of the organization is a 403, whether there is such a user or not",
    ("post", "/event_types", 404): "an owner who is not of the organization is a 403, whether there is one or not",
    ("post", "/data_compliance/deletion/events", 404): "there is nothing to look for but a time",
    ("post", "/data_compliance/deletion/invitees", 404): "who has nothing here is erased as well",
    (
        "post",
        "/one_off_event_types",
        404,
    ): "who is not of the organization is a 403, whether there is such a user or not",
}


async def send(service: Service, scene: Scene, case: Case) -> httpx.Response:
    service.clock = scene.clock
    body = None if case.body is None else json.loads(scene.fill(json.dumps(case.body)))
    return await service.client.request(
        case.method,
        API + scene.fill(case.url),
        json=body,
        headers={"Authorization": f"Bearer {scene.tokens[case.caller]}"},
    )


def check(case: Case, answer: httpx.Response) -> None:
    """See that an answer is what the contract says; the two known exceptions are stated here, and only here."""
    body: Any = answer.json() if answer.content else None
    if case.operation == ("get", "/event_type_available_times") and case.status == 200:
        body = with_fractions(body)
    if case.caller == "unscoped":
        # The contract's oneOf has two alternatives that this body meets both, so it is held against the closer one.
        check_schema("InsufficientScopeError", body)
        return
    check_answer(*case.operation, case.status, body)


LOOKING = [case for case in SUCCESSES if case.method == "get"]
CHANGING = [case for case in SUCCESSES if case.method != "get"]


@pytest.mark.parametrize("case", LOOKING + ERRORS + REFUSED, ids=str)
async def test_answer_matches_the_contract(service: Service, standing_scene: Scene, case: Case) -> None:
    answer = await send(service, standing_scene, case)

    assert answer.status_code == case.status, answer.text
    assert answer.headers["content-type"] == "application/json"
    check(case, answer)


@pytest.mark.parametrize("case", CHANGING, ids=str)
async def test_answer_to_a_change_matches_the_contract(service: Service, scene: Scene, case: Case) -> None:
    answer = await send(service, scene, case)

    assert answer.status_code == case.status, answer.text
    assert answer.headers.get("content-type") == (None if case.status == 204 else "application/json")
    check(case, answer)


def test_every_core_operation_is_answered() -> None:
    assert {case.operation for case in SUCCESSES} == set(core_operations()) | BEYOND_CORE


def test_every_core_operation_and_webhook_is_one_of_the_28() -> None:
    webhooks = [name for name, item in contract()["webhooks"].items() if item["post"].get("x-tier") == "core"]

    assert len(core_operations()) + len(webhooks) == 28


def test_every_status_of_the_contract_has_its_case() -> None:
    tried = {(*case.operation, case.status) for case in SUCCESSES + ERRORS + REFUSED}
    promised = {
        (method, path, int(status))
        for method, path in [*core_operations(), *BEYOND_CORE]
        for status in contract()["paths"][path][method]["responses"]
        if int(status) not in NEVER
    }

    assert promised - tried == set(NEVER_THERE)


async def test_a_fault_of_ours_shows_nothing(
    service: Service, standing_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret internals")

    monkeypatch.setattr(users, "user", fail)

    answer = await send(service, standing_scene, SUCCESSES[0])

    assert answer.status_code == 500
    check_answer("get", "/users/me", 500, answer.json())
    assert answer.json() == {
        "title": "Internal Server Error",
        "message": "The server encountered an unexpected condition that prevented it from fulfilling the request.",
    }
