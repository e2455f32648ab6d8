"""Routing forms: somebody answers, the answers lead somewhere. Source: behaviours, section 12; webhooks, section 6."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from openslot.core import routing
from openslot.core.errors import FieldError, Invalid, NotFound
from openslot.core.ids import new_id
from openslot.core.routing import Destination
from openslot.db import event_types, routing_forms, served_event_types
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.routing_forms import RoutingForm
from openslot.presenters import routing_forms as present
from openslot.presenters.uris import Uris
from openslot.services import outbox, scheduling_links, serving
from openslot.telemetry import correlation
from openslot.wire.common import Tracking
from openslot.wire.routing_forms import CustomMessage, RoutingFormAnswer, RoutingFormResult

ANSWERS_ARE_KNOWN_FOR = timedelta(days=1)
"""For so long the booking page fills in what the respondent has answered."""


class TypedAnswer(NamedTuple):
    """An answer to a routing form, with the type of its question."""

    kind: str
    question: str
    answer: str


@dataclass(frozen=True)
class Submission:
    """A stored submission and where it leads."""

    id: UUID
    result: RoutingFormResult
    answers: list[RoutingFormAnswer]
    event_type: EventType | None
    """Set when the result is an event type."""


async def published_form(conn: Conn, form_id: UUID) -> RoutingForm:
    """The form behind a public link.

    Raises:
        NotFound: no such form, or it is a draft.
    """
    form = await routing_forms.find(conn, form_id)
    if form is None or form.status != "published":
        raise NotFound("routing form")
    return form


NOWHERE = CustomMessage("Thank you", "Your answers have been received.")


async def submit(
    conn: Conn,
    form_id: UUID,
    answers: Mapping[str, str],
    tracking: Tracking,
    *,
    nowhere: CustomMessage = NOWHERE,
    uris: Uris,
    now: datetime,
) -> Submission:
    """Store the answers (by question uuid) and return where they lead: what is stored is where the respondent is sent.

    What can't be booked any more leads to the form's fallback instead, and where that can't be either, ``nowhere`` is
    shown (ADR 0008).

    Raises:
        NotFound: no such form, or it is a draft.
        Invalid: a required answer is missing, or one does not fit its question.
    """
    form = await published_form(conn, form_id)
    errors: list[FieldError] = []
    checked = routing.check(form.questions, answers, errors)
    if errors:
        raise Invalid(*errors)
    target, destination = None, Destination(custom_message=nowhere)
    for one in (routing.destination(form.routes, form.fallback, checked), form.fallback):
        target = await _bookable(conn, form, one, now=now)
        if target is not None or _is_elsewhere(one):
            destination = one
            break
    row = routing_forms.Submission(
        id=new_id(),
        organization_id=form.organization_id,
        routing_form_id=form.id,
        questions_and_answers=checked,
        tracking=tracking,
        result=destination,
        created_at=now,
        updated_at=now,
    )
    await routing_forms.insert_submission(conn, row)
    await outbox.record(
        conn,
        "routing_form_submission.created",
        organization_id=form.organization_id,
        chain_id=row.id,
        correlation_id=correlation.current(),
        user_ids=[],
        payload=present.submission(row, uris),
        uris=uris,
        now=now,
    )
    return Submission(row.id, present.result(destination, uris), checked, target)


async def submission(conn: Conn, organization_id: UUID, submission_id: UUID, *, uris: Uris) -> Submission:
    """A submission that was stored before.

    Raises:
        NotFound: there is none.
    """
    row = await routing_forms.get_submission(conn, organization_id, submission_id)
    if row is None:
        raise NotFound("routing form submission")
    target = None
    if row.result.event_type_id is not None:
        target = await event_types.get(conn, organization_id, row.result.event_type_id)
    return Submission(row.id, present.result(row.result, uris), row.questions_and_answers, target)


async def answers_for_booking(
    conn: Conn, organization_id: UUID, submission_id: UUID, *, now: datetime
) -> list[TypedAnswer]:
    """What a respondent answered who is about to book; nothing once that is done, or a day has passed.

    The address of the booking page names the submission, and may be passed on or kept in a history.
    """
    row = await routing_forms.get_submission(conn, organization_id, submission_id)
    if row is None or row.invitee_id is not None or now - row.created_at > ANSWERS_ARE_KNOWN_FOR:
        return []
    form = await routing_forms.get(conn, organization_id, row.routing_form_id)
    kinds = {} if form is None else {question.uuid: question.type for question in form.questions}
    return [
        TypedAnswer(kinds.get(one.question_uuid or "", "text"), one.question, one.answer)
        for one in row.questions_and_answers
        if one.answer
    ]


async def _bookable(conn: Conn, form: RoutingForm, destination: Destination, *, now: datetime) -> EventType | None:
    """The event type of a destination, if its page can be booked now."""
    if destination.event_type_id is None:
        return None
    found = await served_event_types.get(conn, form.organization_id, destination.event_type_id)
    if found is None or not serving.is_open(found):
        return None
    link = None if found.link_token is None else await scheduling_links.find(conn, found.link_token)
    return None if link is not None and link.has_ended(now) else found


def _is_elsewhere(destination: Destination) -> bool:
    """Whether it is a message, or an address that browsers may be sent to."""
    if destination.external_url is not None:
        return urlsplit(destination.external_url).scheme in ("http", "https")
    return destination.custom_message is not None
