"""Forms to commands, without a request; what the rules refuse is tested through the pages."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest

from openslot.core.errors import FieldError
from openslot.core.ids import new_id
from openslot.core.kinds import Kind
from openslot.db.event_types import EventType
from openslot.html.fields import Field
from openslot.pages import forms
from openslot.services.booking.command import GivenAnswer
from openslot.wire import codec
from openslot.wire.event_type_settings import QuestionSetting
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from openslot.wire.invitees import InviteeLocation, NewTracking
from pages.conftest import MakePage
from pages.offers import LOCATIONS, QUESTIONS

START = datetime(2027, 1, 5, 9, tzinfo=UTC)
UTM = dict.fromkeys(NewTracking.__struct_fields__, "x")
SUBMISSION = "0b0f6a56-6ad3-4d8e-8d0c-6f3f1a1f0001"


def make_event_type(
    *, questions: list[CustomQuestion] | None = None, locations: list[LocationConfiguration] | None = None
) -> EventType:
    names = CustomQuestion.__struct_fields__
    settings = [QuestionSetting(*(getattr(one, name) for name in names)) for one in questions or []]
    return EventType(
        id=new_id(), organization_id=new_id(), owner_id=new_id(), owner_name="Ada", owner_slug="ada",
        owner_timezone="Europe/Rome", name="Kiln visit", slug="visit", active=True, kind=Kind.SOLO, pooling_type=None,
        type="StandardEventType", booking_method="instant", duration_minutes=30, duration_options=None,
        color="#0069ff", internal_note=None, description_plain=None, description_html=None, secret=False,
        admin_managed=False, is_paid=False, position=0, locale="en", locations=locations or [],
        custom_questions=settings, buffer_before_minutes=0, buffer_after_minutes=0, notice_minutes=0,
        increment_minutes=30, range_kind="indefinite", range_days=None, range_first=None, range_last=None, seats=1,
        created_at=START, updated_at=START, deleted_at=None,
    )  # fmt: skip


@pytest.fixture
def with_questions() -> EventType:
    return make_event_type(questions=QUESTIONS, locations=LOCATIONS)


def by_name(fields: list[Field]) -> dict[str, Field]:
    return {field.name: field for field in fields}


def test_a_filled_in_form_becomes_the_command_that_the_api_builds(
    make_page: MakePage, with_questions: EventType
) -> None:
    page = make_page(utm_source="flyer", salesforce_uuid="00Q1", routing_form_submission=SUBMISSION, gclid="x")
    data = {
        "name": ["  Ada Example "],
        "email": ["ada@example.org"],
        "guests": ["bob@example.org,\nzoe@example.org ; tom@example.org"],
        "location": ["1"],
        "location-text-1": ["+39 06 5550 0123"],
        "location-text-2": ["ignored"],
        "answer-0": ["other"],
        "answer-0-other-text": ["The  cat\n"],
        "answer-1": ["2", "0", "other"],
        "answer-1-other-text": ["Bone china"],
        "answer-2": ["Two\nlines"],
        "answer-3": ["+39 333 1234567"],
    }
    command = forms.booking(page, with_questions, START, data)
    assert (command.organization_id, command.event_type_id) == (with_questions.organization_id, with_questions.id)
    assert (command.start_time, command.timezone) == (START, "Europe/Rome")
    assert (command.name, command.email) == ("Ada Example", "ada@example.org")
    assert command.guests == ("bob@example.org", "zoe@example.org", "tom@example.org")
    assert command.location == InviteeLocation("outbound_call", "+390655500123")
    assert command.answers == (
        GivenAnswer("What would you like to see?", "The cat", 0),
        GivenAnswer("Which clays do you know?", "Raku\nStoneware\nBone china", 1),
        GivenAnswer("Anything else?", "Two\nlines", 2),
        GivenAnswer("Mobile", "+393331234567", 3),
    )
    assert (command.tracking.utm_source, command.tracking.salesforce_uuid) == ("flyer", "00Q1")
    assert command.routing_form_submission_id == UUID(SUBMISSION)
    assert command.scheduling_method is None


def test_an_empty_form_is_still_a_command_which_the_rules_may_refuse(
    make_page: MakePage, with_questions: EventType
) -> None:
    command = forms.booking(make_page(), with_questions, START, {})
    assert (command.name, command.email, command.location, command.guests) == ("", "", None, ())
    assert [answer.answer for answer in command.answers] == ["", "", "", ""]


@pytest.mark.parametrize("chosen", ["3", "-1", "x", "²", "9" * 5000])
def test_choices_that_are_not_there_count_as_none(make_page: MakePage, with_questions: EventType, chosen: str) -> None:
    command = forms.booking(make_page(), with_questions, START, {"location": [chosen], "answer-0": [chosen]})
    assert command.location is None
    assert command.answers[0].answer == ""


def test_a_single_location_needs_no_choice(make_page: MakePage) -> None:
    physical = make_event_type(locations=[LocationConfiguration("physical", location="Via Roma 1")])
    assert forms.booking(make_page(), physical, START, {}).location == InviteeLocation("physical", "Via Roma 1")
    suggested = make_event_type(locations=[LocationConfiguration("ask_invitee")])
    command = forms.booking(make_page(), suggested, START, {"location-text-0": ["Bar Sport"]})
    assert command.location == InviteeLocation("ask_invitee", "Bar Sport")


def test_tracking_is_cut_to_what_fits(make_page: MakePage) -> None:
    command = forms.booking(make_page(utm_term="x" * 300), make_event_type(), START, {})
    assert command.tracking.utm_term == "x" * 255


def test_a_submission_that_is_no_id_is_left_aside(make_page: MakePage) -> None:
    command = forms.booking(make_page(routing_form_submission="x"), make_event_type(), START, {})
    assert command.routing_form_submission_id is None


def test_the_address_fills_in_what_it_names(make_page: MakePage, with_questions: EventType) -> None:
    page = make_page(
        first_name="Ada", last_name="Example", email="ada@example.org", guests="bob@example.org, zoe@example.org",
        location="+390655500123", a1="Glazes", a2="Raku,Porcelain,Bone china", a3="See you", a4="+39333",
    )  # fmt: skip
    fields = by_name(forms.booking_fields(page, with_questions, forms.prefilled(with_questions, page.query)))
    assert fields["name"].value == "Ada Example"
    assert fields["email"].value == "ada@example.org"
    assert fields["guests"].value == "bob@example.org\nzoe@example.org"
    inputs = [choice.input.value for choice in fields["location"].choices if choice.input]
    assert inputs == ["+390655500123", "+390655500123"]
    assert [choice.label for choice in fields["answer-0"].choices if choice.is_chosen] == ["Glazes"]
    assert [choice.label for choice in fields["answer-1"].choices if choice.is_chosen] == ["Porcelain", "Raku", "Other"]
    own = fields["answer-1"].choices[-1].input
    assert own is not None
    assert own.value == "Bone china"
    assert (fields["answer-2"].value, fields["answer-3"].value) == ("See you", "+39333")


def test_a_prefilled_choice_that_is_not_offered_goes_under_other(
    make_page: MakePage, with_questions: EventType
) -> None:
    page = make_page(a1="The garden", name="Ada")
    command = forms.booking(page, with_questions, START, forms.prefilled(with_questions, page.query))
    assert command.answers[0].answer == "The garden"
    assert command.name == "Ada"


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ("invitee.name", "name"),
        ("invitee.email", "email"),
        ("location", "location"),
        ("location.location", "location"),
        ("event.location_configuration.location", "location"),
        ("questions_and_answers[2].answer", "answer-2"),
        ("event_guests", "guests"),
        ("event_guests[1]", "guests"),
    ],
)
def test_a_refused_parameter_finds_its_field(
    make_page: MakePage, with_questions: EventType, parameter: str, name: str
) -> None:
    page, data = make_page(), {"guests": ["bob@example.org nonsense"]}
    fields = forms.booking_fields(page, with_questions, data)
    marked = forms.with_errors(page, fields, [FieldError(parameter, "invalid")], data)
    assert [field.name for field in marked if field.error] == [name]


def test_a_refused_detail_of_a_single_location_is_shown_at_its_question(make_page: MakePage) -> None:
    page, event_type = make_page(), make_event_type(locations=[LocationConfiguration("outbound_call")])
    fields = forms.booking_fields(page, event_type, {})
    error = FieldError("location.location", "must be filled")
    marked = by_name(forms.with_errors(page, fields, [error], {}))
    assert marked["location-text-0"].error == "Enter your phone number"
    assert marked["location-text-0"].required


def test_the_message_names_what_is_missing_and_what_is_wrong(make_page: MakePage, with_questions: EventType) -> None:
    page, data = make_page(language="it"), {"guests": ["bob@example.org nonsense"]}
    errors = [FieldError("invitee.email", "must be filled"), FieldError("event_guests[1]", "invalid")]
    marked = by_name(forms.with_errors(page, forms.booking_fields(page, with_questions, data), errors, data))
    assert marked["email"].error == "Inserisci il tuo indirizzo e-mail"
    assert marked["guests"].error == "“nonsense” non è un indirizzo e-mail"


def test_the_error_of_a_chosen_location_leads_to_its_input(make_page: MakePage, with_questions: EventType) -> None:
    page, data = make_page(), {"location": ["1"], "location-text-1": ["12"]}
    fields = forms.booking_fields(page, with_questions, data)
    marked = by_name(forms.with_errors(page, fields, [FieldError("location.location", "invalid")], data))
    assert marked["location"].first_id == "location-text-1"


@pytest.mark.parametrize("name", NewTracking.__struct_fields__)
def test_tracking_in_an_address_is_cut_to_what_the_api_takes(name: str) -> None:
    kept = getattr(forms.tracking({name: "x" * (forms.MAX_UTM_LENGTH + 1)}), name)
    assert getattr(codec.convert({**UTM, name: kept}, NewTracking), name) == "x" * forms.MAX_UTM_LENGTH
    with pytest.raises(msgspec.ValidationError):
        codec.convert({**UTM, name: f"{kept}x"}, NewTracking)
