"""Invitees: booking over the API, listing, reading. Source: behaviours, sections 10, 11 and 13."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from conftest import Clock
from contract.schemas import check_schema
from factories import URIS, Caller, Organization, booking_body, make_booking, make_event_type
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.wire.event_types import CustomQuestion, LocationConfiguration

START = "2027-01-05T10:00:00.000000Z"
NO_TRACKING = dict.fromkeys(["utm_campaign", "utm_source", "utm_medium", "utm_content", "utm_term", "salesforce_uuid"])


def body(organization: Organization, **changes: Any) -> dict[str, Any]:
    return booking_body(URIS.event_type(organization.event_type_id), START) | changes


def who(**changes: Any) -> dict[str, Any]:
    invitee = {"name": "Ada Example", "email": "ada@example.org", "timezone": "Europe/Rome"} | changes
    return {key: value for key, value in invitee.items() if value is not ...}


WRONG_KIND = {
    "parameter": "event.location_configuration.location",
    "message": "invalid location choice",
    "code": "invalid_location_choice",
}
WRONG_LOCATION = "Specified location kind is not configured for this event type."
UNANSWERED = "Required Questions and Answers cannot be blank."
NO_NAME = "invitee: either name or first_name must be filled"
"""Clients match these. Source: since-september, section 7."""


async def refusal(caller: Caller, wanted: dict[str, Any]) -> list[dict[str, str]]:
    """The details of a refused booking, which must have left nothing behind."""
    answer = await caller.post("/invitees", wanted)
    assert answer.status_code == 400, answer.text
    problem = answer.json()
    details: list[dict[str, str]] = problem["details"]
    sentences = [WRONG_LOCATION] if WRONG_KIND in details else []
    if any(one["parameter"].startswith("questions_") and one["message"].endswith(FILLED) for one in details):
        sentences.append(UNANSWERED)
    message = " ".join(sentences) or "The supplied parameters are invalid."
    assert (problem["title"], problem["message"]) == ("Invalid Argument", message)
    return details


async def booked(caller: Caller, wanted: dict[str, Any]) -> dict[str, Any]:
    answer = await caller.post("/invitees", wanted)
    assert answer.status_code == 201, answer.text
    resource: dict[str, Any] = answer.json()["resource"]
    return resource


async def event_of(caller: Caller, invitee: dict[str, Any]) -> dict[str, Any]:
    answer = await caller.get(invitee["event"].removeprefix(URIS.api))
    resource: dict[str, Any] = answer.json()["resource"]
    return resource


async def test_a_booking_answers_with_the_invitee(owner: Caller, organization: Organization) -> None:
    answer = await owner.post("/invitees", body(organization))

    shown = answer.json()["resource"]
    invitee_id = shown["uri"].rpartition("/")[2]
    assert answer.status_code == 201
    assert shown == {
        "uri": f"{shown['event']}/invitees/{invitee_id}",
        "email": "ada@example.org",
        "first_name": None,
        "last_name": None,
        "name": "Ada Example",
        "status": "active",
        "questions_and_answers": [],
        "timezone": "Europe/Rome",
        "event": shown["event"],
        "created_at": "2027-01-04T08:00:00.000000Z",
        "updated_at": "2027-01-04T08:00:00.000000Z",
        "tracking": NO_TRACKING,
        "text_reminder_number": None,
        "rescheduled": False,
        "old_invitee": None,
        "new_invitee": None,
        "cancel_url": f"https://book.example/cancellations/{invitee_id}",
        "reschedule_url": f"https://book.example/reschedulings/{invitee_id}",
        "routing_form_submission": None,
        "payment": None,
        "no_show": None,
        "reconfirmation": None,
        "scheduling_method": "api",
        "invitee_scheduled_by": URIS.user(organization.owner.id),
        "canceled": False,
    }
    assert (await owner.get(shown["uri"].removeprefix(URIS.api))).json()["resource"] == shown


async def test_a_booking_makes_its_event(owner: Caller, organization: Organization) -> None:
    invitee = await booked(owner, body(organization, event_guests=["zoe@example.org", "bob@example.org"]))

    event = await event_of(owner, invitee)

    moment = "2027-01-04T08:00:00.000000Z"
    host = organization.owner.user
    assert event == {
        "uri": invitee["event"],
        "name": event["name"],
        "status": "active",
        "start_time": START,
        "end_time": "2027-01-05T10:30:00.000000Z",
        "event_type": URIS.event_type(organization.event_type_id),
        "location": {"type": "custom", "location": None},
        "invitees_counter": {"total": 1, "active": 1, "limit": 1},
        "created_at": moment,
        "updated_at": moment,
        "event_memberships": [
            {
                "user": URIS.user(host.id),
                "user_email": host.email,
                "user_name": host.name,
                "buffered_start_time": START,
                "buffered_end_time": "2027-01-05T10:30:00.000000Z",
            }
        ],
        "event_guests": [
            {"email": email, "created_at": moment, "updated_at": moment}
            for email in ("bob@example.org", "zoe@example.org")
        ],
        "calendar_event": None,
        "meeting_notes_plain": None,
        "meeting_notes_html": None,
    }


TAKEN = [
    {
        "message": "That start time has been filled",
        "parameter": "event.start_time",
        "code": "already_filled",
    }
]


async def test_a_slot_is_taken_once(owner: Caller, organization: Organization) -> None:
    await booked(owner, body(organization))

    assert await refusal(owner, body(organization)) == TAKEN


@pytest.mark.parametrize(
    "start",
    [
        "2027-01-05T10:00:01Z",
        "2027-01-05T10:00:00.000001Z",
        "2027-01-05T10:15:00Z",
        "2027-01-05T03:00:00Z",
        "2027-01-05T16:00:00Z",
        "2027-01-09T10:00:00Z",
        "2027-01-04T07:30:00Z",
        "2020-01-06T10:00:00Z",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "1969-12-31T23:59:59Z",
        "2514-05-30T07:00:00Z",
        "9999-12-31T23:59:59.999999Z",
    ],
)
async def test_a_start_that_is_no_slot_is_refused_like_a_taken_one(
    owner: Caller, organization: Organization, start: str
) -> None:
    wanted = body(organization) | {"start_time": start}

    details = await refusal(owner, wanted)

    assert details in (TAKEN, [{"message": "invalid", "parameter": "start_time"}])
    assert (details == TAKEN) == (start != "0001-01-01T00:00:00+00:01")


@pytest.mark.parametrize("start", ["2027-01-05T10:00:00", "2027-W01-2T10:00:00Z", "20270105T100000Z", "2027-01-05"])
async def test_a_start_that_names_no_instant_is_refused(owner: Caller, organization: Organization, start: str) -> None:
    """Taken as UTC, a local time without its offset would become another meeting."""
    assert await refusal(owner, body(organization) | {"start_time": start}) == [
        {"message": INVALID, "parameter": "start_time"}
    ]


@pytest.mark.parametrize("start", ["2027-01-05T10:00:00Z", "2027-01-05T11:00:00+01:00", "2027-01-05T10:00:00.000Z"])
async def test_a_start_may_be_written_in_any_offset(owner: Caller, organization: Organization, start: str) -> None:
    invitee = await booked(owner, body(organization) | {"start_time": start})

    assert (await event_of(owner, invitee))["start_time"] == START


FILLED, INVALID, MISSING = "must be filled", "invalid", "is missing"
WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"event_type": ...}, "event_type", MISSING),
    ({"event_type": 1}, "event_type", INVALID),
    ({"event_type": None}, "event_type", FILLED),
    ({"event_type": "https://book.example/api/v2/users/8a2f9f43-0b0f-4d2c-9c1d-6f3f1f1f1f1f"}, "event_type", INVALID),
    ({"start_time": ...}, "start_time", MISSING),
    ({"start_time": None}, "start_time", FILLED),
    ({"start_time": "tomorrow"}, "start_time", INVALID),
    ({"start_time": 1799100000}, "start_time", INVALID),
    ({"invitee": ...}, "invitee", MISSING),
    ({"invitee": "Ada"}, "invitee", INVALID),
    ({"invitee": who(email=...)}, "invitee.email", MISSING),
    ({"invitee": who(email=None)}, "invitee.email", FILLED),
    ({"invitee": who(email=" ")}, "invitee.email", FILLED),
    ({"invitee": who(email="ada")}, "invitee.email", INVALID),
    ({"invitee": who(email="ada@")}, "invitee.email", INVALID),
    ({"invitee": who(email="ada@example")}, "invitee.email", INVALID),
    ({"invitee": who(email="ada@example..org")}, "invitee.email", INVALID),
    ({"invitee": who(email="ada@example.org\nBcc: all@example.org")}, "invitee.email", INVALID),
    ({"invitee": who(email="a" * 250 + "@example.org")}, "invitee.email", "is too long (maximum is 254)"),
    ({"invitee": who(name=...)}, "invitee", NO_NAME),
    ({"invitee": who(name=None)}, "invitee", NO_NAME),
    ({"invitee": who(name="  ")}, "invitee", NO_NAME),
    ({"invitee": who(name=7)}, "invitee.name", INVALID),
    ({"invitee": who(name="a" * 256)}, "invitee.name", "is too long (maximum is 255)"),
    ({"invitee": who(name=..., first_name="a" * 200, last_name="b" * 200)}, "invitee.name", INVALID),
    ({"invitee": who(timezone=...)}, "invitee.timezone", MISSING),
    ({"invitee": who(timezone="Mars/Olympus")}, "invitee.timezone", INVALID),
    ({"invitee": who(timezone="")}, "invitee.timezone", INVALID),
    ({"invitee": who(timezone="../../etc/passwd")}, "invitee.timezone", INVALID),
    ({"invitee": who(timezone="Europe")}, "invitee.timezone", INVALID),
    ({"invitee": who(timezone="Europe/Rome/")}, "invitee.timezone", INVALID),
    ({"invitee": who(text_reminder_number="0655500123")}, "invitee.text_reminder_number",
     "must begin with the country code, such as +39"),
    ({"invitee": who(text_reminder_number="+3" + "\u0663" * 5)}, "invitee.text_reminder_number",
     "is not a valid phone number"),
    ({"location": {}}, "location.kind", MISSING),
    ({"location": "here"}, "location", INVALID),
    ({"event_guests": "zoe@example.org"}, "event_guests", INVALID),
    ({"event_guests": ["zoe@example.org", "nobody"]}, "event_guests[1]", INVALID),
    ({"event_guests": ["zoe@example.org", 1]}, "event_guests[1]", INVALID),
    ({"event_guests": [f"guest{number}@example.org" for number in range(11)]}, "event_guests",
     "must have at most 10 items"),
    ({"questions_and_answers": [{"answer": "a", "position": 0}]}, "questions_and_answers[0].question", MISSING),
    ({"questions_and_answers": [{"question": "a", "position": 0}]}, "questions_and_answers[0].answer", MISSING),
    ({"questions_and_answers": [{"question": "Unasked", "answer": "a"}]}, "questions_and_answers[0].question", INVALID),
    ({"questions_and_answers": [{"question": "a", "answer": "a", "position": "first"}]},
     "questions_and_answers[0].position", INVALID),
    ({"tracking": "flyer"}, "tracking", INVALID),
    ({"tracking": NO_TRACKING | {"utm_term": "a" * 256}}, "tracking.utm_term", "is too long (maximum is 255)"),
    ({"tracking": NO_TRACKING | {"utm_term": 5}}, "tracking.utm_term", INVALID),
    *[
        ({"tracking": {key: None for key in NO_TRACKING if key != name}}, f"tracking.{name}",
         f"tracking.{name} is missing")
        for name in NO_TRACKING
    ],
]  # fmt: skip


@pytest.mark.parametrize(("changes", "parameter", "message"), WRONG)
async def test_what_is_wrong_is_named(
    conn: Conn, owner: Caller, organization: Organization, changes: dict[str, Any], parameter: str, message: str
) -> None:
    wanted = {key: value for key, value in body(organization, **changes).items() if value is not ...}

    assert await refusal(owner, wanted) == [{"message": message, "parameter": parameter}]
    cursor = await conn.execute("SELECT count(*) FROM invitees WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (0,)


async def test_everything_wrong_is_named_at_once(conn: Conn, owner: Caller, organization: Organization) -> None:
    await add_questions(conn, organization, CustomQuestion("How many?", "string", 0, True, True, [], False))

    details = await refusal(
        owner, body(organization, invitee=who(name="", email="x", timezone="Moon"), event_guests=["y"])
    )

    assert [(one["parameter"], one["message"]) for one in details] == [
        ("invitee", NO_NAME),
        ("invitee.email", INVALID),
        ("invitee.timezone", INVALID),
        ("questions_and_answers", f'{UNANSWERED} "How many?" {FILLED}'),
        ("event_guests[0]", INVALID),
    ]


SEVERAL: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"event_type": ..., "start_time": ..., "invitee": ...},
     [("event_type", MISSING), ("start_time", MISSING), ("invitee", MISSING)]),
    ({"event_type": 1, "start_time": "tomorrow", "invitee": {"email": 5}},
     [("event_type", INVALID), ("start_time", INVALID), ("invitee.email", INVALID), ("invitee.timezone", MISSING)]),
    ({"tracking": {}}, [(f"tracking.{name}", f"tracking.{name} is missing") for name in NO_TRACKING]),
    ({"event_guests": [1, "zoe@example.org", None]}, [("event_guests[0]", INVALID), ("event_guests[2]", FILLED)]),
    ({"questions_and_answers": [{}, {"question": "How many?", "answer": 3, "position": "x"}]},
     [("questions_and_answers[0].question", MISSING), ("questions_and_answers[0].answer", MISSING),
      ("questions_and_answers[1].answer", INVALID), ("questions_and_answers[1].position", INVALID)]),
    # what has another shape, and what the rules refuse
    ({"start_time": "tomorrow", "invitee": who(name="", email="x", timezone="Moon")},
     [("start_time", INVALID), ("invitee", NO_NAME), ("invitee.email", INVALID), ("invitee.timezone", INVALID),
      ("questions_and_answers", f'{UNANSWERED} "How many?" {FILLED}')]),
    ({"event_type": "https://book.example/nowhere", "invitee": who(email="x"), "event_guests": ["y"]},
     [("event_type", INVALID), ("invitee.email", INVALID), ("event_guests[0]", INVALID)]),
    ({"invitee": who(email=None, timezone="Moon"), "event_guests": ["y", 1], "location": {"kind": "physical"}},
     [("invitee.email", FILLED), ("event_guests[1]", INVALID), ("invitee.timezone", INVALID),
      (WRONG_KIND["parameter"], WRONG_KIND["message"]),
      ("questions_and_answers", f'{UNANSWERED} "How many?" {FILLED}'), ("event_guests[0]", INVALID)]),
    ({"event_type": URIS.event_type(new_id()), "start_time": 1, "invitee": who(email="x"), "location": {"kind": "x"}},
     [("start_time", INVALID), ("invitee.email", INVALID)]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "named"), SEVERAL)
@pytest.mark.parametrize("path", ["/invitees", "/openslot/bookings"])
async def test_one_answer_names_every_wrong_field(
    conn: Conn,
    owner: Caller,
    organization: Organization,
    path: str,
    changes: dict[str, Any],
    named: list[tuple[str, str]],
) -> None:
    """Whatever is wrong with it, and not the first alone. Source: since-september, section 7."""
    await add_questions(conn, organization, CustomQuestion("How many?", "string", 0, True, True, [], False))
    wanted = {key: value for key, value in body(organization, **changes).items() if value is not ...}
    if "questions_and_answers" not in changes and "invitee" not in changes:
        wanted["questions_and_answers"] = [{"question": "How many?", "answer": "3"}]

    answer = await owner.post(path, wanted)

    assert answer.status_code == 400
    assert [(one["parameter"], one["message"]) for one in answer.json()["details"]] == named
    cursor = await conn.execute("SELECT count(*) FROM invitees WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchone() == (0,)


async def test_null_for_what_may_be_left_out_counts_as_left_out(owner: Caller, organization: Organization) -> None:
    """Typed clients write every field. Source: since-september, section 7."""
    optional = ("location", "questions_and_answers", "tracking", "event_guests")
    nulls = who(first_name=None, last_name=None, text_reminder_number=None)

    invitee = await booked(owner, body(organization, invitee=nulls, **dict.fromkeys(optional)))

    assert (invitee["questions_and_answers"], invitee["tracking"]) == ([], NO_TRACKING)
    assert (await event_of(owner, invitee))["event_guests"] == []


async def test_the_place_of_an_answer_may_be_null(conn: Conn, owner: Caller, organization: Organization) -> None:
    await add_questions(conn, organization, CustomQuestion("How many?", "string", 0, True, True, [], False))
    answers = [{"question": "How many?", "answer": "3", "position": None}]

    invitee = await booked(owner, body(organization, questions_and_answers=answers))

    assert invitee["questions_and_answers"] == [{"question": "How many?", "answer": "3", "position": 0}]


NAMES = [
    (who(), ("Ada Example", None, None)),
    (who(name="  Ada  "), ("Ada", None, None)),
    (who(name=..., first_name="Ada", last_name="Example"), ("Ada Example", "Ada", "Example")),
    (who(name=..., first_name="Ada"), ("Ada", "Ada", None)),
    (who(name=None, first_name="Ada", last_name=" "), ("Ada", "Ada", None)),
    (who(name="", first_name="Ada"), ("Ada", "Ada", None)),
    (who(name="Zoë Łukasiewicz-กขค 🎉"), ("Zoë Łukasiewicz-กขค 🎉", None, None)),
    (who(name="a" * 255), ("a" * 255, None, None)),
]


@pytest.mark.parametrize(("invitee", "shown"), NAMES)
async def test_a_name_is_one_or_two(
    owner: Caller, organization: Organization, invitee: dict[str, Any], shown: tuple[str, ...]
) -> None:
    found = await booked(owner, body(organization, invitee=invitee))

    assert (found["name"], found["first_name"], found["last_name"]) == shown


async def test_a_phone_number_is_kept_as_e_164(owner: Caller, organization: Organization) -> None:
    found = await booked(owner, body(organization, invitee=who(text_reminder_number="+39 (06) 555-00.123")))

    assert found["text_reminder_number"] == "+390655500123"


async def test_tracking_is_kept(owner: Caller, organization: Organization) -> None:
    tracking = NO_TRACKING | {"utm_source": "flyer", "utm_term": "a" * 255, "salesforce_uuid": "00Q"}

    assert (await booked(owner, body(organization, tracking=tracking)))["tracking"] == tracking


async def test_other_tracking_keys_are_not_kept(owner: Caller, organization: Organization) -> None:
    found = await booked(owner, body(organization, tracking=NO_TRACKING | {"gclid": "x"}))

    assert found["tracking"] == NO_TRACKING


async def test_ten_guests_may_come_and_are_counted_once(owner: Caller, organization: Organization) -> None:
    guests = [f"guest{number}@example.org" for number in range(10)]

    invitee = await booked(owner, body(organization, event_guests=[*guests, " GUEST0@example.org "]))

    event = await event_of(owner, invitee)
    assert [guest["email"] for guest in event["event_guests"]] == guests


async def test_what_is_optional_may_be_empty(owner: Caller, organization: Organization) -> None:
    wanted = body(organization, event_guests=[], questions_and_answers=[], tracking=None, location=None)

    assert (await booked(owner, wanted))["questions_and_answers"] == []


async def add_questions(conn: Conn, organization: Organization, *questions: CustomQuestion) -> None:
    await conn.execute(
        "UPDATE event_types SET custom_questions = %s WHERE id = %s",
        (Jsonb(list(questions)), organization.event_type_id),
    )


ANSWERS: list[tuple[str, list[str], bool, str, str | None]] = [
    # type, choices, include_other, answer, what is kept (None: refused)
    ("string", [], False, " Three ", "Three"),
    ("string", [], False, "Three\nor four", "Three or four"),
    ("string", [], False, "Three\r\nor four", "Three or four"),
    ("text", [], False, "Two\nlines", "Two\nlines"),
    ("text", [], False, "a" * 10_000, "a" * 10_000),
    ("phone_number", [], False, "+39 06 555 00123", "+390655500123"),
    ("phone_number", [], False, "06 555 00123", None),
    ("phone_number", [], False, "+39" + "٣" * 9, "+39333333333"),
    ("phone_number", [], False, "call me", None),
    ("single_select", ["Kiln", "Shop"], False, "Kiln", "Kiln"),
    ("single_select", ["Kiln", "Shop"], False, "kiln", None),
    ("single_select", ["Kiln", "Shop"], False, "Garden", None),
    ("single_select", ["Kiln", "Shop"], True, "Garden", "Garden"),
    ("multi_select", ["Kiln", "Shop"], False, "Kiln\nShop", "Kiln\nShop"),
    ("multi_select", ["Kiln", "Shop"], False, "Kiln\r\n\r\nShop", "Kiln\nShop"),
    ("multi_select", ["Kiln", "Shop"], False, "Kiln\nGarden", None),
    ("multi_select", ["Kiln", "Shop"], True, "Kiln\nGarden", "Kiln\nGarden"),
]


@pytest.mark.parametrize("case", ANSWERS, ids=lambda case: f"{case[0]} {case[3][:20]!r}")
async def test_an_answer_fits_its_question(
    conn: Conn, owner: Caller, organization: Organization, case: tuple[str, list[str], bool, str, str | None]
) -> None:
    kind, choices, other, answer, kept = case
    await add_questions(conn, organization, CustomQuestion("What?", kind, 0, True, True, choices, other))
    wanted = body(organization, questions_and_answers=[{"question": "What?", "answer": answer, "position": 0}])

    if kept is None:
        message = "questions_and_answers: What? is not a valid phone number" if kind == "phone_number" else INVALID
        assert await refusal(owner, wanted) == [{"message": message, "parameter": "questions_and_answers[0].answer"}]
    else:
        found = await booked(owner, wanted)
        assert found["questions_and_answers"] == [{"question": "What?", "answer": kept, "position": 0}]


async def test_answers_come_back_in_the_order_of_the_questions(
    conn: Conn, owner: Caller, organization: Organization
) -> None:
    await add_questions(
        conn,
        organization,
        CustomQuestion("Second?", "string", 1, True, False, [], False),
        CustomQuestion("First?", "string", 0, True, True, [], False),
        CustomQuestion("Left out?", "string", 2, True, False, [], False),
        CustomQuestion("Switched off?", "string", 3, False, True, [], False),
    )
    answers = [{"question": "Second?", "answer": "b", "position": 0}, {"question": "First?", "answer": "a"}]

    found = await booked(owner, body(organization, questions_and_answers=answers))

    assert found["questions_and_answers"] == [
        {"question": "First?", "answer": "a", "position": 0},
        {"question": "Second?", "answer": "b", "position": 1},
    ]


REQUIRED_ANSWERS = [
    ([], ("questions_and_answers", f'{UNANSWERED} "How many?" {FILLED}')),
    ([{"question": "Why?", "answer": "Bricks"}], ("questions_and_answers", f'{UNANSWERED} "How many?" {FILLED}')),
    ([{"question": "How many?", "answer": " ", "position": 0}], ("questions_and_answers[0].answer", FILLED)),
]


@pytest.mark.parametrize(("answers", "named"), REQUIRED_ANSWERS)
async def test_a_required_question_must_be_answered(
    conn: Conn, owner: Caller, organization: Organization, answers: list[Any], named: tuple[str, str]
) -> None:
    """A row that is there is named by its place, one that is not by its question."""
    await add_questions(
        conn,
        organization,
        CustomQuestion("How many?", "string", 0, True, True, [], False),
        CustomQuestion("Why?", "string", 1, True, False, [], False),
    )

    parameter, message = named
    assert await refusal(owner, body(organization, questions_and_answers=answers)) == [
        {"message": message, "parameter": parameter}
    ]


async def test_a_question_is_answered_once(conn: Conn, owner: Caller, organization: Organization) -> None:
    await add_questions(conn, organization, CustomQuestion("How many?", "string", 0, True, True, [], False))
    answers = [{"question": "How many?", "answer": "3"}, {"question": "How many?", "answer": "4"}]

    assert await refusal(owner, body(organization, questions_and_answers=answers)) == [
        {"message": INVALID, "parameter": "questions_and_answers[1].question"}
    ]


@pytest.mark.parametrize("field", ["event_guests", "questions_and_answers"])
async def test_a_list_without_end_is_refused_whole(owner: Caller, organization: Organization, field: str) -> None:
    items = [{"question": "x", "answer": "y"} if field == "questions_and_answers" else "x"] * 101

    assert await refusal(owner, body(organization, **{field: items})) == [
        {"message": "is too long (maximum is 100)", "parameter": field}
    ]


async def test_a_question_is_matched_case_included(conn: Conn, owner: Caller, organization: Organization) -> None:
    await add_questions(conn, organization, CustomQuestion("How many?", "string", 0, True, False, [], False))
    answers = [{"question": "how many?", "answer": "3", "position": 0}]

    assert await refusal(owner, body(organization, questions_and_answers=answers)) == [
        {"message": INVALID, "parameter": "questions_and_answers[0].question"}
    ]


LANE = LocationConfiguration("physical", "4 Brickyard Lane", "Ring twice")
CALL = LocationConfiguration("outbound_call")
SUGGESTED = LocationConfiguration("ask_invitee")
LOCATIONS: list[tuple[list[LocationConfiguration], Any, dict[str, Any] | None]] = [
    # configured, sent, what the event shows (or the one detail of the refusal)
    ([], None, {"type": "custom", "location": None}),
    ([], {"kind": "physical"}, WRONG_KIND),
    ([LANE], None, {"type": "physical", "location": "4 Brickyard Lane", "additional_info": "Ring twice"}),
    ([LANE], {"kind": "physical"},
     {"type": "physical", "location": "4 Brickyard Lane", "additional_info": "Ring twice"}),
    ([LANE], {"kind": "physical", "location": "4 Brickyard Lane"},
     {"type": "physical", "location": "4 Brickyard Lane", "additional_info": "Ring twice"}),
    ([LocationConfiguration("physical", "4 Brickyard Lane")], None,
     {"type": "physical", "location": "4 Brickyard Lane"}),
    ([LANE, LocationConfiguration("physical", "The shop")], {"kind": "physical", "location": "The shop"},
     {"type": "physical", "location": "The shop"}),
    ([LANE], {"kind": "zoom_conference"}, WRONG_KIND),
    ([LANE, CALL], None, {"parameter": "location", "message": FILLED}),
    ([LANE, CALL], {"kind": "outbound_call", "location": "+39 06 555 00123"},
     {"type": "outbound_call", "location": "+390655500123"}),
    ([CALL], {"kind": "outbound_call"}, {"parameter": "location.location", "message": FILLED}),
    ([CALL], None, {"parameter": "location.location", "message": FILLED}),
    ([CALL], {"kind": "outbound_call", "location": "at home"},
     {"parameter": "location.location", "message": "is not a valid phone number"}),
    ([SUGGESTED], {"kind": "ask_invitee", "location": " The pub "}, {"type": "ask_invitee", "location": "The pub"}),
    ([SUGGESTED], {"kind": "ask_invitee", "location": ""}, {"parameter": "location.location", "message": FILLED}),
    ([LocationConfiguration("custom", "A link the day before")], {"kind": "custom"},
     {"type": "custom", "location": "A link the day before"}),
    ([LocationConfiguration("custom")], {"kind": "custom"}, {"type": "custom", "location": None}),
    ([LocationConfiguration("inbound_call", phone_number="+6625550123", additional_info="Ask for Ada")],
     {"kind": "inbound_call"},
     {"type": "inbound_call", "location": "+6625550123", "additional_info": "Ask for Ada"}),
    ([LocationConfiguration("google_conference")], {"kind": "google_conference"},
     {"type": "google_conference", "status": "failed", "join_url": None}),
    ([LocationConfiguration("zoom_conference")], {"kind": "zoom_conference"},
     {"type": "zoom", "status": "failed", "join_url": None, "data": None}),
    ([LocationConfiguration("zoom_conference")], {"kind": "zoom"},
     {"type": "zoom", "status": "failed", "join_url": None, "data": None}),
    ([LocationConfiguration("google_conference")], {"kind": "google"},
     {"type": "google_conference", "status": "failed", "join_url": None}),
    ([LANE], {"kind": "zoom"}, WRONG_KIND),
    ([LocationConfiguration("gotomeeting_conference")], {"kind": "gotomeeting_conference"},
     {"type": "gotomeeting", "status": "failed", "join_url": None, "data": None}),
    ([LocationConfiguration("microsoft_teams_conference")], {"kind": "microsoft_teams_conference"},
     {"type": "microsoft_teams_conference", "status": "failed", "join_url": None, "data": None}),
    ([LocationConfiguration("webex_conference")], {"kind": "webex_conference"},
     {"type": "webex_conference", "status": "failed", "join_url": None, "data": None}),
]  # fmt: skip


@pytest.mark.parametrize(("configured", "sent", "shown"), LOCATIONS)
async def test_a_location_is_one_of_the_event_type_s(
    conn: Conn,
    owner: Caller,
    organization: Organization,
    clock: Clock,
    configured: list[LocationConfiguration],
    sent: Any,
    *,
    shown: dict[str, Any],
) -> None:
    made = await make_event_type(conn, organization.owner.user, now=clock.now, locations=configured)
    wanted = body(replace(organization, event_type_id=made)) | ({} if sent is None else {"location": sent})

    if "parameter" in shown:
        assert await refusal(owner, wanted) == [shown]
    else:
        event = await event_of(owner, await booked(owner, wanted))
        assert event["location"] == shown
        check_schema("ScheduledEvent", event)


async def test_an_event_without_a_place_never_shows_null(conn: Conn, owner: Caller, organization: Organization) -> None:
    """Handlers read ``location.type`` and ``location.join_url`` unguarded; rows of old hold nothing at all.

    Source: since-september, section 7.
    """
    invitee = await booked(owner, body(organization))
    await conn.execute(
        "UPDATE scheduled_events SET location = NULL WHERE organization_id = %s AND id = %s",
        (organization.id, invitee["event"].rpartition("/")[2]),
    )
    listed = await owner.get("/scheduled_events", {"organization": URIS.organization(organization.id)})

    nowhere = {"type": "custom", "location": None}
    assert (await event_of(owner, invitee))["location"] == nowhere
    assert [one["location"] for one in listed.json()["collection"]] == [nowhere]


async def test_an_event_type_that_takes_no_bookings_is_not_found(
    conn: Conn, owner: Caller, organization: Organization
) -> None:
    for change in (
        "active = false",
        "active = true, booking_method = 'poll'",
        "booking_method = 'instant', deleted_at = now()",
    ):
        await conn.execute(f"UPDATE event_types SET {change} WHERE id = %s", (organization.event_type_id,))
        assert (await owner.post("/invitees", body(organization))).status_code == 404


async def test_a_member_may_book_a_colleague(member: Caller, organization: Organization) -> None:
    found = await booked(member, body(organization))

    assert found["invitee_scheduled_by"] == URIS.user(organization.member.id)


async def test_the_same_body_books_another_slot_again(owner: Caller, organization: Organization) -> None:
    first = await booked(owner, body(organization))
    second = await booked(owner, body(organization) | {"start_time": "2027-01-05T11:00:00Z"})

    assert first["uri"] != second["uri"]


async def test_the_invitees_of_an_event_are_listed_by_status_and_address(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    path = f"/scheduled_events/{made.event.id}/invitees"
    filters: list[tuple[dict[str, str], int]] = [
        ({}, 1),
        ({"status": "active"}, 1),
        ({"status": "canceled"}, 0),
        ({"email": "ada@example.org"}, 1),
        ({"email": "ADA@example.org"}, 1),
        ({"email": "ada@example.com"}, 0),
        ({"email": "ada@example.org", "status": "canceled"}, 0),
        ({"sort": "created_at:desc"}, 1),
    ]

    assert [(query, (await owner.get(path, query)).json()["pagination"]["count"]) for query, _ in filters] == filters
    for query, parameter in (({"status": "gone"}, "status"), ({"sort": "name"}, "sort")):
        refused = await owner.get(path, query)
        assert refused.json()["details"] == [{"message": INVALID, "parameter": parameter}]


async def test_an_invitee_is_found_through_its_own_event_only(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    one = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    other = await make_booking(conn, organization, datetime(2027, 1, 5, 11, tzinfo=UTC), now=clock.now)

    right = await owner.get(f"/scheduled_events/{one.event.id}/invitees/{one.invitee.id}")
    wrong = await owner.get(f"/scheduled_events/{other.event.id}/invitees/{one.invitee.id}")

    assert (right.status_code, wrong.status_code) == (200, 404)
