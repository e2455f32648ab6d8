"""The types of parameters, as the OpenAPI document describes them (``make openapi``).

Their bounds are documentation only: the client sends what it gets, and the server makes its own checks.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

from openslot.wire.bounds import MINUTES, REGION, schema, uri_of
from openslot.wire.webhooks import ALL_EVENT_SCOPES


def _uri(of: str, *resources: str) -> Meta:
    return Meta(description=f"URI of {of}.", extra_json_schema=uri_of(*resources))


Id = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
UserUri = Annotated[str, _uri("a user", "users")]
OrganizationUri = Annotated[str, _uri("the organization", "organizations")]
GroupUri = Annotated[str, _uri("a group", "groups")]
MemberUri = Annotated[str, _uri("a membership or of an invitation", "organization_memberships", "invitations")]
EventTypeUri = Annotated[str, _uri("an event type", "event_types")]
ScheduleUri = Annotated[str, _uri("an availability schedule", "user_availability_schedules")]
RoutingFormUri = Annotated[str, _uri("a routing form", "routing_forms")]
ScheduledEventUri = Annotated[str, _uri("a scheduled event", "scheduled_events")]
ContactListUri = Annotated[str, _uri("a list of contacts", "contact_lists")]
ContactUris = Annotated[str, Meta(description="Comma list of URIs of contacts.", extra_json_schema=uri_of("contacts"))]
Instant = Annotated[datetime, Meta(tz=True)]

Count = Annotated[int, Meta(ge=1, le=100, extra_json_schema={"default": 20})]
LogCount = Annotated[int, Meta(ge=1, le=1000, extra_json_schema={"default": 20})]
Status = Annotated[str, Meta(extra_json_schema={"enum": ["active", "canceled"]})]
InvitationStatus = Annotated[str, Meta(extra_json_schema={"enum": ["pending", "accepted", "declined"]})]
Scope = Annotated[str, Meta(extra_json_schema={"enum": ["organization", "user", "group"]})]
DeliveryState = Annotated[str, Meta(extra_json_schema={"enum": ["pending", "delivered", "failed", "discarded"]})]
Role = Annotated[str, Meta(extra_json_schema={"enum": ["owner", "admin", "user"]})]
RecapStatus = Annotated[str, schema(enum=["available", "processing", "unavailable"])]
Duration = Annotated[int, MINUTES]
Region = Annotated[str, REGION]
Year = Annotated[int, schema(minimum=1970, maximum=9999)]
Event = Annotated[str, schema(enum=list(ALL_EVENT_SCOPES))]
Excluded = Annotated[str, schema(enum=["custom_fields"])]
PageToken = Annotated[str, schema(pattern="^[A-Z2-7]+$")]
