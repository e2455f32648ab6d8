"""Routing submissions. Source: behaviours, section 12."""

from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Organization, make_routing_form
from openslot.core.errors import Invalid, NotFound
from openslot.core.ids import new_id
from openslot.db import routing_forms
from openslot.db.pool import Conn
from openslot.db.routing_forms import RoutingForm
from openslot.services import routing
from openslot.services.routing import Submission
from openslot.wire.common import Tracking
from openslot.wire.routing_forms import CustomMessage, RoutingFormResult
from services.conftest import Store


@pytest.fixture
async def form(conn: Conn, organization: Organization, clock: Clock) -> RoutingForm:
    return await make_routing_form(conn, organization, now=clock.now)


async def submit(conn: Conn, form: RoutingForm, clock: Clock, *answers: str, **tracking: Any) -> Submission:
    given = dict(zip([question.uuid for question in form.questions], answers, strict=False))
    async with conn.transaction():
        return await routing.submit(conn, form.id, given, Tracking(**tracking), uris=URIS, now=clock.now)


async def test_an_answer_leads_to_an_event_type(
    conn: Conn, organization: Organization, clock: Clock, form: RoutingForm
) -> None:
    sent = await submit(conn, form, clock, "ada@example.org", "Meeting")

    assert sent.result == RoutingFormResult("event_type", URIS.event_type(organization.event_type_id))
    assert sent.event_type is not None
    assert sent.event_type.id == organization.event_type_id


@pytest.mark.parametrize(
    ("need", "result"),
    [
        ("Docs", RoutingFormResult("external_url", "https://example.com/docs")),
        ("Job", RoutingFormResult("custom_message", CustomMessage("Thank you", "We will write to you."))),
    ],
)
async def test_or_elsewhere_or_to_a_message(
    conn: Conn, clock: Clock, form: RoutingForm, need: str, result: RoutingFormResult
) -> None:
    sent = await submit(conn, form, clock, "ada@example.org", need, utm_source="flyer")

    assert (sent.result, sent.event_type) == (result, None)
    row = await routing_forms.get_submission(conn, form.organization_id, sent.id)
    assert row is not None
    assert (row.questions_and_answers, row.tracking) == (sent.answers, Tracking(utm_source="flyer"))


async def test_a_draft_and_an_unknown_form_take_no_answers(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    draft = await make_routing_form(conn, organization, now=clock.now, status="draft")

    with pytest.raises(NotFound):
        await submit(conn, draft, clock, "ada@example.org", "Meeting")
    with pytest.raises(NotFound):
        await routing.submit(conn, new_id(), {}, Tracking(), uris=URIS, now=clock.now)


async def test_what_does_not_fit_is_named_and_nothing_is_stored(
    conn: Conn, clock: Clock, form: RoutingForm, store: Store
) -> None:
    with pytest.raises(Invalid) as refused:
        await submit(conn, form, clock, "nobody", "A pony", "x" * 10_001)

    assert [(one.parameter, one.message) for one in refused.value.details] == [
        (f"questions_and_answers[{index}].answer", "invalid") for index in range(3)
    ]
    assert (await store.rows("routing_form_submissions"), await store.rows("events")) == ([], [])
