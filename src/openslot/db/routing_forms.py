"""Routing forms: questions, the routes their answers take, and submissions."""

from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from msgspec import Struct
from psycopg.types.json import Jsonb

from openslot.core.routing import Destination, Route
from openslot.db.pool import Conn
from openslot.db.rows import PageOf, PageRequest, fetch_all, fetch_one, fetch_page
from openslot.wire.common import Tracking
from openslot.wire.routing_forms import RoutingFormAnswer, RoutingQuestionSetting


class RoutingForm(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    name: str
    status: str
    questions: list[RoutingQuestionSetting]
    routes: list[Route]
    """The first that matches is taken."""
    fallback: Destination
    """The destination where no route matches."""
    created_at: datetime
    updated_at: datetime
    clock_ahead: timedelta | None = None
    """How far the clock of its organization is ahead of the real one, if that is a sandbox."""


class Submission(Struct, frozen=True, kw_only=True):
    id: UUID
    organization_id: UUID
    routing_form_id: UUID
    questions_and_answers: list[RoutingFormAnswer]
    tracking: Tracking
    result: Destination
    invitee_id: UUID | None = None
    invitee_event_id: UUID | None = None
    created_at: datetime
    updated_at: datetime


_FORM: LiteralString = """
    SELECT id, organization_id, name, status, questions, routes, fallback, created_at, updated_at,
        (SELECT clock_ahead FROM sandboxes AS sandbox
         WHERE sandbox.organization_id = routing_forms.organization_id) AS clock_ahead
    FROM routing_forms
"""
_SUBMISSION: LiteralString = """
    SELECT id, organization_id, routing_form_id, questions_and_answers, tracking, result, invitee_id, invitee_event_id,
        created_at, updated_at
    FROM routing_form_submissions
"""


async def get(conn: Conn, organization_id: UUID, form_id: UUID) -> RoutingForm | None:
    query: LiteralString = f"{_FORM} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, RoutingForm, query, {"organization_id": organization_id, "id": form_id})


async def find(conn: Conn, form_id: UUID) -> RoutingForm | None:
    """A form by the id in its public link, in any organization."""
    return await fetch_one(conn, RoutingForm, f"{_FORM} WHERE id = %(id)s", {"id": form_id})


async def get_by_name(conn: Conn, organization_id: UUID, name: str) -> RoutingForm | None:
    """The oldest form of a name, locked until commit."""
    query: LiteralString = f"""
        {_FORM} WHERE organization_id = %(organization_id)s AND name = %(name)s
        ORDER BY created_at, id LIMIT 1 FOR UPDATE
    """
    return await fetch_one(conn, RoutingForm, query, {"organization_id": organization_id, "name": name})


async def list_all(conn: Conn, organization_id: UUID) -> list[RoutingForm]:
    """Every form of an organization, the oldest first."""
    query: LiteralString = f"{_FORM} WHERE organization_id = %(organization_id)s ORDER BY created_at, id"
    return await fetch_all(conn, RoutingForm, query, {"organization_id": organization_id})


async def list_page(conn: Conn, organization_id: UUID, page: PageRequest) -> PageOf[RoutingForm]:
    """One page of an organization's forms."""
    conditions: list[LiteralString] = ["organization_id = %(organization_id)s"]
    return await fetch_page(conn, RoutingForm, _FORM, conditions, {"organization_id": organization_id}, page)


async def insert(conn: Conn, form: RoutingForm) -> None:
    await conn.execute(
        """
        INSERT INTO routing_forms
            (id, organization_id, name, status, questions, routes, fallback, created_at, updated_at)
        VALUES (%(id)s, %(organization_id)s, %(name)s, %(status)s, %(questions)s, %(routes)s, %(fallback)s,
                %(created_at)s, %(updated_at)s)
        """,
        {
            "id": form.id, "organization_id": form.organization_id, "name": form.name, "status": form.status,
            "questions": Jsonb(form.questions), "routes": Jsonb(form.routes), "fallback": Jsonb(form.fallback),
            "created_at": form.created_at, "updated_at": form.updated_at,
        },
    )  # fmt: skip


async def update(conn: Conn, form: RoutingForm) -> None:
    """Store another content of a form."""
    await conn.execute(
        """
        UPDATE routing_forms SET status = %(status)s, questions = %(questions)s, routes = %(routes)s,
            fallback = %(fallback)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s
        """,
        {
            "organization_id": form.organization_id, "id": form.id, "status": form.status,
            "questions": Jsonb(form.questions), "routes": Jsonb(form.routes), "fallback": Jsonb(form.fallback),
            "now": form.updated_at,
        },
    )  # fmt: skip


async def get_submission(conn: Conn, organization_id: UUID, submission_id: UUID) -> Submission | None:
    query: LiteralString = f"{_SUBMISSION} WHERE organization_id = %(organization_id)s AND id = %(id)s"
    return await fetch_one(conn, Submission, query, {"organization_id": organization_id, "id": submission_id})


async def list_submissions_page(
    conn: Conn, organization_id: UUID, form_id: UUID | None, page: PageRequest
) -> PageOf[Submission]:
    """One page of a form's submissions; None: of all forms."""
    conditions: list[LiteralString] = ["organization_id = %(organization_id)s"]
    if form_id is not None:
        conditions.append("routing_form_id = %(form_id)s")
    params = {"organization_id": organization_id, "form_id": form_id}
    return await fetch_page(conn, Submission, _SUBMISSION, conditions, params, page)


async def insert_submission(conn: Conn, submission: Submission) -> None:
    await conn.execute(
        """
        INSERT INTO routing_form_submissions
            (id, organization_id, routing_form_id, questions_and_answers, tracking, result, created_at, updated_at)
        VALUES (%(id)s, %(organization_id)s, %(form_id)s, %(answers)s, %(tracking)s, %(result)s, %(now)s, %(now)s)
        """,
        {
            "id": submission.id, "organization_id": submission.organization_id, "form_id": submission.routing_form_id,
            "answers": Jsonb(submission.questions_and_answers), "tracking": Jsonb(submission.tracking),
            "result": Jsonb(submission.result), "now": submission.created_at,
        },
    )  # fmt: skip


async def link_invitee(
    conn: Conn, organization_id: UUID, submission_id: UUID, *, invitee_id: UUID, event_id: UUID, now: datetime
) -> bool:
    """Link a submission to the booking that followed; only the first counts. False where nothing was linked."""
    cursor = await conn.execute(
        """
        UPDATE routing_form_submissions
        SET invitee_id = %(invitee_id)s, invitee_event_id = %(event_id)s, updated_at = %(now)s
        WHERE organization_id = %(organization_id)s AND id = %(id)s AND invitee_id IS NULL
        """,
        {
            "organization_id": organization_id, "id": submission_id, "invitee_id": invitee_id, "event_id": event_id,
            "now": now,
        },
    )  # fmt: skip
    return cursor.rowcount == 1
