"""Routing forms: a few questions that lead to an event type, to another site, or to a message."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.choices import choice_meant
from openslot.core.contacts import person_name
from openslot.core.errors import Invalid, NotFound
from openslot.core.routing import BOOKING_TYPES, accepted, from_query, parameter
from openslot.db.routing_forms import RoutingForm
from openslot.html.fields import ANSWER, Choice, Field, Filled, filled, first, missing, problems, wrong
from openslot.html.headers import POLICY, content_policy
from openslot.html.page import read
from openslot.html.phones import phone_answer, phone_field
from openslot.html.text import identifier, paragraphs
from openslot.pages.connections import ThisConn
from openslot.pages.forms import tracking, with_errors
from openslot.pages.resubmission import SENDS, Again, sent, shown_again
from openslot.pages.trail import NAMES, SUBMISSION
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.presenters.event_types import booking_path
from openslot.services import routing
from openslot.services.routing import Submission
from openslot.wire.characters import is_seen, one_line
from openslot.wire.routing_forms import CustomMessage, RoutingQuestionSetting

ANYWHERE = {POLICY: content_policy(form_targets="'self' https: http:", is_framed=True)}
"""The policy of pages whose form, once answered, may lead to any site."""


@read("/routing_forms/{form_id:str}", opt=ANYWHERE)
async def show(page: ThisPage, conn: ThisConn, form_id: FromPath[str]) -> Response[bytes]:
    """The questions."""
    form = await routing.published_form(conn, _id(form_id))
    page.belongs_to(form.organization_id)
    return _form(page, form, _prefilled(form, page.query))


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
        # the booking form gets the answers from the submission; what the address held has been answered anew
        answered = [question.type for question in form.questions if question.type in BOOKING_TYPES]
        names = [*NAMES, *answered] if "name" in answered else answered
        target = booking_path(submission.event_type)
        return page.redirect(page.trail.dropping(*names).to(*target, **{SUBMISSION: str(submission.id)}))
    if isinstance(value, CustomMessage):
        context = {"headline": value.headline, "body": paragraphs(value.body)}
        return page.render("routing_message.html", context, private=True)
    return page.redirect(value)


def _prefilled(form: RoutingForm, query: Mapping[str, str]) -> Filled:
    """What the address fills in beforehand, as if it had been typed."""
    given = from_query(form.questions, query)
    if "name" not in query:
        given = {**from_query(form.questions, {"name": person_name(*(query.get(key) for key in NAMES))}), **given}
    return {f"{ANSWER}{uuid}": [answer] for uuid, answer in given.items()}


def _form(page: VisitorPage, form: RoutingForm, data: Filled, again: Again | None = None) -> Response[bytes]:
    refused = again.refused if again else None
    fields_of = {parameter(index): f"{ANSWER}{question.uuid}" for index, question in enumerate(form.questions)}
    details = refused.details if refused else ()
    errors = [replace(error, parameter=fields_of.get(error.parameter, error.parameter)) for error in details]
    fields = with_errors(page, routing_fields(page, form, data), errors, data)
    context = {
        "form": form,
        "fields": fields,
        "unseen": _unseen(form, data),
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
    return [_routing_field(page, question, data) for question in form.questions if not question.hidden]


def _unseen(form: RoutingForm, data: Filled) -> list[tuple[str, str]]:
    """What the form carries without showing it: names and values that answer hidden questions."""
    names = [f"{ANSWER}{question.uuid}" for question in form.questions if question.hidden]
    return [(name, first(data, name)) for name in names if first(data, name)]


def routing_answers(form: RoutingForm, data: Filled) -> dict[str, str]:
    """The answers by question."""
    return {question.uuid: accepted(question, _answer(question, data)) for question in form.questions}


def _answer(question: RoutingQuestionSetting, data: Filled) -> str:
    name = f"{ANSWER}{question.uuid}"
    return phone_answer(data, name) if question.type == "phone" else first(data, name)


def _routing_field(page: VisitorPage, question: RoutingQuestionSetting, data: Filled) -> Field:
    name = f"{ANSWER}{question.uuid}"
    if question.type == "phone":
        return phone_field(page, name, question.name, data, required=question.required)
    kinds = {"email": "email", "textarea": "textarea", "select": "select", "radios": "radios"}
    autocomplete = {"name": "name", "email": "email"}.get(question.type)
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
        autocomplete=autocomplete,
        missing=missing(page, question.type),
        wrong=wrong(page, question.type),
    )
