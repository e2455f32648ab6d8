"""What a plan of Calendly refuses, for sandboxes that imitate one; everywhere else nothing is refused for a plan.

Source: behaviours, section 7 (plan gates); since-september, section 2.
"""

from collections.abc import Sequence
from enum import IntEnum

from openslot.core.errors import Forbidden
from openslot.services.access import Principal

PAID_NEEDED = "Please upgrade to a paid Calendly account."


class Plan(IntEnum):
    """The plans, the smallest first; sandboxes name them in lower case."""

    FREE = 0
    STANDARD = 1
    TEAMS = 2
    ENTERPRISE = 3


_EVENTS = {"routing_form_submission": Plan.TEAMS, "meeting_recap": Plan.STANDARD}
"""The least plan for events to which not every plan may subscribe, by family."""


def require(principal: Principal, least: Plan) -> None:
    """Check that the plan that the caller's organization imitates, if any, is ``least`` or a larger one.

    Raises:
        Forbidden: it is a smaller one.
    """
    if _is_below(principal, least):
        raise Forbidden(f"Please upgrade your Calendly account to {least.name.title()}.")


def require_for_events(principal: Principal, events: Sequence[str]) -> None:
    """Check that the plan that the caller's organization imitates, if any, has all these webhook events.

    Raises:
        Forbidden: it has not.
    """
    needed = (_EVENTS.get(event.partition(".")[0], Plan.FREE) for event in events)
    if _is_below(principal, max(needed, default=Plan.FREE)):
        raise Forbidden(PAID_NEEDED)


def _is_below(principal: Principal, least: Plan) -> bool:
    imitated = principal.user.plan
    return imitated is not None and Plan[imitated.upper()] < least
