"""Validation of an invitee's input against the event type's questions and locations, for pages and API alike.

Each check returns the cleaned value and appends to ``errors``, so that a form can show all errors at once.
Source: behaviours, sections 8, 10 and 13.
"""

from collections.abc import Sequence

from openslot.core.availability import zone_named
from openslot.core.choices import choice_meant, choices_meant, is_same_choice
from openslot.core.contacts import email_address, unique_addresses
from openslot.core.errors import FieldError
from openslot.core.kinds import location_kind
from openslot.core.phones import PhoneProblem, phone_number, read_phone
from openslot.wire.characters import one_line, stripped
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import InviteeLocation, QuestionAndAnswer
from openslot.wire.scheduled_events import Location

MAX_GUESTS = 10
MAX_READ_GUESTS = 20
"""More than ``MAX_GUESTS``, since duplicates count once; limited, since parsing an address takes up to 1 ms."""
MAX_ANSWER_LENGTH = 10_000
MUST_BE_FILLED = "must be filled"
NOT_A_ZONE = "is not an IANA time zone, such as Europe/Rome"
INVALID = "invalid"
NO_NAME = "invitee: either name or first_name must be filled"
UNANSWERED = "Required Questions and Answers cannot be blank."
NO_PHONE_NUMBER = "questions_and_answers: {} is not a valid phone number"
"""Clients match these three texts. Source: since-september, section 7."""

LOCATION_CHOICE = "event.location_configuration.location"
"""The parameter of a location that can't be chosen."""
WRONG_LOCATION = "invalid_location_choice"
"""The code of a location that the event type does not have."""
FREE_KINDS = frozenset({"ask_invitee", "outbound_call"})
"""Location kinds for which the invitee gives the location."""
CONFERENCES = {
    "google_conference": "google_conference",
    "zoom_conference": "zoom",
    "gotomeeting_conference": "gotomeeting",
    "microsoft_teams_conference": "microsoft_teams_conference",
    "webex_conference": "webex_conference",
}
"""From the kind in an event type's configuration to the type on an event."""
_CONFIGURED = {type_: kind for kind, type_ in CONFERENCES.items()}


WRONG_ZONE = "is not an IANA time zone, such as Europe/Rome"
"""What is wrong with a time zone that is none."""


def is_zone(name: str) -> bool:
    """Whether ``name`` is an IANA time zone."""
    try:
        zone_named(name)
    except ValueError:
        return False
    return True


def check_guests(guests: Sequence[str], errors: list[FieldError]) -> list[str]:
    """The guests' addresses without duplicates, 10 at most. A list of far more is refused unread."""
    if len(guests) > MAX_READ_GUESTS:
        errors.append(FieldError("event_guests", f"must have at most {MAX_GUESTS} items"))
        return []
    addresses = [email_address(guest) for guest in guests]
    errors += [FieldError(f"event_guests[{index}]", INVALID) for index, one in enumerate(addresses) if one is None]
    cleaned = unique_addresses(one for one in addresses if one is not None)
    if len(cleaned) > MAX_GUESTS:
        errors.append(FieldError("event_guests", f"must have at most {MAX_GUESTS} items"))
    return cleaned


def check_phone(text: str, parameter: str, errors: list[FieldError]) -> str | None:
    """The number as E.164; None after an error."""
    number = read_phone(text)
    if isinstance(number, PhoneProblem):
        errors.append(FieldError(parameter, number.value))
        return None
    return number


def check_answers(
    questions: Sequence[CustomQuestion], answers: Sequence[tuple[str, str]], errors: list[FieldError]
) -> list[QuestionAndAnswer]:
    """The answers in the order of the questions; ``answers`` are pairs of question and answer.

    Questions are matched by exact name, and each may be answered once. Optional questions without an answer are left
    out.
    """
    enabled = [question for question in sorted(questions, key=lambda one: one.position) if question.enabled]
    names = {question.name for question in enabled}
    given: dict[str, tuple[str, str]] = {}
    for index, (name, answer) in enumerate(answers):
        if name not in names or name in given:
            errors.append(FieldError(f"questions_and_answers[{index}].question", INVALID))
        else:
            given[name] = (f"questions_and_answers[{index}].answer", stripped(answer))
    checked = []
    for position, question in enumerate(enabled):
        if question.name not in given:
            if question.required:
                errors.append(FieldError("questions_and_answers", f'{UNANSWERED} "{question.name}" {MUST_BE_FILLED}'))
            continue
        parameter, answer = given[question.name]
        if not answer:
            if question.required:
                errors.append(FieldError(parameter, MUST_BE_FILLED))
            continue
        cleaned = _answer(question, answer)
        if cleaned is None:
            is_phone = question.type == "phone_number" and len(answer) <= MAX_ANSWER_LENGTH
            errors.append(FieldError(parameter, NO_PHONE_NUMBER.format(question.name) if is_phone else INVALID))
        else:
            checked.append(QuestionAndAnswer(question.name, cleaned, position))
    return checked


def _answer(question: CustomQuestion, answer: str) -> str | None:
    if question.type == "multi_select":
        return _several(question, answer)
    if question.type == "single_select":
        return _one(question, answer)
    if len(answer) > MAX_ANSWER_LENGTH:
        return None
    match question.type:
        case "phone_number":
            return phone_number(answer)
        case "string":
            return " ".join(answer.splitlines())
        case _:
            return answer


def _one(question: CustomQuestion, answer: str) -> str | None:
    """The choice that the answer means, or the invitee's own text."""
    place = choice_meant(answer, question.answer_choices)
    if place is not None:
        return one_line(question.answer_choices[place])
    return answer if question.include_other and len(answer) <= MAX_ANSWER_LENGTH else None


def _several(question: CustomQuestion, answer: str) -> str | None:
    """The chosen ones, one per line. The limit applies only to the invitee's own texts: choices are the host's."""
    chosen = choices_meant(answer, question.answer_choices)
    own = [one.text for one in chosen if one.place is None]
    if (own and not question.include_other) or sum(map(len, own)) > MAX_ANSWER_LENGTH:
        return None
    return "\n".join(one.text for one in chosen)


def check_location(
    configured: Sequence[LocationConfiguration], chosen: InviteeLocation | None, errors: list[FieldError]
) -> Location | None:
    """The location of the event; None for event types without a location or after an error."""
    if chosen is None:
        if not configured:
            return None
        if len(configured) > 1:
            errors.append(FieldError("location", MUST_BE_FILLED))
            return None
        chosen = InviteeLocation(configured[0].kind)
    kind = location_kind(chosen.kind)
    candidates = [one for one in configured if one.kind == kind]
    if not candidates:
        errors.append(FieldError(LOCATION_CHOICE, "invalid location choice", code=WRONG_LOCATION))
        return None
    if len(candidates) > 1 and kind not in FREE_KINDS:
        named = chosen.location or ""
        candidates = [one for one in candidates if is_same_choice(one.location or "", named)] or candidates
    return _event_location(candidates[0], stripped(chosen.location or ""), errors)


def check_planned_location(
    planned: Location | None, chosen: InviteeLocation | None, errors: list[FieldError]
) -> Location | None:
    """The location for an invitee who joins a scheduled group event (rules, section 10); None after an error.

    The event's location is fixed, and another choice is refused. For kinds that every invitee fills in, such as a phone
    number, the choice applies to this invitee only.
    """
    if planned is None:
        return None
    configured = planned_configuration(planned)
    text = "" if chosen is None else stripped(chosen.location or "")
    is_free = configured.kind in FREE_KINDS
    is_elsewhere = not is_free and text not in {"", (configured.location or "").strip()}
    if chosen is not None and (location_kind(chosen.kind) != configured.kind or is_elsewhere):
        errors.append(FieldError(LOCATION_CHOICE, "invalid location choice", code=WRONG_LOCATION))
        return None
    return _event_location(configured, text, errors) if is_free else planned


def planned_configuration(planned: Location) -> LocationConfiguration:
    """The location of a scheduled event in the form of an event type's configuration, to offer it to those who join."""
    kind = _CONFIGURED.get(planned.type, planned.type)
    if kind in FREE_KINDS:
        return LocationConfiguration(kind)
    where = planned.location or None
    info = planned.additional_info or None
    if kind == "inbound_call":
        return LocationConfiguration(kind, additional_info=info, phone_number=where)
    return LocationConfiguration(kind, location=where, additional_info=info)


def is_given_by_invitee(location: Location | None) -> bool:
    """Whether an invitee gave this location: a number to call or a place to meet."""
    return location is not None and location.type in FREE_KINDS


def location_for_all(location: Location | None) -> Location | None:
    """A group event's location as all its invitees may see it: only the kind, if each invitee gives a location."""
    if location is None or not is_given_by_invitee(location):
        return location
    return Location(location.type, location=None)


def own_location(given: Location | None, planned: Location | None) -> Location | None:
    """The location that an invitee gave, if every invitee of the scheduled group event gives one; else None."""
    if given is None or not is_given_by_invitee(given) or planned is None:
        return None
    return given if planned.type == given.type else None


def _event_location(configured: LocationConfiguration, text: str, errors: list[FieldError]) -> Location | None:
    match configured.kind:
        case "physical" | "inbound_call":
            where = configured.location
            if configured.kind == "inbound_call":  # earlier versions stored numbers as they were written
                where = phone_number(configured.phone_number or "") or configured.phone_number
            place = Location(configured.kind, location=where or "")
            if configured.additional_info:
                place.additional_info = configured.additional_info
            return place
        case "custom":
            return Location("custom", location=configured.location)
        case "ask_invitee" | "outbound_call":
            if not text:
                errors.append(FieldError("location.location", MUST_BE_FILLED))
                return None
            if configured.kind == "ask_invitee":
                return Location(configured.kind, location=text)
            number = check_phone(text, "location.location", errors)
            return None if number is None else Location(configured.kind, location=number)
        case kind:
            # No conferencing provider is connected, so there will never be a link to join.
            place = Location(CONFERENCES[kind], status="failed", join_url=None)
            if kind != "google_conference":
                place.data = None
            return place
