"""What a plan refuses that a sandbox imitates. Source: behaviours, section 7; since-september, section 2."""

import pytest
from msgspec import structs

from conftest import Clock
from factories import Organization, principal_of
from openslot.core.errors import Forbidden
from openslot.db.pool import Conn
from openslot.services import plans
from openslot.services.access import Principal
from openslot.services.plans import Plan


@pytest.fixture
async def principal(conn: Conn, organization: Organization, clock: Clock) -> Principal:
    return await principal_of(conn, organization.owner, now=clock.now)


def on(principal: Principal, plan: str | None) -> Principal:
    return Principal(structs.replace(principal.user, plan=plan))


def test_without_a_plan_nothing_is_refused(principal: Principal) -> None:
    plans.require(principal, Plan.ENTERPRISE)
    plans.require_for_events(principal, ["routing_form_submission.created"])


@pytest.mark.parametrize("least", list(Plan))
@pytest.mark.parametrize("plan", ["free", "standard", "teams", "enterprise"])
def test_a_plan_has_what_smaller_ones_have(principal: Principal, plan: str, least: Plan) -> None:
    if Plan[plan.upper()] >= least:
        plans.require(on(principal, plan), least)
        return
    with pytest.raises(Forbidden, match=rf"^Please upgrade your Calendly account to {least.name.title()}\.$"):
        plans.require(on(principal, plan), least)


@pytest.mark.parametrize(
    ("plan", "event", "is_refused"),
    [
        ("free", "invitee.created", False),
        ("free", "contact.created", False),
        ("free", "meeting_recap.created", True),
        ("standard", "meeting_recap.created", False),
        ("standard", "routing_form_submission.created", True),
        ("teams", "routing_form_submission.created", False),
    ],
)
def test_some_webhook_events_need_a_plan(principal: Principal, plan: str, event: str, *, is_refused: bool) -> None:
    if not is_refused:
        plans.require_for_events(on(principal, plan), [event, "invitee.created"])
        return
    with pytest.raises(Forbidden, match=r"^Please upgrade to a paid Calendly account\.$"):
        plans.require_for_events(on(principal, plan), ["invitee.created", event])
