"""The bounds of values in requests, as JSON Schema keywords for the OpenAPI document (``make openapi``).

They check nothing: the code that reads a request refuses what is out of bounds, in the API's own words, and ``make
fuzz`` compares the two. What no schema can express, such as a slug that is taken, is in the fields' docstrings.
"""

from typing import Any

from msgspec import Meta

from openslot.wire.common import URI_OF

_UUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
MAX_MINUTES = 3650 * 24 * 60
"""Ten years."""
MAX_INTEGER = 2**31 - 1
"""The largest value of an ``integer`` column."""
LOCATION_KINDS = [
    "physical", "custom", "inbound_call", "ask_invitee", "outbound_call", "google_conference", "zoom_conference",
    "gotomeeting_conference", "microsoft_teams_conference", "webex_conference",
]  # fmt: skip
QUESTION_TYPES = ["string", "text", "phone_number", "single_select", "multi_select"]
LOCALES = ["de", "en", "es", "fr", "it", "nl", "pt", "th", "uk"]
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

_HOUR = "([01][0-9]|2[0-3]):[0-5][0-9]"
_INTERVALS = {
    "type": "array",
    "description": "Wall-clock times; one that does not end after it starts ends on the next day. Empty: closed.",
    "items": {
        "type": "object",
        "properties": {
            "from": {"type": "string", "pattern": f"^{_HOUR}$"},
            "to": {"type": "string", "pattern": f"^({_HOUR}|24:00)$"},
        },
        "required": ["from", "to"],
    },
}
RULE = {
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "type": {"const": "wday"},
                "wday": {"enum": WEEKDAYS},
                "date": {"description": "Ignored."},
                "intervals": _INTERVALS,
            },
            "required": ["type", "wday", "intervals"],
        },
        {
            "type": "object",
            "properties": {
                "type": {"const": "date"},
                "date": {"type": "string", "format": "date"},
                "wday": {"description": "Ignored."},
                "intervals": _INTERVALS,
            },
            "required": ["type", "date", "intervals"],
        },
    ]
}
"""One rule of an availability schedule: the hours of a weekday, or of one date. No day has two rules."""


def uri_of(*resources: str) -> dict[str, Any]:
    """Keywords for the URI of a resource, named as in paths.

    There is no ``format``: the part before the resource is the operator's to choose, and is not checked.
    """
    named = resources[0] if len(resources) == 1 else f"({'|'.join(resources)})"
    return {"pattern": f"^https?://[!-~]+/{named}/{_UUID}$"}


def schema(**keywords: Any) -> Meta:
    """What a JSON Schema states of a value in requests."""
    return Meta(extra_json_schema=keywords)


def uri(resource: str) -> Meta:
    """The URI of a resource; the code that reads it checks it."""
    return Meta(extra_json_schema=uri_of(resource))


def named_uri(resource: str) -> Meta:
    """The URI of a resource; checked when the request is decoded."""
    return Meta(extra={URI_OF: resource}, extra_json_schema=uri_of(resource))


SEEN = {"pattern": r"\S"}
REGION = schema(format="region", pattern="^[A-Z]{2}(-[A-Z0-9]{1,3})?$", examples=["IT", "US-CA"])
EMAIL = schema(format="email")
NAME = schema(minLength=1, maxLength=55, **SEEN)
"""The name of an event type."""
ZONE = schema(
    format="timezone", pattern=r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$", maxLength=64, examples=["Europe/Rome"]
)
SLUG = schema(pattern="^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$", maxLength=50)
MINUTES = schema(minimum=1, maximum=720)
MAX_REMINDERS, MAX_REMINDER_MINUTES = 5, 43_200
REMINDER = schema(minimum=1, maximum=MAX_REMINDER_MINUTES)
REDIRECT = schema(format="uri", pattern="^https?://", maxLength=2000, examples=["https://example.org/thank-you"])
DURATIONS = schema(minItems=1, maxItems=4, uniqueItems=True)
CUTOFF = schema(minimum=0, maximum=MAX_MINUTES)
EVENT_TYPE = uri("event_types")
USER = uri("users")
LOCATION = {
    "properties": {
        "kind": {"enum": LOCATION_KINDS},
        "location": {"maxLength": 255},
        "additional_info": {"maxLength": 255},
    },
    "if": {"properties": {"kind": {"const": "inbound_call"}}},
    "then": {"required": ["phone_number"], "properties": {"phone_number": {"type": "string", **SEEN}}},
}
"""A location that an event type offers."""
