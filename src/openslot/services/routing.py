"""Routing forms: somebody answers, the answers lead somewhere. Source: behaviours, section 12; webhooks, section 6."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openslot.core import routing
from openslot.core.errors import FieldError, Invalid, NotFound
from openslot.core.ids import new_id
from openslot.db import event_types, routing_forms
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.routing_forms import RoutingForm
from openslot.presenters import routing_forms as present
from openslot.presenters.links import Links
from openslot.services import outbox
from openslot.telemetry import correlation
from openslot.wire.common import Tracking
from openslot.wire.routing_forms import RoutingFormAnswer, RoutingFormResult


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


async def submit(
    conn: Conn, form_id: UUID, answers: Mapping[str, str], tracking: Tracking, *, links: Links, now: datetime
) -> Submission:
    """Store the answers (by question uuid) and say where they lead.

    Raises:
        NotFound: no such form, or it is a draft.
        Invalid: a required answer is missing, or one does not fit its question.
    """
    form = await published_form(conn, form_id)
    errors: list[FieldError] = []
    checked = routing.check(form.questions, answers, errors)
    if errors:
        raise Invalid(*errors)
    destination = routing.destination(form.routes, form.fallback, checked)
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
        payload=present.submission(row, links),
        links=links,
        now=now,
    )
    target = None
    if destination.event_type_id is not None:
        target = await event_types.get(conn, form.organization_id, destination.event_type_id)
    return Submission(row.id, present.result(destination, links), checked, target)
