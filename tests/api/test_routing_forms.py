"""Routing forms and submissions. Source: behaviours, section 12."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from conftest import Clock
from factories import URIS, Caller, Organization, make_booking, make_routing_form, make_submission
from openslot.core.ids import new_id
from openslot.db import routing_forms
from openslot.db.pool import Conn
from openslot.db.routing_forms import RoutingForm
from openslot.wire.common import Tracking


@pytest.fixture
async def form(conn: Conn, organization: Organization, clock: Clock) -> RoutingForm:
    return await make_routing_form(conn, organization, now=clock.now)


async def test_a_form_is_shown_whole(owner: Caller, organization: Organization, form: RoutingForm) -> None:
    answer = await owner.get(f"/routing_forms/{form.id}")

    assert answer.json() == {
        "resource": {
            "uri": URIS.routing_form(form.id),
            "organization": URIS.organization(organization.id),
            "name": "How can we help?",
            "status": "published",
            "questions": [
                {"uuid": form.questions[0].uuid, "name": "Work e-mail", "type": "email", "required": True,
                 "answer_choices": None},
                {"uuid": form.questions[1].uuid, "name": "What do you need?", "type": "radios", "required": True,
                 "answer_choices": ["Meeting", "Docs", "Job"]},
                {"uuid": form.questions[2].uuid, "name": "Anything else?", "type": "textarea", "required": False,
                 "answer_choices": None},
            ],
            "created_at": "2027-01-04T08:00:00.000000Z",
            "updated_at": "2027-01-04T08:00:00.000000Z",
        }
    }  # fmt: skip


async def test_drafts_are_listed_too_and_others_organizations_forms_are_not(
    conn: Conn, owner: Caller, organization: Organization, elsewhere: Organization, clock: Clock, form: RoutingForm
) -> None:
    clock.advance(minutes=1)
    draft = await make_routing_form(conn, organization, now=clock.now, status="draft")
    await make_routing_form(conn, elsewhere, now=clock.now)

    answer = await owner.get("/routing_forms", {"organization": URIS.organization(organization.id)})

    shown = [(row["uri"], row["status"]) for row in answer.json()["collection"]]
    assert shown == [(URIS.routing_form(form.id), "published"), (URIS.routing_form(draft.id), "draft")]


async def test_forms_and_submissions_are_sorted_by_creation_either_way(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, form: RoutingForm
) -> None:
    later = replace_form(form, clock)
    await routing_forms.insert(conn, later)
    sent = [(await make_submission(conn, form, now=clock.now.replace(minute=10 + minute))).id for minute in range(3)]
    forms = {"organization": URIS.organization(organization.id)}
    submissions = {"form": URIS.routing_form(form.id)}

    async def ids(path: str, query: dict[str, str]) -> list[str]:
        return [row["uri"].rpartition("/")[2] for row in (await owner.get(path, query)).json()["collection"]]

    assert await ids("/routing_forms", forms | {"sort": "created_at:desc"}) == [str(later.id), str(form.id)]
    assert await ids("/routing_form_submissions", submissions) == [str(one) for one in sent]
    assert await ids("/routing_form_submissions", submissions | {"sort": "created_at:desc"}) == [
        str(one) for one in reversed(sent)
    ]
    refused = await owner.get("/routing_forms", forms | {"sort": "name"})
    assert refused.json()["details"] == [{"message": "invalid", "parameter": "sort"}]


def replace_form(form: RoutingForm, clock: Clock) -> RoutingForm:
    clock.advance(minutes=1)
    values = {name: getattr(form, name) for name in RoutingForm.__struct_fields__}
    return RoutingForm(**(values | {"id": new_id(), "created_at": clock.now, "updated_at": clock.now}))


async def test_a_submission_names_the_invitee_once_the_respondent_has_booked(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, form: RoutingForm
) -> None:
    tracking = Tracking(utm_source="flyer")
    sent = await make_submission(conn, form, now=clock.now, tracking=tracking)
    before = (await owner.get(f"/routing_form_submissions/{sent.id}")).json()["resource"]
    clock.advance(minutes=5)
    made = await make_booking(
        conn,
        organization,
        datetime(2027, 1, 5, 10, tzinfo=UTC),
        now=clock.now,
        routing_form_submission_id=sent.id,
    )

    after = (await owner.get(f"/routing_form_submissions/{sent.id}")).json()["resource"]

    invitee = URIS.invitee(made.event.id, made.invitee.id)
    assert (before["submitter"], before["submitter_type"]) == (None, None)
    assert before["tracking"]["utm_source"] == "flyer"
    assert after == before | {
        "submitter": invitee,
        "submitter_type": "Invitee",
        "updated_at": "2027-01-04T08:05:00.000000Z",
    }
    shown = (await owner.get(invitee.removeprefix(URIS.api))).json()["resource"]
    assert shown["routing_form_submission"] == URIS.routing_form_submission(sent.id)


async def test_the_first_booking_of_a_respondent_counts(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, form: RoutingForm
) -> None:
    sent = await make_submission(conn, form, now=clock.now)
    first, second = [
        await make_booking(
            conn,
            organization,
            datetime(2027, 1, 5, hour, tzinfo=UTC),
            now=clock.now,
            routing_form_submission_id=sent.id,
        )
        for hour in (10, 11)
    ]

    shown = (await owner.get(f"/routing_form_submissions/{sent.id}")).json()["resource"]

    assert shown["submitter"] == URIS.invitee(first.event.id, first.invitee.id)
    assert second.invitee.routing_form_submission_id is None


async def test_a_submission_of_another_organization_is_left_aside(
    conn: Conn, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    foreign = await make_submission(conn, await make_routing_form(conn, elsewhere, now=clock.now), now=clock.now)

    made = await make_booking(
        conn,
        replace(organization),
        datetime(2027, 1, 5, 10, tzinfo=UTC),
        now=clock.now,
        routing_form_submission_id=foreign.id,
    )

    assert made.invitee.routing_form_submission_id is None


@pytest.mark.parametrize(
    ("path", "parameter"), [("/routing_forms", "organization"), ("/routing_form_submissions", "form")]
)
async def test_missing_parameters_of_lists_are_named(owner: Caller, path: str, parameter: str) -> None:
    missing = await owner.get(path)
    wrong = await owner.get(path, {parameter: URIS.user(new_id())})

    assert missing.json()["details"] == [{"message": "is missing", "parameter": parameter}]
    assert wrong.json()["details"] == [{"message": "invalid", "parameter": parameter}]
