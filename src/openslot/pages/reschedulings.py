"""Moving a booking through an invitee's link: the same calendar, then a step that shows both times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import Forbidden, SlotUnavailable
from openslot.core.intervals import Interval
from openslot.core.offers import Planned
from openslot.db.pool import Conn
from openslot.pages.booking import INSTANT, instant_of, other_times
from openslot.pages.fields import filled, first
from openslot.pages.invitees import about_booked, confirmation_url, find, for_invitee
from openslot.pages.limits import LONGEST_REASON
from openslot.pages.page import Page, ThisConn, ThisPage, read
from openslot.pages.picker import FindTimes, pick, start_segment, times_near
from openslot.services import policies, rescheduling, slots
from openslot.services.invitees import BookedInvitee
from openslot.services.slots import Slot


@read("/reschedulings/{invitee_id:str}")
async def show(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Response[bytes]:
    """The calendar; canceled and past events say that they can't be moved."""
    moving = await _moving(page, conn, invitee_id)
    picker = await pick(moving.page, moving.find_times, moving.path) if moving.is_open else None
    context = {"picker": picker, **about_booked(moving.page, moving.booked)}
    return moving.page.render("reschedule.html", context, accent=moving.booked.event_type.color, private=True)


@read("/reschedulings/{invitee_id:str}/{start:str}")
async def confirm(
    page: ThisPage, conn: ThisConn, invitee_id: FromPath[str], start: FromPath[str]
) -> Redirect | Response[bytes]:
    """The old time and the new one; where the new one is gone, other starts."""
    moving = await _moving(page, conn, invitee_id)
    if not moving.is_open:
        return page.redirect(page.trail.lean.to(*moving.path))
    instant = instant_of(start)
    found = await moving.find_times(Interval(instant, instant + INSTANT))
    if found:
        return _form(moving, instant, joins=found[0].planned)
    return await _gone(moving, instant)


@post("/reschedulings/{invitee_id:str}/{start:str}", include_in_schema=False, status_code=303)
async def reschedule(
    page: ThisPage, conn: ThisConn, invitee_id: FromPath[str], start: FromPath[str]
) -> Redirect | Response[bytes]:
    """Move the booking to the start."""
    data = await filled(page.request)
    moving = await _moving(page, conn, invitee_id, timezone=first(data, "timezone"))
    instant = instant_of(first(data, "start_time") or start)
    reason = first(data, "reason")[:LONGEST_REASON]
    try:
        async with conn.transaction():  # a start that is gone must leave the old booking as it was
            moved = await rescheduling.reschedule(
                conn, moving.booked.invitee.id, instant, timezone=moving.page.zone.key, reason=reason or None,
                links=page.links, now=page.now,
            )  # fmt: skip
    except SlotUnavailable:
        return await _gone(moving, instant, reason=reason)
    except Forbidden:
        moving = await _moving(page, conn, invitee_id, timezone=first(data, "timezone"))  # canceled meanwhile?
        if moving.is_open:  # the start asked for is the one it has
            return await _gone(moving, instant, reason=reason)
        return page.redirect(page.trail.lean.to(*moving.path))
    return page.redirect(confirmation_url(page, moving.booked, moved.invitee.id))


@dataclass(frozen=True)
class _Moving:
    """A booking that may be moved, as its invitee meets it."""

    page: Page
    booked: BookedInvitee
    path: tuple[str, ...]
    find_times: FindTimes

    @property
    def is_open(self) -> bool:
        """Whether it can still be moved."""
        event, event_type = self.booked.event, self.booked.event_type
        may_move = self.page.now < policies.reschedulable_until(event_type, event)
        return self.booked.invitee.status == "active" and may_move and slots.is_open(event_type)


async def _moving(page: Page, conn: Conn, invitee_id: str, *, timezone: str | None = None) -> _Moving:
    booked = await find(conn, invitee_id)

    async def find_times(window: Interval) -> Sequence[Slot]:
        found = await rescheduling.available_times(conn, booked.invitee.id, window, now=page.now)
        return [slot for slot in found if slot.start_time != booked.event.start_time]

    page = for_invitee(page, booked).in_zone(timezone)
    return _Moving(page, booked, ("reschedulings", invitee_id), find_times)


async def _gone(moving: _Moving, start: datetime, *, reason: str = "") -> Response[bytes]:
    others = other_times(moving.page, await times_near(moving.page, moving.find_times, start))
    return _form(moving, start, reason=reason, others=others)


def _form(
    moving: _Moving,
    start: datetime,
    *,
    reason: str = "",
    others: list[dict[str, str]] | None = None,
    joins: Planned | None = None,
) -> Response[bytes]:
    """The confirm step; ``others`` is set when the start is gone and holds what can be had instead.

    ``joins`` is the planned event there, whose length is its own.
    """
    page, event = moving.page, moving.booked.event
    day = page.formats.day(start)
    context = {
        "start": start,
        "end": start + (event.end_time - event.start_time if joins is None else timedelta(minutes=joins.minutes)),
        "reason": reason,
        "longest": LONGEST_REASON,
        "others": others,
        "path": (*moving.path, start_segment(start)),
        "action": page.trail.to(*moving.path, start_segment(start)),
        "back": page.trail.to(*moving.path, month=f"{day:%Y-%m}", date=f"{day:%Y-%m-%d}", timezone=page.zone.key),
        **about_booked(page, moving.booked),
    }
    status = 200 if others is None else 409
    color = moving.booked.event_type.color
    return page.render("reschedule_confirm.html", context, status=status, accent=color, private=True)
