"""Why a start is not offered: every reason, found by the rules that list the starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from openslot.core.errors import Forbidden
from openslot.core.refusals import Code, Refusal, as_seen_by, refusals, set_aside
from openslot.core.roles import Action
from openslot.db import holds
from openslot.db.holds import Hold
from openslot.db.pool import Conn
from openslot.db.served_event_types import ServedEventType
from openslot.services import serving, slots
from openslot.services.access import Principal
from openslot.services.slots import NOTHING_IGNORED, Ignored
from openslot.services.terms import Terms


@dataclass(frozen=True)
class Explanation:
    """The reasons against a start. There are none exactly when it is offered."""

    event_type: ServedEventType
    start_time: datetime
    refusals: list[Refusal]
    set_aside: list[Refusal] = field(default_factory=list)
    """Reasons against a host that do not apply on this day: being ahead of others who have no time."""
    holds: Mapping[UUID, Sequence[Hold]] = field(default_factory=dict)
    """The holds that ``refusals`` name, by the id of the event that they have or would become."""

    @property
    def is_offered(self) -> bool:
        return not self.refusals


async def why_not(
    conn: Conn,
    organization_id: UUID,
    event_type_id: UUID,
    start_time: datetime,
    *,
    duration_minutes: int | None = None,
    ignoring: Ignored = NOTHING_IGNORED,
    now: datetime,
) -> Explanation:
    """Everything that refuses ``start_time`` (aware).

    Raises:
        NotFound: no such event type. Invalid: it does not offer that duration.
    """
    terms = Terms(duration_minutes=duration_minutes)
    served = await serving.serve(conn, organization_id, event_type_id, terms)
    found: list[Refusal] = []
    if not served.is_open:
        found.append(Refusal(Code.INACTIVE, source="event_type"))
    moment = served.moment(start_time)
    if moment is None:
        return Explanation(served.row, start_time, [*found, Refusal(Code.OUT_OF_REACH, source="event_type")])
    offer = await slots.offer_for(conn, served, moment, now=now, ignoring=ignoring)
    refused = [*found, *refusals(offer, start_time, now=now)]
    return Explanation(served.row, start_time, refused, set_aside(offer, start_time, now=now))


async def seen_by(conn: Conn, principal: Principal | None, found: Explanation, *, now: datetime) -> Explanation:
    """What the caller may know of it, with the holds that stand there; None: the operator, who may know everything.

    Raises:
        Forbidden: neither admin nor owner of the event type nor one of its hosts.
    """
    if principal is not None:
        require_insight(principal, found.event_type)
        if not principal.reaches_all(Action.EXPLAIN):
            found = replace(found, refusals=as_seen_by(principal.user.id, found.refusals))
    ids = {one.source_id for one in found.refusals if one.source == "hold" or one.code is Code.SEATS_TAKEN} - {None}
    if not ids:
        return found
    standing: dict[UUID, list[Hold]] = {}
    for hold in await holds.list_of(conn, found.event_type.organization_id, [one for one in ids if one], now=now):
        standing.setdefault(hold.scheduled_event_id, []).append(hold)
    return replace(found, holds=standing)


def require_insight(principal: Principal, served: ServedEventType) -> None:
    """Check that the caller may know why: reasons name hosts and what they do.

    Raises:
        Forbidden: neither admin nor owner of the event type nor one of its hosts.
    """
    involved = {served.owner_id, *(host.user_id for host in served.hosts)}
    if not any(principal.reaches(Action.EXPLAIN, one) for one in involved):
        raise Forbidden
