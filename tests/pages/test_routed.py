"""From the answers of a routing form to the booking: nothing is asked twice, and no answer stands in an address."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from conftest import Clock
from factories import Organization, make_event_type, make_organization
from openslot.core.ids import new_id
from openslot.core.routing import Condition, Destination, Route
from openslot.db import routing_forms
from openslot.db.pool import Conn
from openslot.db.routing_forms import RoutingForm
from openslot.pages.routed import keys_of
from openslot.services.routing import TypedAnswer
from openslot.wire.event_types import LocationConfiguration
from openslot.wire.routing_forms import CustomMessage, RoutingQuestionSetting
from pages.offers import KILNS, LOCATIONS, NOTE, PHONE, QUESTIONS
from pages.plain_browser import Node, PlainBrowser
from pages.test_forms import make_event_type as event_type_of

SECRET = "I lost my kiln & my license"
QUESTIONS_BEFORE = [
    ("name", "Full name"),
    ("email", "Work e-mail"),
    ("phone", "mobile:"),
    ("select", "What would you like to see"),
    ("textarea", "Anything else?"),
    ("text", "Partner id"),
]
ANSWERS = ["Ada Example", "ada@example.org", "+390655500123", "Glazes", SECRET]


@pytest.fixture
async def form(conn: Conn, organization: Organization, clock: Clock) -> RoutingForm:
    """Everything leads to an event type with questions, but a partner of ours to a message."""
    event_type_id = await make_event_type(
        conn, organization.owner.user, now=clock.now, custom_questions=QUESTIONS,
        locations=[LocationConfiguration("outbound_call")],
    )  # fmt: skip
    questions = [
        RoutingQuestionSetting(
            kind, name, kind, False, ["Kilns", "Glazes"] if kind == "select" else None, name == "Partner id"
        )
        for kind, name in QUESTIONS_BEFORE
    ]
    partner = Destination(custom_message=CustomMessage("Welcome, partner", "Call us."))
    form = RoutingForm(
        id=new_id(), organization_id=organization.id, name="Questions first", status="published", questions=questions,
        routes=[Route([Condition("text", ["p-7"])], partner)], fallback=Destination(event_type_id=event_type_id),
        created_at=clock.now, updated_at=clock.now,
    )  # fmt: skip
    await routing_forms.insert(conn, form)
    return form


async def answer(browser: PlainBrowser, form: RoutingForm, query: str = "") -> None:
    await browser.open(f"/routing_forms/{form.id}{query}")
    typed = {f"answer-{question.uuid}": text for question, text in zip(form.questions, ANSWERS, strict=False)}
    await browser.send(typed)


async def confirm(browser: PlainBrowser) -> dict[str, str]:
    """The names and values that the form of the first time holds."""
    page = await browser.follow(text="12")
    await browser.open(page.all("a", class_="slot")[0].attributes["href"])
    return dict(browser.held(browser.document.one("form", method="post")))


async def test_the_booking_form_holds_what_was_answered_and_the_address_does_not(
    browser: PlainBrowser, form: RoutingForm
) -> None:
    await answer(browser, form)

    held = await confirm(browser)

    assert {key: held[key] for key in ("name", "email", "location-text-0", *(f"answer-{n}" for n in (0, 2, 3)))} == {
        "name": "Ada Example", "email": "ada@example.org", "location-text-0": "+390655500123", "answer-0": "1",
        "answer-2": SECRET, "answer-3": "+390655500123",
    }  # fmt: skip
    addresses = " ".join(str(one.url) for one in (*browser.response.history, browser.response))
    assert [text for text in ("Ada", "ada", "0655500123", "kiln") if text in addresses.partition("?")[2]] == []


async def test_the_address_wins_but_for_what_was_answered_anew(browser: PlainBrowser, form: RoutingForm) -> None:
    await answer(browser, form, "?name=Typed+Over&email=old@example.org&a3=From+the+link&utm_source=flyer")

    held = await confirm(browser)

    assert (held["name"], held["email"], held["answer-2"]) == ("Ada Example", "ada@example.org", "From the link")


@pytest.mark.parametrize(("later", "is_known"), [(timedelta(hours=23), True), (timedelta(hours=25), False)])
async def test_the_answers_are_filled_in_for_a_day(
    browser: PlainBrowser, form: RoutingForm, clock: Clock, *, later: timedelta, is_known: bool
) -> None:
    await answer(browser, form)
    clock.now += later

    assert ((await confirm(browser))["email"] == "ada@example.org") is is_known


async def test_once_booked_the_address_fills_in_nothing_any_more(browser: PlainBrowser, form: RoutingForm) -> None:
    await answer(browser, form)
    calendar = str(browser.url)
    await confirm(browser)
    await browser.send({})
    assert browser.heading == "You are scheduled"

    await browser.open(calendar)

    assert (await confirm(browser))["email"] == ""


async def test_a_submission_of_another_organization_fills_in_nothing(
    browser: PlainBrowser, conn: Conn, form: RoutingForm, clock: Clock
) -> None:
    await answer(browser, form)
    submission = browser.url.params["routing_form_submission"]
    user = (await make_organization(conn, now=clock.now)).owner.user
    await browser.open(f"/{user.slug}?routing_form_submission={submission}")
    await browser.open(browser.document.one("ul", class_="offers").all("a")[0].attributes["href"])

    assert (await confirm(browser))["email"] == ""


def field(page: Node, name: str) -> str:
    return next(node.attributes.get("value", "") for node in page.walk() if node.attributes.get("name") == name)


async def test_the_address_fills_in_a_routing_form_by_the_names_of_its_questions(
    browser: PlainBrowser, form: RoutingForm
) -> None:
    page = await browser.open(
        f"/routing_forms/{form.id}?first_name=Ada&last_name=Example&work_e_mail=a%40example.org&mobile=%2B39+06&email=no"
    )

    assert [field(page, f"answer-{kind}") for kind in ("name", "email", "phone")] == [
        "Ada Example", "a@example.org", "+39 06",
    ]  # fmt: skip


async def test_a_hidden_question_is_answered_by_the_address_and_decides_where_the_answers_lead(
    browser: PlainBrowser, conn: Conn, form: RoutingForm
) -> None:
    await answer(browser, form, "?partner_id=p-7")

    assert browser.heading == "Welcome, partner"
    cursor = await conn.execute(
        "SELECT questions_and_answers -> 5 ->> 'answer' FROM routing_form_submissions WHERE routing_form_id = %s",
        (form.id,),
    )
    assert await cursor.fetchall() == [("p-7",)]


async def test_a_hidden_question_is_not_shown_and_what_does_not_fit_it_is_left_out(
    browser: PlainBrowser, form: RoutingForm
) -> None:
    page = await browser.open(f"/routing_forms/{form.id}?partner_id=p-7")
    assert "Partner id" not in page.text

    await browser.send({"answer-email": "not an address", "answer-text": "x" * 10_001})

    links = [(link.attributes["href"], link.text) for link in browser.document.one("div", id="problems").all("a")]
    assert links == [("#answer-email", "Work e-mail: Enter an email address in the form name@example.com")]


@pytest.mark.parametrize(
    ("changes", "kinds", "keys"),
    [
        ({}, ["name"], {"name": "x"}),
        ({"questions": [PHONE]}, ["text"], {}),
        ({"locations": LOCATIONS}, ["phone"], {}),
        ({"locations": [LocationConfiguration("outbound_call")]}, ["phone"], {"location": "x"}),
        ({"locations": [LocationConfiguration("ask_invitee")]}, ["phone"], {}),
    ],
    ids=["a name", "another question", "some place to name", "a call", "any place"],
)
def test_only_what_the_booking_form_has_is_filled_in(
    changes: Mapping[str, Any], kinds: list[str], keys: dict[str, str]
) -> None:
    given = [TypedAnswer(kind, f"Question {kind}", "x") for kind in kinds]

    assert keys_of(event_type_of(**changes), given) == keys


def test_of_two_questions_of_one_kind_the_first_counts() -> None:
    event_type = event_type_of(questions=[NOTE, KILNS])
    given = [TypedAnswer("email", "Anything else", "first"), TypedAnswer("email", "ANYTHING ELSE?", "second")]

    assert keys_of(event_type, given) == {"email": "first", "a2": "first"}
