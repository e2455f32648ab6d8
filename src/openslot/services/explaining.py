"""Why not: every reason for which a start is not offered, from the facts and the rule that listing stands on."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from openslot.core.errors import Forbidden
from openslot.core.refusals import Code, Refusal, refusals, set_aside
from openslot.db.event_types import ServedEventType
from openslot.db.pool import Conn
from openslot.services import slots
from openslot.services.access import Principal
from openslot.services.slots import NOTHING, Except


@dataclass(frozen=True)
class Explanation:
    """What stands against a start; nothing does exactly when it is offered."""

    event_type: ServedEventType
    start_time: datetime
    refusals: list[Refusal]
    set_aside: list[Refusal] = field(default_factory=list)
    """What would stand against a host, and does not on this day: being ahead of others who have no time."""

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
    leaving_out: Except = NOTHING,
    now: datetime,
) -> Explanation:
    """Everything that refuses ``start_time`` (aware).

    Raises:
        NotFound: no such event type. Invalid: it does not offer that duration.
    """
    served = slots.lasting(await slots.serve(conn, organization_id, event_type_id), duration_minutes)
    found: list[Refusal] = []
    if not slots.is_open(served):
        found.append(Refusal(Code.INACTIVE, source="event_type"))
    moment = slots.moment(served, start_time)
    if moment is None:
        return Explanation(served, start_time, [*found, Refusal(Code.OUT_OF_REACH, source="event_type")])
    offer = await slots.offer_for(conn, served, moment, now=now, leaving_out=leaving_out)
    refused = [*found, *refusals(offer, start_time, now=now)]
    return Explanation(served, start_time, refused, set_aside(offer, start_time, now=now))


def require_insight(principal: Principal, served: ServedEventType) -> None:
    """See that the caller may know why: reasons name hosts and what they do.

    Raises:
        Forbidden: neither admin nor owner of the event type nor one of its hosts.
    """
    if not principal.may_manage(served) and all(host.user_id != principal.user.id for host in served.hosts):
        raise Forbidden
