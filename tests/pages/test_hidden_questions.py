"""Questions that are kept from the page: answered by its address, or over the API."""

from typing import Any

import httpx
import pytest

from factories import API, URIS, Caller, Organization, booking_body
from pages.plain_browser import PlainBrowser

START = "2027-01-05T10:00:00Z"


def question(name: str, kind: str, place: int, **values: Any) -> dict[str, Any]:
    return {
        "name": name, "type": kind, "position": place, "enabled": True, "required": False, "answer_choices": [],
        "include_other": False,
    } | values  # fmt: skip


QUESTIONS = [
    question("How many visitors?", "string", 0, required=True),
    question("Campaign", "string", 1, hidden=True),
    question("Their phone", "phone_number", 2, hidden=True),
    question("Interests", "multi_select", 3, hidden=True, answer_choices=["Kiln", "Shop"], include_other=True),
    question("Anything else?", "phone_number", 4),
]


@pytest.fixture
def owner(http: httpx.AsyncClient, organization: Organization) -> Caller:
    return Caller(http, organization.headers)


@pytest.fixture
async def path(owner: Caller, organization: Organization) -> str:
    """The confirm step of an event type with these questions."""
    answer = await owner.patch(f"/openslot/event_types/{organization.event_type_id}", {"custom_questions": QUESTIONS})
    assert answer.status_code == 200, answer.text
    page: str = answer.json()["resource"]["scheduling_url"]
    return f"{page.removeprefix('https://book.example')}/{START}"


async def answers(owner: Caller, organization: Organization) -> list[dict[str, Any]]:
    listed = await owner.get("/scheduled_events", {"organization": URIS.organization(organization.id)})
    [event] = listed.json()["collection"]
    [invitee] = (await owner.http.get(event["uri"] + "/invitees", headers=owner.headers)).json()["collection"]
    found: list[dict[str, Any]] = invitee["questions_and_answers"]
    return found


async def test_a_hidden_question_is_not_shown_and_takes_the_answer_of_the_address(
    browser: PlainBrowser, owner: Caller, organization: Organization, path: str
) -> None:
    page = await browser.open(
        f"{path}?a1=Two&a2=spring+sale&a3=%2B390655500123&a4=Shop,Bricks&name=Ada&email=ada@example.org"
    )

    shown = page.text
    assert [text in shown for text in ("How many visitors?", "Campaign", "Their phone", "Interests", "Shop")] == [
        True, False, False, False, False,
    ]  # fmt: skip
    await browser.send({"answer-4": "not a number"})  # refused, so that it is carried twice
    assert browser.status == 422
    await browser.send({"answer-4": ""})
    assert await answers(owner, organization) == [
        {"question": "How many visitors?", "answer": "Two", "position": 0},
        {"question": "Campaign", "answer": "spring sale", "position": 1},
        {"question": "Their phone", "answer": "+390655500123", "position": 2},
        {"question": "Interests", "answer": "Shop\nBricks", "position": 3},
    ]


async def test_what_nobody_could_mend_is_left_out(
    browser: PlainBrowser, owner: Caller, organization: Organization, path: str
) -> None:
    await browser.open(f"{path}?a1=Two&a3=call+me&name=Ada&email=ada@example.org")
    await browser.send()

    assert await answers(owner, organization) == [{"question": "How many visitors?", "answer": "Two", "position": 0}]


@pytest.mark.usefixtures("path")
async def test_it_is_shown_by_our_own_call_and_answered_over_calendly_s(
    owner: Caller, organization: Organization
) -> None:
    event_type = URIS.event_type(organization.event_type_id)
    given = [{"question": "How many visitors?", "answer": "2"}, {"question": "Campaign", "answer": "spring"}]

    settings = (await owner.get(f"/openslot/event_types/{organization.event_type_id}")).json()["resource"]
    plain = (await owner.get(event_type.removeprefix(API))).json()["resource"]
    booked = await owner.post("/invitees", booking_body(event_type, START, questions_and_answers=given))

    assert settings["custom_questions"] == QUESTIONS
    assert plain["custom_questions"] == [
        {key: value for key, value in one.items() if key != "hidden"} for one in QUESTIONS
    ]
    assert booked.status_code == 201
    assert [one["question"] for one in booked.json()["resource"]["questions_and_answers"]] == [
        "How many visitors?", "Campaign",
    ]  # fmt: skip


async def test_what_must_be_answered_can_t_be_hidden(owner: Caller, organization: Organization) -> None:
    answer = await owner.patch(
        f"/openslot/event_types/{organization.event_type_id}",
        {"custom_questions": [question("Campaign", "string", 0, hidden=True, required=True)]},
    )

    wanted = [{"parameter": "custom_questions[0].required", "message": "must be false where the question is hidden"}]
    assert (answer.status_code, answer.json()["details"]) == (400, wanted)
