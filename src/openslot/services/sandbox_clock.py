"""The clock of a sandbox: moving it, and doing what becomes due on the way (ADR 0041).

Every rule takes ``now``, and in a sandbox that is what its clock shows, so what ends by being compared with the time -
notice, holds, links, tokens - needs nothing more. What somebody has to do at a time is done here, in the order in which
it becomes due, so that a jump over a week leaves what a week would have left.
"""

import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from openslot.core.errors import FieldError, Invalid, NotFound, OpenSlotError, WrongState, invalid
from openslot.core.roles import Action
from openslot.db import reconfirmations, sandboxes, webhook_subscription_states
from openslot.db.pool import Conn
from openslot.db.sandboxes import Sandbox
from openslot.presenters.uris import Uris
from openslot.services.access import Principal
from openslot.services.booking import holds, reconfirming
from openslot.services.webhooks import alarms
from openslot.telemetry import correlation

log = logging.getLogger(__name__)

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""What a clock may show: from the first until before the second."""
FORWARD_ONLY = (
    "The clock goes back only while nothing is booked: what has happened can't be undone."
    " Reset the sandbox first: POST /openslot/sandbox/reset"
)


def target(now: datetime, wanted: datetime | None, advance: timedelta | None) -> datetime:
    """The time to which the clock is to be moved that shows ``now``: ``wanted``, or ``advance`` later.

    Raises:
        Invalid: both or neither are given, or the time is out of reach.
    """
    if (wanted is None) == (advance is None):
        raise Invalid(*(FieldError(name, "or the other one must be filled") for name in ("now", "advance_seconds")))
    to = now + advance if advance is not None else wanted
    assert to is not None  # one of the two is given
    if not EARLIEST <= to < LATEST:
        raise invalid("now" if advance is None else "advance_seconds", "must lead to a time from 2000 until 2100")
    return to


async def move(
    conn: Conn, principal: Principal, to: datetime, *, uris: Uris, warn_after: timedelta, now: datetime
) -> Sandbox:
    """Move the clock of the caller's sandbox, and do what is due by then. ``now`` is the real time.

    ``warn_after``: so long after the first failure the owner of a webhook subscription is warned.

    Raises:
        Forbidden: a plain member. NotFound: the organization is no sandbox. WrongState: back, with something booked.
    """
    principal.require(Action.CHANGE_ORGANIZATION)
    organization_id = principal.organization_id
    found = await sandboxes.lock(conn, organization_id)
    if found is None:
        raise NotFound("sandbox")
    shown = now + found.clock_ahead
    if to < shown and await sandboxes.is_booked(conn, organization_id):
        raise WrongState(FORWARD_ONLY)
    catch_up_at = partial(catch_up, conn, organization_id, uris=uris, warn_after=warn_after)
    moment: datetime | None = shown
    with correlation.within(correlation.current()):  # what becomes due is done by nobody, whoever moves the clock
        while moment is not None and moment < to:
            await catch_up_at(now=moment)
            moment = await reconfirmations.next_due(conn, organization_id, after=moment, until=to)
        await catch_up_at(now=to)
    await sandboxes.set_clock(conn, organization_id, to - now, now=to)
    moved = await sandboxes.get(conn, organization_id)
    assert moved is not None  # its row is locked
    return moved


async def catch_up(conn: Conn, organization_id: UUID, *, uris: Uris, warn_after: timedelta, now: datetime) -> None:
    """Do for one sandbox what workers do for all other organizations, as of ``now`` on its clock.

    Deliveries aside: workers make those, when their time has come on that clock (``delivery_queue.claim``).
    """
    while await holds.sweep(conn, sandbox=organization_id, now=now):
        pass
    for due in await reconfirmations.list_due_for_request(conn, sandbox=organization_id, now=now):
        await reconfirming.request(conn, due, uris=uris, now=now)
    for due in await reconfirmations.list_unanswered(conn, sandbox=organization_id, now=now):
        try:
            async with conn.transaction():
                await reconfirming.act_on_silence(conn, due, uris=uris, now=now)
        except OpenSlotError as exc:  # one that can't be canceled must not keep the others waiting
            log.warning("could not act on the missing confirmation of invitee %s: %s", due.invitee_id, exc)
    failing_since = now - warn_after
    for one in await webhook_subscription_states.list_to_warn(
        conn, sandbox=organization_id, failing_since=failing_since
    ):
        await alarms.failing(conn, alarms.Failing.of(one), uris=uris, now=now)
