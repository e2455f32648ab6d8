import pytest

from conftest import Clock
from factories import Organization, make_routing_form
from openslot.core.ids import new_id
from openslot.core.routing import Destination
from openslot.db import routing_forms
from openslot.db.pool import Conn
from openslot.db.routing_forms import RoutingForm
from openslot.wire.routing_forms import CustomMessage, RoutingQuestionSetting
from pages.plain_browser import Node, PlainBrowser


@pytest.fixture
async def form(conn: Conn, organization: Organization, clock: Clock) -> RoutingForm:
    return await make_routing_form(conn, organization, now=clock.now)


def field(form: RoutingForm, number: int) -> str:
    """The name of a question's field."""
    return f"answer-{form.questions[number].uuid}"


async def answer(browser: PlainBrowser, form: RoutingForm, need: str, *, follow: bool = True, query: str = "") -> Node:
    await browser.open(f"/routing_forms/{form.id}{query}")
    return await browser.send({field(form, 0): "ada@example.org", field(form, 1): need}, follow=follow)


async def test_answers_lead_to_a_booking_that_knows_them(
    browser: PlainBrowser, conn: Conn, form: RoutingForm, organization: Organization
) -> None:
    await answer(browser, form, "Meeting", query="?utm_source=flyer")
    assert browser.response.history[0].status_code == 303
    assert browser.url.path.startswith(f"/{organization.owner.user.slug}/")
    page = await browser.follow(text="12")
    await browser.open(page.all("a", class_="slot")[0].attributes["href"])
    assert dict(browser.held(browser.document.one("form", method="post")))["email"] == "ada@example.org"
    await browser.send({"name": "Ada"})
    assert browser.heading == "You are scheduled"
    cursor = await conn.execute(
        "SELECT invitees.tracking->>'utm_source', submission.tracking->>'utm_source',"
        " submission.invitee_id = invitees.id"
        " FROM invitees JOIN routing_form_submissions AS submission"
        " ON submission.id = invitees.routing_form_submission_id WHERE submission.routing_form_id = %s",
        (form.id,),
    )
    assert await cursor.fetchone() == ("flyer", "flyer", True)


async def test_answers_lead_to_another_site(browser: PlainBrowser, form: RoutingForm) -> None:
    await answer(browser, form, "Docs", follow=False)
    assert browser.status == 303
    assert browser.response.headers["location"] == "https://example.com/docs"
    policy = browser.response.headers["content-security-policy"]
    assert "form-action 'self' https:" in policy


async def test_answers_lead_to_a_message(browser: PlainBrowser, form: RoutingForm) -> None:
    page = await answer(browser, form, "Job")
    assert (browser.status, browser.heading) == (200, "Thank you")
    assert "We will write to you." in page.text


async def test_what_is_missing_is_listed_and_the_rest_is_kept(
    browser: PlainBrowser, conn: Conn, form: RoutingForm
) -> None:
    await browser.open(f"/routing_forms/{form.id}")
    page = await browser.send({field(form, 0): "no address", field(form, 2): "Hello"})
    assert browser.status == 422
    links = [(link.attributes["href"], link.text) for link in page.one("div", id="problems").all("a")]
    assert links == [
        (f"#{field(form, 0)}", "Work e-mail: Enter an email address in the form name@example.com"),
        (f"#{field(form, 1)}-0", "What do you need?: Choose an answer"),
    ]
    assert page.one("textarea").text == "Hello"
    cursor = await conn.execute("SELECT count(*) FROM routing_form_submissions WHERE routing_form_id = %s", (form.id,))
    assert await cursor.fetchone() == (0,)


async def test_an_answer_that_is_not_among_the_choices_is_refused(browser: PlainBrowser, form: RoutingForm) -> None:
    page = await answer(browser, form, "Everything")
    assert browser.status == 422
    assert "What do you need?: Choose one of the answers" in page.text


async def test_every_kind_of_question_has_its_control(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    kinds = ["name", "text", "email", "phone", "textarea", "select", "radios"]
    form = RoutingForm(
        id=new_id(),
        organization_id=organization.id,
        name="All of them",
        status="published",
        questions=[
            RoutingQuestionSetting(
                str(new_id()), kind, kind, False, ["One", "Two"] if kind in ("select", "radios") else None
            )
            for kind in kinds
        ],
        routes=[],
        fallback=Destination(custom_message=CustomMessage("Done", "Well.")),
        created_at=clock.now,
        updated_at=clock.now,
    )
    await routing_forms.insert(conn, form)
    page = await browser.open(f"/routing_forms/{form.id}")
    controls = {node.attributes["name"]: node for node in page.walk() if node.tag in ("input", "select", "textarea")}
    shown = [controls[field(form, number)] for number in range(len(kinds))]
    assert [(node.tag, node.attributes.get("type")) for node in shown] == [
        ("input", "text"), ("input", "text"), ("input", "email"), ("input", "tel"), ("textarea", None),
        ("select", None), ("input", "radio"),
    ]  # fmt: skip
    await browser.send({field(form, 5): "Two", field(form, 6): "One"})
    assert browser.heading == "Done"


async def test_a_draft_is_not_shown(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    draft = await make_routing_form(conn, organization, now=clock.now, status="draft")
    await browser.open(f"/routing_forms/{draft.id}")
    assert browser.status == 404


async def test_what_is_pasted_into_a_form_is_read_as_it_was_meant(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    kinds = ["name", "email", "phone", "select", "radios"]
    choices = ["Small ", "\u00a0Large", ""]
    form = RoutingForm(
        id=new_id(), organization_id=organization.id, name="Pasted", status="published",
        questions=[
            RoutingQuestionSetting(kind, kind.title(), kind, True, choices if kind in {"select", "radios"} else None)
            for kind in kinds
        ],
        routes=[], fallback=Destination(custom_message=CustomMessage("Thanks", "Bye")), created_at=clock.now,
        updated_at=clock.now,
    )  # fmt: skip
    await routing_forms.insert(conn, form)
    page = await browser.open(f"/routing_forms/{form.id}")
    [select] = [one for one in page.all("select") if one.attributes["name"] == "answer-select"]
    offered = [one.attributes["value"] for one in select.all("option") if one.attributes["value"]]
    assert offered == ["Small", "Large"]
    typed = {
        "answer-name": "\u202eZoe\u202c\u200b", "answer-email": "zoe@example.com\u200b", "answer-phone": "06 5550 0123",
        "answer-select": "Small", "answer-radios": "Large",
    }  # fmt: skip

    page = await browser.send(typed)

    links = [(link.attributes["href"], link.text) for link in page.one("div", id="problems").all("a")]
    reason = "Phone: Check the phone number and its country: there is no such number there"
    assert links == [("#answer-phone", reason)]
    await browser.send({"answer-phone": "+44 (0)20 7946 0958"})
    assert browser.heading == "Thanks"
    rows = await conn.execute(
        "SELECT one ->> 'answer' FROM routing_form_submissions, jsonb_array_elements(questions_and_answers) AS one"
        " WHERE routing_form_id = %s",
        (form.id,),
    )
    assert [answer for (answer,) in await rows.fetchall()] == [
        "Zoe", "zoe@example.com", "+442079460958", "Small", "Large",
    ]  # fmt: skip
