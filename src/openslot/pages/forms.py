"""The form of the confirm step: its questions, the answers, and the command, the same that the API builds.

Rules live in the core; here a refused parameter only finds its field and a sentence in the visitor's language.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from openslot.core.booking_form import FREE_KINDS, MAX_GUESTS, MAX_READ_GUESTS, MUST_BE_FILLED, check_answers
from openslot.core.choices import choice_meant, choices_meant
from openslot.core.contacts import email_address, person_name
from openslot.core.errors import FieldError
from openslot.core.queries import separated
from openslot.db.event_types import EventType
from openslot.html.fields import (
    ANSWER,
    Choice,
    Field,
    Filled,
    choice_index,
    choice_text,
    first,
    missing,
    wrong,
)
from openslot.html.lengths import longest
from openslot.html.phones import phone_answer, phone_field
from openslot.html.text import identifier
from openslot.pages.trail import ANSWERS, SUBMISSION, TRACKING
from openslot.pages.visitor import VisitorPage
from openslot.presenters import places
from openslot.services.booking.command import Booking, GivenAnswer
from openslot.services.booking.form import CONSENT
from openslot.wire.characters import is_seen, one_line
from openslot.wire.common import Tracking
from openslot.wire.event_type_settings import is_hidden
from openslot.wire.event_types import CustomQuestion
from openslot.wire.invitees import InviteeLocation, NewTracking

GUESTS = "guests"
MAX_UTM_LENGTH = longest(NewTracking, "utm_source")
"""A longer value in an address keeps nobody from booking; it is cut."""
OTHER = "other"
"""The choice that stands for the visitor's own words."""
_INDEX = re.compile(r"(\w+)\[(\d+)\]")


def tracking(query: Mapping[str, str]) -> Tracking:
    """Where the visitor came from, according to the address."""
    return Tracking(**{key: query[key][:MAX_UTM_LENGTH] for key in TRACKING if query.get(key)})


def enabled_questions(event_type: EventType) -> list[CustomQuestion]:
    """The questions that are shown, in their order."""
    enabled = [one for one in event_type.custom_questions if one.enabled]
    return sorted(enabled, key=lambda one: one.position)


def prefilled(event_type: EventType, query: Mapping[str, str]) -> Filled:
    """What the address fills in beforehand, as if it had been typed. Source: behaviours, section 14."""
    name = person_name(query.get("name")) or person_name(query.get("first_name"), query.get("last_name"))
    email, guests = query.get("email", ""), separated(query.get(GUESTS, ""))
    read, unread = guests[:MAX_READ_GUESTS], guests[MAX_READ_GUESTS:]
    data: dict[str, Sequence[str]] = {
        "name": [name],
        **_split_name(query),
        "email": [email_address(email) or email],
        GUESTS: ["\n".join([*(email_address(guest) or guest for guest in read), *unread])],
    }
    for index, configured in enumerate(event_type.locations):
        if configured.kind in FREE_KINDS:
            data[f"location-text-{index}"] = [query.get("location", "")]
    for index, (question, key) in enumerate(zip(enabled_questions(event_type), ANSWERS, strict=False)):
        data |= _prefilled_answer(f"{ANSWER}{index}", question, query.get(key, ""))
    return data


def _split_name(query: Mapping[str, str]) -> dict[str, Sequence[str]]:
    """First and last name from the address; of a name alone, the first word is the first name."""
    if query.get(FIRST_NAME) or query.get(LAST_NAME):
        return {FIRST_NAME: [query.get(FIRST_NAME, "")], LAST_NAME: [query.get(LAST_NAME, "")]}
    known, _, rest = one_line(query.get("name", "")).partition(" ")
    return {FIRST_NAME: [known], LAST_NAME: [rest]}


def booking_fields(page: VisitorPage, event_type: EventType, data: Filled) -> list[Field]:
    """The questions of the confirm step, with what ``data`` answers."""
    fields = [
        *_name_fields(page, event_type, data),
        Field(
            "email", page.gettext("Email"), "email", required=True, value=first(data, "email"), autocomplete="email",
            missing=page.gettext("Enter your email address"),
            wrong=page.gettext("Enter an email address in the form name@example.com"),
        ),
        guests_field(page, data),
    ]  # fmt: skip
    fields += _location_fields(page, event_type, data)
    fields += [
        _question_field(page, f"{ANSWER}{index}", question, data)
        for index, question in enumerate(enabled_questions(event_type))
        if not is_hidden(question)
    ]
    if event_type.text_reminders:
        fields += _text_reminder_fields(page, data)
    return fields


FIRST_NAME, LAST_NAME = "first_name", "last_name"
TEXT_NUMBER = "text_reminder_number"


def _text_reminder_fields(page: VisitorPage, data: Filled) -> list[Field]:
    number = phone_field(page, TEXT_NUMBER, page.gettext("Phone number for reminders by text message"), data)
    agreed = page.gettext("Send me text messages about this event. I can book without them.")
    consent = Field(
        CONSENT, page.gettext("Text messages"), "checkboxes", required=True,
        choices=(Choice("1", agreed, is_chosen=bool(first(data, CONSENT))),),
        missing=page.gettext("Agree to text messages, or leave the phone number for them empty"),
    )  # fmt: skip
    return [number, consent]


def _name_fields(page: VisitorPage, event_type: EventType, data: Filled) -> list[Field]:
    missing, wrong = page.gettext("Enter your name"), page.gettext("Enter a shorter name")
    if not event_type.splits_name:
        name = Field(
            "name", page.gettext("Name"), required=True, value=first(data, "name"), autocomplete="name",
            missing=missing, wrong=wrong,
        )  # fmt: skip
        return [name]
    return [
        Field(
            FIRST_NAME, page.gettext("First name"), required=True, value=first(data, FIRST_NAME),
            autocomplete="given-name", missing=missing, wrong=wrong,
        ),
        Field(LAST_NAME, page.gettext("Last name"), value=first(data, LAST_NAME), autocomplete="family-name"),
    ]  # fmt: skip


def unseen(event_type: EventType, data: Filled) -> list[tuple[str, str]]:
    """What the form carries without showing it: names and values that answer hidden questions."""
    return [
        (name, value)
        for index, question in enumerate(enabled_questions(event_type))
        if is_hidden(question)
        for name in (f"{ANSWER}{index}", f"{ANSWER}{index}-{OTHER}-text")
        for value in data.get(name, ())
        if value
    ]


def guests_field(page: VisitorPage, data: Filled) -> Field:
    """The question for guests."""
    return Field(
        GUESTS,
        page.gettext("Guests"),
        "textarea",
        value=first(data, GUESTS),
        hint=page.gettext("Up to %(most)s email addresses, one per line", most=MAX_GUESTS),
        wrong=page.gettext("Enter up to %(most)s guests", most=MAX_GUESTS),
    )


def booking(page: VisitorPage, event_type: EventType, start: datetime, data: Filled) -> Booking:
    """The command that a filled-in confirm step stands for."""
    return Booking(
        organization_id=event_type.organization_id,
        event_type_id=event_type.id,
        start_time=start,
        name=None if event_type.splits_name else first(data, "name"),
        first_name=first(data, FIRST_NAME) or None if event_type.splits_name else None,
        last_name=first(data, LAST_NAME) or None if event_type.splits_name else None,
        email=first(data, "email"),
        text_reminder_number=phone_answer(data, TEXT_NUMBER) or None if event_type.text_reminders else None,
        agrees_to_texts=bool(first(data, CONSENT)),
        timezone=page.zone.key,
        language=page.language.tag,
        location=_location(event_type, data),
        answers=tuple(
            GivenAnswer(question.name, _accepted(question, _answer(f"{ANSWER}{index}", question, data)), index)
            for index, question in enumerate(enabled_questions(event_type))
        ),
        tracking=tracking(page.query),
        guests=guests(data),
        duration_minutes=event_type.duration_minutes,
        routing_form_submission_id=identifier(page.query.get(SUBMISSION)),
    )


def guests(data: Filled) -> tuple[str, ...]:
    """The addresses of the guests field, however they are separated."""
    return tuple(separated(first(data, GUESTS)))


def with_errors(page: VisitorPage, fields: Sequence[Field], errors: Sequence[FieldError], data: Filled) -> list[Field]:
    """The fields with what is wrong with them."""
    marked = {field.name: field for field in fields}
    for error in errors:
        name = _field_of(error.parameter, fields)
        if name == "location" and name not in marked:  # a single location that needs a detail
            name = next((other for other in marked if other.startswith("location-text-")), name)
        field = marked.get(name)
        if field is None or field.error is not None:
            continue
        sentence = _sentence(page, field, error, data)
        marked[name] = replace(field, error=sentence, choices=_with_input_error(field.choices, sentence))
    return list(marked.values())


def _location_fields(page: VisitorPage, event_type: EventType, data: Filled) -> list[Field]:
    inputs = {
        index: _location_input(page, index, configured.kind, data)
        for index, configured in enumerate(event_type.locations)
        if configured.kind in FREE_KINDS
    }
    if len(event_type.locations) < 2:  # noqa: PLR2004 # nothing to choose
        return [replace(field, required=True) for field in inputs.values()]
    chosen = first(data, "location")
    choices = []
    for index, configured in enumerate(event_type.locations):
        place = places.offered(page, configured)
        choices.append(Choice(str(index), place.title, place.detail, chosen == str(index), inputs.get(index)))
    known = choice_index(chosen, len(choices))
    typed = None if known is None else inputs.get(known)
    return [
        Field(
            "location",
            page.gettext("Location"),
            "radios",
            required=True,
            choices=tuple(choices),
            missing=typed.missing if typed else page.gettext("Choose a location"),
            wrong=typed.wrong if typed else page.gettext("Choose a location"),
        )
    ]


def _location_input(page: VisitorPage, index: int, kind: str, data: Filled) -> Field:
    name = f"location-text-{index}"
    if kind == "outbound_call":
        return phone_field(page, name, page.gettext("Your phone number"), data)
    missing = page.gettext("Say where you would like to meet")
    label = page.gettext("Where would you like to meet?")
    return Field(name, label, value=first(data, name), missing=missing, wrong=missing)


def _location(event_type: EventType, data: Filled) -> InviteeLocation | None:
    if not event_type.locations:
        return None
    chosen = "0" if len(event_type.locations) == 1 else first(data, "location")
    index = choice_index(chosen, len(event_type.locations))
    if index is None:
        return None
    configured = event_type.locations[index]
    if configured.kind in FREE_KINDS:
        name = f"location-text-{index}"
        is_call = configured.kind == "outbound_call"
        return InviteeLocation(configured.kind, phone_answer(data, name) if is_call else first(data, name))
    return InviteeLocation(configured.kind, configured.location)


def _question_field(page: VisitorPage, name: str, question: CustomQuestion, data: Filled) -> Field:
    if question.type == "phone_number":
        return phone_field(page, name, question.name, data, required=question.required)
    kinds = {"text": "textarea", "single_select": "radios", "multi_select": "checkboxes"}
    return Field(
        name,
        question.name,
        kinds.get(question.type, "text"),
        required=question.required,
        value=first(data, name),
        choices=_choices(page, name, question, data) if question.type.endswith("_select") else (),
        missing=missing(page, question.type),
        wrong=wrong(page, question.type),
    )


def _choices(page: VisitorPage, name: str, question: CustomQuestion, data: Filled) -> tuple[Choice, ...]:
    chosen = set(data.get(name, ()))
    choices = [
        Choice(str(index), one_line(text), is_chosen=str(index) in chosen)
        for index, text in enumerate(question.answer_choices)
        if is_seen(text)
    ]
    if question.include_other:
        own = Field(f"{name}-{OTHER}-text", page.gettext("Your answer"), value=first(data, f"{name}-{OTHER}-text"))
        choices.append(Choice(OTHER, page.gettext("Other"), is_chosen=OTHER in chosen, input=own))
    return tuple(choices)


def _answer(name: str, question: CustomQuestion, data: Filled) -> str:
    if question.type == "phone_number":
        return phone_answer(data, name)
    if not question.type.endswith("_select"):
        return first(data, name)
    own = one_line(first(data, f"{name}-{OTHER}-text"))
    texts = [own if value == OTHER else choice_text(value, question.answer_choices) for value in data.get(name, ())]
    return "\n".join(text for text in texts if text)


def _accepted(question: CustomQuestion, answer: str) -> str:
    """The answer; none where nobody sees the question and could mend what would be refused."""
    errors: list[FieldError] = []
    if is_hidden(question):
        check_answers([question], [(question.name, answer)], errors)
    return "" if errors else answer


def _prefilled_answer(name: str, question: CustomQuestion, text: str) -> dict[str, Sequence[str]]:
    if not question.type.endswith("_select"):
        return {name: [text]}
    if question.type == "single_select":
        place = choice_meant(text, question.answer_choices)
        known, own = ([], one_line(text)) if place is None else ([str(place)], "")
    else:  # commas between them, or as the API writes them
        separator = "\n" if "\n" in text.strip() else ","
        chosen = choices_meant(text, question.answer_choices, separator=separator)
        known = list(dict.fromkeys(str(one.place) for one in chosen if one.place is not None))
        own = ", ".join(one.text for one in chosen if one.place is None)
    if own and question.include_other:
        return {name: [*known, OTHER], f"{name}-{OTHER}-text": [own]}
    return {name: known}


def _field_of(parameter: str, fields: Sequence[Field]) -> str:
    """The name of the field that a parameter of the API comes from."""
    match parameter:
        case "invitee" | "invitee.name":
            return fields[0].name
        case "invitee.email":
            return "email"
        case "invitee.text_reminder_number":
            return TEXT_NUMBER
        case "location" | "location.location" | "event.location_configuration.location":
            return "location"
    indexed = _INDEX.match(parameter)
    if indexed and indexed[1] == "questions_and_answers":
        return f"{ANSWER}{indexed[2]}"
    return GUESTS if parameter.startswith("event_guests") else parameter


def _with_input_error(choices: Sequence[Choice], sentence: str) -> tuple[Choice, ...]:
    """An error of the chosen choice is one of its input, where it has one."""
    return tuple(
        replace(choice, input=replace(choice.input, error=sentence)) if choice.is_chosen and choice.input else choice
        for choice in choices
    )


def _sentence(page: VisitorPage, field: Field, error: FieldError, data: Filled) -> str:
    if error.message.endswith(MUST_BE_FILLED):
        return field.missing
    indexed = _INDEX.match(error.parameter)
    if field.name == GUESTS and indexed:
        address = guests(data)[int(indexed[2])]
        return page.gettext("“%(address)s” is not an email address", address=address)
    return field.wrong
