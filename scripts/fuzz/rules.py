"""Refusals of requests that the schema allows: the document describes them in words, since no schema can.

Each rule has a parameter, the message of the refusal, and the reason why no schema expresses it. A refusal counts as
documented if there is a rule for each of its details.
"""

import re
from typing import Any, NamedTuple

from schemathesis import Response
from schemathesis.core.failures import Failure
from schemathesis.generation.case import Case

BAD_REQUEST, NOT_FOUND = 400, 404
METHODS_OF_CALENDLY = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}


class Rule(NamedTuple):
    """A refusal: regular expressions for the whole parameter and message, and the reason why no schema has it."""

    parameter: str
    message: str
    why: str


KEPT_ELSEWHERE = "the list is maintained elsewhere, and grows"
ONE_OF_SEVERAL = "OpenAPI can't express that one parameter needs another"
OF_NOW = "no schema knows what time it is"
OF_THE_STATE = "no schema knows the state of the service"
COMPARED = "no schema compares two values"
ENTRIES = "no schema compares parts of the entries of a list"
RULES = [
    Rule(".*", "contains a character that can't be stored", "JSON can hold half of a surrogate pair"),
    Rule("page_token", "invalid", "a token is of one list, and of one order"),
    # Names from lists that are maintained elsewhere
    Rule(".*timezone", "is not an IANA time zone, such as Europe/Rome", KEPT_ELSEWHERE),
    Rule(r"invitee\.timezone", "invalid", KEPT_ELSEWHERE),
    Rule(r"invitee\.name", "invalid", "first and last name are no longer than one of them may be"),
    Rule("availability|availability_rule|rules", "unknown time zone .*", KEPT_ELSEWHERE),
    Rule("region|holiday_region", "is not a known country or region, such as IT or US-CA", KEPT_ELSEWHERE),
    Rule(r"worked_holidays\[\d+\]", "is not a holiday of the region", KEPT_ELSEWHERE),
    Rule(".*(name|label)|invitee|.*answer_choices", ".*must be filled", "Unicode defines which characters are visible"),
    Rule(
        r"(invitee\.email|event_guests\[\d+\]|emails\[\d+\])",
        "invalid",
        "some texts of the format are no address",
    ),
    Rule(
        r"invitee\.text_reminder_number|location\.location|.*phone_number",
        "must begin with the country code, such as \\+39|must have no extension|is not a valid phone number",
        "numbering plans are maintained elsewhere",
    ),
    Rule("url", ".*", "the operator decides which hosts may be reached"),
    Rule("actor|attendee|remind_at", "invalid", "lists and formats that the contract has as plain texts"),
    Rule("scopes", ".* is no scope", KEPT_ELSEWHERE),
    Rule("country|timezone", "invalid", KEPT_ELSEWHERE),
    Rule("currency", "is not a known currency", KEPT_ELSEWHERE),
    Rule("share_link", "invalid", "which links are safe depends on their parts"),
    Rule(r"redirect_uris\[\d+\]", "must be .*", "which URIs are safe depends on their parts"),
    Rule("picture", "can't be read.*|is too large.*|has too many pixels.*", "no schema knows the formats of pictures"),
    # A parameter that needs another
    Rule("now|advance_seconds", "or the other one must be filled", ONE_OF_SEVERAL),
    Rule(r"currency|options(\[\d+\]\.label)?", "is of no use to this field_type|must be filled", ONE_OF_SEVERAL),
    Rule(r"availability_rule\.user", "must be filled|is not a host of the event type", OF_THE_STATE),
    Rule("user|organization|group|owner", "must be filled", ONE_OF_SEVERAL),
    Rule("user", "can't be set together with event_type", ONE_OF_SEVERAL),
    Rule("scope|event", ".* is not available for (user|group|organization) scope", ONE_OF_SEVERAL),
    Rule("event_types", ".* is about no event type", OF_THE_STATE),
    Rule(r"custom_fields\[\d+\]\.(uuid|value)", ".*", OF_THE_STATE),
    Rule("event_type", "must be a one-on-one event type", OF_THE_STATE),
    # The clock
    Rule(".*(start_time|end_date|expires_at)", "(start_time )?must be in the future", OF_NOW),
    Rule("end_time", "must be in the past", OF_NOW),
    Rule("rules", "must not have a date before .*", OF_NOW),
    Rule("year", "must be from last year to ten years ahead", OF_NOW),
    Rule("base", "Event is not started yet", OF_NOW),
    # The state of the service
    Rule(r"event\.start_time", "That start time has been filled", OF_THE_STATE),
    Rule("duration", "is not among the event type's durations", OF_THE_STATE),
    Rule(r"event\.duration|duration", "invalid", OF_THE_STATE),
    Rule(r"event\.location_configuration\.location", "invalid location choice", OF_THE_STATE),
    Rule(r"location(\.location)?", "must be filled", OF_THE_STATE),
    Rule(r"questions_and_answers(\[\d+\]\.\w+)?", ".*", OF_THE_STATE),
    Rule("availability_schedule", "is not a schedule of the owner", OF_THE_STATE),
    Rule("availability_schedule", "is the default.*|is used by event types.*", OF_THE_STATE),
    Rule("default", "make another one the default instead", OF_THE_STATE),
    Rule(r"event_types\[\d+\]", "is not a known event type", OF_THE_STATE),
    Rule("owner|event_type", "is a one-off event type, .*", OF_THE_STATE),
    Rule(r"hosts_for\[\d+\]", "This user is not in your organization", OF_THE_STATE),
    Rule("invitee", "is canceled|is marked as a no-show already", OF_THE_STATE),
    Rule("seats", "is only for groups|must be at least .*|must be from 2 to 9999", OF_THE_STATE),
    Rule(r"members\[\d+\]\.user", "is a member of another group", OF_THE_STATE),
    Rule(r"hosts|hosts\[\d+\]\.pool|pool_sizes", "must be the owner alone .*|is only for multi_pool", OF_THE_STATE),
    Rule(r"pool_sizes(\[\d+\])?", "must be from 1 to the pool's hosts.*|must be filled", OF_THE_STATE),
    Rule(r"hosts\[\d+\]\.pool", "must be from 0 to .*", OF_THE_STATE),
    Rule("hide_location", "is only for a single custom location", OF_THE_STATE),
    Rule("max_booking_time|start_date|end_date", "must be filled", OF_THE_STATE),
    # Two values compared
    Rule("start_time", "start_time must be before end_time", COMPARED),
    Rule("end_time", "end_time must be at most 31 days after start_time", COMPARED),
    Rule("last_day|end_date|date_range.last", "must not be before .*", COMPARED),
    Rule("last_day", "must be within three years of first_day", COMPARED),
    Rule(r"date_setting\.end_date", "must be on or after start_date, within 365 days", COMPARED),
    Rule("until", "must be after since", COMPARED),
    Rule("duration_options", "must contain duration", COMPARED),
    Rule(r"reconfirmation\.by_minutes", "must be less than ask_minutes", COMPARED),
    Rule("start_time", "must be (before|at most 24 months before) end_time", COMPARED),
    Rule(r"(emails|phone_numbers|custom_fields|options)\[\d+\]\.\w+", "is named more than once", ENTRIES),
    Rule("emails", "must have exactly one primary address", "no schema counts the entries of a list that are alike"),
    Rule("rules", "must have exactly one rule of type wday for each weekday", "the same"),
    Rule(r"members\[\d+\](\.user)?", "is named more than once", ENTRIES),
    Rule("hosts|custom_questions", "must be unique", "the same"),
    Rule(r"rules|availability|availability_rule(\.rules)?", ".* has two rules", "the same"),
    Rule("event_guests", "must have at most 10 items", "the same: addresses count once"),
    Rule(
        r"date_setting\.spots\[\d+\]\.(start|end)_time", "must .*", "each is compared with the duration and the others"
    ),
]


def is_documented(failure: Failure, case: Case[Any], response: Response) -> bool:
    """Whether a failure is a refusal that the document describes in words."""
    if failure.code == "ST204":  # a method that the document does not have
        # The contract wants 404 there: behaviours, section 1.
        is_calendly_s = not case.path.startswith("/openslot/")
        return is_calendly_s and response.status_code == NOT_FOUND and response.request.method in METHODS_OF_CALENDLY
    if failure.code != "ST202" or response.status_code != BAD_REQUEST:
        return False
    details: list[dict[str, Any]] = response.json().get("details", [])
    return bool(details) and all(_is_ruled(one.get("parameter", ""), one["message"]) for one in details)


def _is_ruled(parameter: str, message: str) -> bool:
    return any(re.fullmatch(one.parameter, parameter) and re.fullmatch(one.message, message) for one in RULES)
