"""What an invitee fills in, checked against what the event type asks. Pages and API accept exactly this.

Each check returns the cleaned value and adds what is wrong to ``errors``, so that a form shows all of it at once.
Source: behaviours, sections 8, 10 and 13.
"""

import re
from collections.abc import Sequence

from openslot.core.availability import zone_named
from openslot.core.errors import FieldError
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import InviteeLocation, QuestionAndAnswer
from openslot.wire.scheduled_events import Location

MOST_GUESTS = 10
LONGEST_EMAIL = 254
LONGEST_NAME = 255
LONGEST_ANSWER = 10_000
MUST_BE_FILLED = "must be filled"
INVALID = "invalid"
NO_NAME = "invitee: either name or first_name must be filled"
UNANSWERED = "Required Questions and Answers cannot be blank."
NO_PHONE_NUMBER = "questions_and_answers: {} is not a valid phone number"
"""Clients match these three. Source: since-september, section 7."""

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f<>()\[\],;:\\\"]{1,64}@[^@\s\x00-\x1f\x7f<>()\[\],;:\\\"]{1,190}")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_PHONE_FILLERS = str.maketrans("", "", " -.()/\u00a0")

WRONG_LOCATION = "invalid_location_choice"
"""The code of a location that the event type does not have."""
FREE_KINDS = frozenset({"ask_invitee", "outbound_call"})
"""Location kinds for which the invitee says where."""
CONFERENCES = {
    "google_conference": "google_conference",
    "zoom_conference": "zoom",
    "gotomeeting_conference": "gotomeeting",
    "microsoft_teams_conference": "microsoft_teams_conference",
    "webex_conference": "webex_conference",
}
"""Kind in the configuration to type on the event."""


def is_email(text: str) -> bool:
    """Whether ``text`` can be an address: one @, a domain with a dot or ``localhost``, nothing that splits a header."""
    if len(text) > LONGEST_EMAIL or not _EMAIL.fullmatch(text):
        return False
    domain = text.rpartition("@")[2]
    labels = domain.split(".")
    if len(labels) == 1 and domain != "localhost":
        return False
    return all(labels) and not any(label.startswith("-") or label.endswith("-") for label in labels)


def phone_number(text: str) -> str | None:
    """``text`` as E.164 (``+390655500123``), or None where it is no such number; usual separators are dropped."""
    digits = text.strip().translate(_PHONE_FILLERS)
    return digits if _PHONE.fullmatch(digits) else None


def is_zone(name: str) -> bool:
    """Whether ``name`` is an IANA time zone."""
    try:
        zone_named(name)
    except ValueError:
        return False
    return True


def check_guests(guests: Sequence[str], errors: list[FieldError]) -> list[str]:
    """Addresses without blanks and repetitions; 10 at most."""
    cleaned: dict[str, str] = {}
    for index, guest in enumerate(guests):
        text = guest.strip()
        if not is_email(text):
            errors.append(FieldError(f"event_guests[{index}]", INVALID))
        else:
            cleaned.setdefault(text.lower(), text)
    if len(cleaned) > MOST_GUESTS:
        errors.append(FieldError("event_guests", f"must have at most {MOST_GUESTS} items"))
    return list(cleaned.values())


def check_answers(
    questions: Sequence[CustomQuestion], answers: Sequence[tuple[str, str]], errors: list[FieldError]
) -> list[QuestionAndAnswer]:
    """The answers in the order of the questions; ``answers`` are pairs of question and answer.

    A question is matched by its name, case included, and answered once; unanswered optional ones are left out.
    """
    enabled = [question for question in sorted(questions, key=lambda one: one.position) if question.enabled]
    names = {question.name for question in enabled}
    given: dict[str, tuple[str, str]] = {}
    for index, (name, answer) in enumerate(answers):
        if name not in names or name in given:
            errors.append(FieldError(f"questions_and_answers[{index}].question", INVALID))
        else:
            given[name] = (f"questions_and_answers[{index}].answer", answer.strip())
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
            is_phone = question.type == "phone_number" and len(answer) <= LONGEST_ANSWER
            errors.append(FieldError(parameter, NO_PHONE_NUMBER.format(question.name) if is_phone else INVALID))
        else:
            checked.append(QuestionAndAnswer(question.name, cleaned, position))
    return checked


def _answer(question: CustomQuestion, answer: str) -> str | None:
    if len(answer) > LONGEST_ANSWER:
        return None
    match question.type:
        case "phone_number":
            return phone_number(answer)
        case "string":
            return " ".join(answer.splitlines())
        case "single_select":
            return answer if question.include_other or answer in question.answer_choices else None
        case "multi_select":
            chosen = [line.strip() for line in answer.split("\n") if line.strip()]
            known = question.include_other or all(line in question.answer_choices for line in chosen)
            return "\n".join(chosen) if known else None
        case _:
            return answer


def check_location(
    configured: Sequence[LocationConfiguration], chosen: InviteeLocation | None, errors: list[FieldError]
) -> Location | None:
    """Where the event will take place; None for event types without a location or after an error."""
    if chosen is None:
        if not configured:
            return None
        if len(configured) > 1:
            errors.append(FieldError("location", MUST_BE_FILLED))
            return None
        chosen = InviteeLocation(configured[0].kind)
    candidates = [one for one in configured if one.kind == chosen.kind]
    if not candidates:
        errors.append(
            FieldError("event.location_configuration.location", "invalid location choice", code=WRONG_LOCATION)
        )
        return None
    if len(candidates) > 1 and chosen.kind not in FREE_KINDS:
        candidates = [one for one in candidates if one.location == chosen.location] or candidates
    return _event_location(candidates[0], (chosen.location or "").strip(), errors)


def _event_location(configured: LocationConfiguration, text: str, errors: list[FieldError]) -> Location | None:
    match configured.kind:
        case "physical" | "inbound_call":
            where = configured.location if configured.kind == "physical" else configured.phone_number
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
            cleaned = phone_number(text) if configured.kind == "outbound_call" else text
            if cleaned is None:
                errors.append(FieldError("location.location", INVALID))
                return None
            return Location(configured.kind, location=cleaned)
        case kind:
            # No conferencing provider is connected, so no link will ever be pushed.
            place = Location(CONFERENCES[kind], status="failed", join_url=None)
            if kind != "google_conference":
                place.data = None
            return place
