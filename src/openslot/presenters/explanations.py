"""Explanations as the API and the command show them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from msgspec import UNSET

from openslot.core.refusals import Code, Refusal
from openslot.db.holds import Hold
from openslot.i18n.reader import N_
from openslot.presenters import booking_requests
from openslot.presenters.uris import Uris
from openslot.wire.explanations import Explanation, Reason

SENTENCES = {
    Code.INACTIVE: N_("The event type takes no bookings."),
    Code.NO_HOST: N_("Nobody serves the event type."),
    Code.NO_SCHEDULE: N_("The host has no availability schedule."),
    Code.NOTICE: N_("It is too soon: the event type asks for notice."),
    Code.DATE_RANGE: N_("The day is not among those that can be booked."),
    Code.OUT_OF_REACH: N_("The time is too far off."),
    Code.OUTSIDE_HOURS: N_("The host's hours do not include it."),
    Code.ENDS_OUTSIDE_HOURS: N_("The meeting would end after the host's hours."),
    Code.DATE_OVERRIDE: N_("The hours set for this date do not include it."),
    Code.HOLIDAY: N_("The host has the day off."),
    Code.OFF_GRID: N_("Meetings start at other minutes."),
    Code.BUSY: N_("The host is busy."),
    Code.BUFFER: N_("A buffer would meet something that takes the host's time."),
    Code.HOLD: N_("Somebody is about to take it."),
    Code.SEATS_TAKEN: N_("Every seat is taken."),
    Code.DAILY_MAX: N_("The day has as many events as its limit allows."),
    Code.WEEKLY_MAX: N_("The week has as many events as its limit allows."),
    Code.MONTHLY_MAX: N_("The month has as many events as its limit allows."),
    Code.FAIRNESS: N_("The host is too many meetings ahead of the others."),
    Code.NOT_ENOUGH_HOSTS: N_("Too few hosts can meet."),
    Code.UNAVAILABLE: N_("The host is not available."),
}
"""One plain sentence for each code."""


SET_ASIDE = N_(
    "The host is too many meetings ahead, but is offered on this day: the hosts who are behind have no time."
)
"""Of ``FAIRNESS`` where it refuses nothing."""


def explanation(
    event_type_id: UUID,
    start: datetime,
    refusals: Sequence[Refusal],
    set_aside: Sequence[Refusal],
    holds: Mapping[UUID, Sequence[Hold]],
    uris: Uris,
) -> Explanation:
    """The shape of GET /openslot/explanations."""
    return Explanation(
        event_type=uris.event_type(event_type_id),
        start_time=start.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        offered=not refusals,
        reasons=[_reason(one, SENTENCES[one.code], uris, _holds_of(one, holds)) for one in refusals],
        set_aside=[_reason(one, SET_ASIDE, uris) for one in set_aside] or UNSET,
    )


def _holds_of(one: Refusal, holds: Mapping[UUID, Sequence[Hold]]) -> Sequence[Hold]:
    return () if one.source_id is None else holds.get(one.source_id, ())


def _reason(one: Refusal, message: str, uris: Uris, holds: Sequence[Hold] = ()) -> Reason:
    return Reason(
        code=one.code.value,
        message=message,
        host=None if one.host is None else uris.user(one.host),
        source=one.source,
        source_id=None if one.source_id is None else str(one.source_id),
        numbers=one.numbers,
        holds=[booking_requests.hold(hold, uris) for hold in holds] or UNSET,
    )
