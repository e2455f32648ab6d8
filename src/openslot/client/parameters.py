"""The types of parameters, as the documentation of the API has them (``make openapi``).

The client sends what it is given, and the server checks: what is said here bounds neither.
"""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

_URI = {"format": "uri"}
Id = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
UserUri = Annotated[str, Meta(description="URI of a user.", extra_json_schema=_URI)]
OrganizationUri = Annotated[str, Meta(description="URI of the organization.", extra_json_schema=_URI)]
GroupUri = Annotated[str, Meta(description="URI of a group.", extra_json_schema=_URI)]
MemberUri = Annotated[str, Meta(description="URI of a membership or of an invitation.", extra_json_schema=_URI)]
EventTypeUri = Annotated[str, Meta(description="URI of an event type.", extra_json_schema=_URI)]
ScheduleUri = Annotated[str, Meta(description="URI of an availability schedule.", extra_json_schema=_URI)]
RoutingFormUri = Annotated[str, Meta(description="URI of a routing form.", extra_json_schema=_URI)]
Instant = Annotated[datetime, Meta(tz=True)]

Count = Annotated[int, Meta(ge=1, le=100, extra_json_schema={"default": 20})]
Status = Annotated[str, Meta(extra_json_schema={"enum": ["active", "canceled"]})]
Scope = Annotated[str, Meta(extra_json_schema={"enum": ["organization", "user", "group"]})]
DeliveryState = Annotated[str, Meta(extra_json_schema={"enum": ["pending", "delivered", "failed", "discarded"]})]
