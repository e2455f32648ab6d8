"""Routing forms: a few questions that lead to an event type, to another site, or to a message."""

from dataclasses import replace
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.choices import choice_meant
from openslot.core.errors import Invalid, NotFound
from openslot.db.routing_forms import RoutingForm
from openslot.html.fields import ANSWER, Choice, Field, Filled, filled, first, missing, phone_hint, problems, wrong
from openslot.html.headers import POLICY, content_policy
from openslot.html.page import read
from openslot.html.text import identifier, paragraphs
from openslot.pages.connections import ThisConn
from openslot.pages.forms import tracking, with_errors
from openslot.pages.resubmission import SENDS, Again, sent, shown_again
from openslot.pages.trail import SUBMISSION
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.presenters.event_types import booking_path
from openslot.services import routing
from openslot.services.routing import Submission
from openslot.wire.characters import is_seen, one_line
from openslot.wire.routing_forms import CustomMessage, RoutingFormQuestion

ANYWHERE = {POLICY: content_policy(form_targets="'self' https: http:", is_framed=True)}
"""The policy of pages whose form, once answered, may lead to any site."""


@read("/routing_forms/{form_id:str}", opt=ANYWHERE)
async def show(page: ThisPage, conn: ThisConn, form_id: FromPath[str]) -> Response[bytes]:
    """The questions."""
    form = await routing.published_form(conn, _id(form_id))
    page.belongs_to(form.organization_id)
    return _form(page, form, {})


@post("/routing_forms/{form_id:str}", include_in_schema=False, status_code=303, opt=ANYWHERE)
async def submit(page: ThisPage, conn: ThisConn, form_id: FromPath[str]) -> Redirect | Response[bytes]:
    """Store the answers and go where they lead."""
    form = await routing.published_form(conn, _id(form_id))
    page.belongs_to(form.organization_id)
    data = filled(page.request)
    answers = routing_answers(form, data)
    # other answers may lead elsewhere, so they are another submission
    sending = sent(page, conn, data, by_content=True)
    made = await sending.claim()
    if made is not None and made.submission_id is not None:
        found = await routing.submission(conn, made.organization_id, made.submission_id, uris=page.uris)
        return _result(page, form, found)
    if not sending.may_process:
        return _form(page, form, data, sending.again)
    nowhere = CustomMessage(page.gettext("Thank you"), page.gettext("Your answers have been received."))
    now = page.on_clock(form.clock_ahead).now
    try:
        async with conn.transaction():
            submission = await routing.submit(
                conn, form.id, answers, tracking(page.query), nowhere=nowhere, uris=page.uris, now=now
            )
            await sending.finish(form.organization_id, submission_id=submission.id)
    except Invalid as exc:
        await sending.release()
        return _form(page, form, data, replace(sending.again, refused=exc))
    return _result(page, form, submission)


def _result(page: VisitorPage, form: RoutingForm, submission: Submission) -> Redirect | Response[bytes]:
    value = submission.result.value
    if submission.event_type is not None:
        known = {SUBMISSION: str(submission.id), **_prefill(form, submission)}
        event_type = submission.event_type
        return page.redirect(page.trail.to(*booking_path(event_type), **known))
    if isinstance(value, CustomMessage):
        context = {"headline": value.headline, "body": paragraphs(value.body)}
        return page.render("routing_message.html", context, private=True)
    return page.redirect(value)


def _prefill(form: RoutingForm, submission: Submission) -> dict[str, str]:
    """Name and email, which the booking needs too."""
    given = zip(form.questions, submission.answers, strict=True)
    return {
        question.type: answer.answer
        for question, answer in reversed(list(given))
        if question.type in ("name", "email") and answer.answer
    }


def _form(page: VisitorPage, form: RoutingForm, data: Filled, again: Again | None = None) -> Response[bytes]:
    refused = again.refused if again else None
    errors = refused.details if refused else ()
    fields = with_errors(page, routing_fields(page, form, data), errors, data)
    context = {
        "form": form,
        "fields": fields,
        "problems": problems(page, fields) if refused else [],
        "action": page.trail.to("routing_forms", str(form.id), **SENDS),
        **shown_again(again),
    }
    return page.render(
        "routing_form.html",
        context,
        status=again.status if again else 200,
        private=again is not None,
        is_form=again is None,
    )


def _id(text: str) -> UUID:
    found = identifier(text)
    if found is None:
        raise NotFound("routing form")
    return found


def routing_fields(page: VisitorPage, form: RoutingForm, data: Filled) -> list[Field]:
    """The questions of a routing form."""
    return [_routing_field(page, question, data) for question in form.questions]


def routing_answers(form: RoutingForm, data: Filled) -> dict[str, str]:
    """The answers by question."""
    return {question.uuid: first(data, f"{ANSWER}{question.uuid}") for question in form.questions}


def _routing_field(page: VisitorPage, question: RoutingFormQuestion, data: Filled) -> Field:
    name = f"{ANSWER}{question.uuid}"
    kinds = {"email": "email", "phone": "tel", "textarea": "textarea", "select": "select", "radios": "radios"}
    autocomplete = {"name": "name", "email": "email", "phone": "tel"}.get(question.type)
    value = first(data, name)
    meant = choice_meant(value, question.answer_choices or ())
    return Field(
        name,
        question.name,
        kinds.get(question.type, "text"),
        required=question.required,
        value=value,
        choices=tuple(
            Choice(one_line(choice), one_line(choice), is_chosen=index == meant)
            for index, choice in enumerate(question.answer_choices or ())
            if is_seen(choice)
        ),
        hint=phone_hint(page) if question.type == "phone" else None,
        autocomplete=autocomplete,
        missing=missing(page, question.type),
        wrong=wrong(page, question.type, value),
    )
