"""Moving a booking through an invitee's link: the same calendar, then a step that shows both times."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.core.errors import Forbidden, Invalid, SlotUnavailable
from openslot.core.intervals import Interval
from openslot.db.pool import Conn
from openslot.html.fields import Filled, filled, first
from openslot.html.lengths import MAX_REASON_LENGTH
from openslot.html.page import read
from openslot.html.text import identifier
from openslot.pages.booking import JOINS, changed, minutes_of, other_times
from openslot.pages.connections import ThisConn
from openslot.pages.invitees import about_booked, booked_url, confirmation_url, find, for_invitee
from openslot.pages.offers import instant_of
from openslot.pages.picker import pick, start_segment
from openslot.pages.resubmission import Again, Sent, sent, shown_again, shown_in
from openslot.pages.time_search import FindTimes, times_near
from openslot.pages.trail import CLOCK
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.presenters import places, scheduled_events
from openslot.services.booking import policies, rescheduling
from openslot.services.booking.invitees import BookedInvitee
from openslot.services.booking.rescheduling import Meeting, Shown
from openslot.services.slots import Slot


@read("/reschedulings/{invitee_id:str}")
async def show(page: ThisPage, conn: ThisConn, invitee_id: FromPath[str]) -> Response[bytes]:
    """The calendar; canceled and past events are shown as such."""
    moving = await _moving(page, conn, invitee_id)
    start = moving.booked.event.start_time
    picker = await pick(moving.page, moving.find_times, moving.path, around=start) if moving.is_open else None
    context = {"picker": picker, **about_booked(moving.page, moving.booked)}
    return moving.page.render("reschedule.html", context, accent=moving.booked.event_type.color, private=True)


@read("/reschedulings/{invitee_id:str}/{start:str}")
async def confirm(
    page: ThisPage, conn: ThisConn, invitee_id: FromPath[str], start: FromPath[str]
) -> Redirect | Response[bytes]:
    """The old time and the new one; where the new one is gone, other starts."""
    moving = await _moving(page, conn, invitee_id)
    return await _details(moving, instant_of(start, moving.booked.event_type))


@post("/reschedulings/{invitee_id:str}/{start:str}", include_in_schema=False, status_code=303)
async def reschedule(
    page: ThisPage, conn: ThisConn, invitee_id: FromPath[str], start: FromPath[str]
) -> Redirect | Response[bytes]:
    """Move the booking to the start."""
    data = filled(page.request)
    page = page.with_clock(shown_in(page, data, CLOCK))
    form = sent(page, conn, data, start=start)
    made = await form.claim()
    if made is not None and made.invitee_id is not None:
        return page.redirect(await booked_url(page, conn, made.invitee_id, is_changed=form.differs_from(made)))
    moving = await _moving(page, conn, invitee_id, timezone=shown_in(page, data, "timezone"))
    reason = first(data, "reason")[:MAX_REASON_LENGTH]
    if not form.may_process:
        return await _details(moving, instant_of(start, moving.booked.event_type), _Typed(reason, form.again))
    return await _move(
        moving,
        instant_of(first(data, "start_time") or start, moving.booked.event_type),
        _Typed(reason, form.again),
        form,
        _shown(data),
    )


def _shown(data: Filled) -> Shown | None:
    minutes = minutes_of(data)
    return None if minutes is None else Shown(minutes, identifier(first(data, JOINS)))


async def _move(
    moving: "_Moving", start: datetime, typed: "_Typed", form: Sent, shown: Shown | None
) -> Redirect | Response[bytes]:
    page, conn = moving.page, form.conn
    try:
        async with conn.transaction():  # a start that is gone must leave the old booking as it was
            moved = await rescheduling.reschedule(
                conn, moving.booked.invitee.id, start, timezone=page.zone.key, reason=typed.reason or None,
                shown=shown, uris=page.uris, now=page.now,
            )  # fmt: skip
            await form.finish(moved.event.organization_id, invitee_id=moved.invitee.id)
    except SlotUnavailable:
        await form.release()
        return await _gone(moving, start, typed)
    except Invalid as exc:  # length or place have changed meanwhile
        await form.release()
        return await _details(moving, start, replace(typed, again=replace(typed.again, refused=exc)))
    except Forbidden:
        await form.release()
        moving = await _moving(page, conn, str(moving.booked.invitee.id))  # canceled meanwhile?
        if moving.is_open:  # the start is the one that it has already
            return await _gone(moving, start, typed)
        return page.redirect(page.trail.lean.to(*moving.path))
    return page.redirect(confirmation_url(page, moving.booked.event_type, moved.invitee.id))


@dataclass(frozen=True)
class _Typed:
    """What the confirm step's form held when it was sent."""

    reason: str
    again: Again


@dataclass(frozen=True)
class _Moving:
    """A booking that may be moved, as its invitee meets it."""

    page: VisitorPage
    booked: BookedInvitee
    path: tuple[str, ...]
    find_times: FindTimes
    meeting_at: Callable[[datetime], Awaitable[Meeting | None]]

    @property
    def is_open(self) -> bool:
        """Whether it can still be moved."""
        booked = self.booked
        may_move = policies.may_reschedule(booked.event_type, booked.event, now=self.page.now)
        return booked.invitee.status == "active" and may_move


async def _moving(page: VisitorPage, conn: Conn, invitee_id: str, *, timezone: str | None = None) -> _Moving:
    booked = await find(page, conn, invitee_id)

    async def find_times(window: Interval) -> Sequence[Slot]:
        found = await rescheduling.available_times(conn, booked.invitee.id, window, now=page.now)
        return [slot for slot in found if slot.start_time != booked.event.start_time]

    async def meeting_at(start: datetime) -> Meeting | None:
        return await rescheduling.meeting_at(conn, booked.invitee.id, start, now=page.now)

    page = for_invitee(page, booked).in_zone(timezone)
    return _Moving(page, booked, ("reschedulings", invitee_id), find_times, meeting_at)


async def _details(moving: _Moving, start: datetime, typed: _Typed | None = None) -> Redirect | Response[bytes]:
    if not moving.is_open:
        return moving.page.redirect(moving.page.trail.lean.to(*moving.path))
    found = None if start == moving.booked.event.start_time else await moving.meeting_at(start)
    return await _gone(moving, start, typed) if found is None else _form(moving, found, typed)


async def _gone(moving: _Moving, start: datetime, typed: _Typed | None = None) -> Response[bytes]:
    others = other_times(moving.page, await times_near(moving.page, moving.find_times, start))
    invitee, event = moving.booked.invitee, moving.booked.event
    when = Interval(start, start + (event.end_time - event.start_time))
    wanted = Meeting(when, event.name, scheduled_events.location_of(invitee, event), None)
    return _form(moving, wanted, typed, others=others)


def _form(
    moving: _Moving, meeting: Meeting, typed: _Typed | None = None, *, others: list[dict[str, str]] | None = None
) -> Response[bytes]:
    """The confirm step; ``others`` is set when the start is gone and holds what can be had instead."""
    page, start = moving.page, meeting.when.start
    refused = typed.again.refused if typed else None
    day = page.formats.day(start)
    context = {
        "start": start,
        "end": meeting.when.end,
        "minutes": (meeting.when.end - start) // timedelta(minutes=1),
        "joins": meeting.joins,
        "new_name": meeting.name,
        "new_place": places.booked(page, meeting.location),
        "problems": changed(page, refused) if refused else [],
        "reason": typed.reason if typed else "",
        "longest": MAX_REASON_LENGTH,
        "others": others,
        "was_sent": typed is not None and not typed.again.is_resent,
        "path": (*moving.path, start_segment(start)),
        "action": page.trail.to(*moving.path, start_segment(start)),
        "back": page.trail.to(*moving.path, month=f"{day:%Y-%m}", date=f"{day:%Y-%m-%d}", timezone=page.zone.key),
        **about_booked(page, moving.booked),
        **shown_again(typed.again if typed else None),
    }
    status = 409 if others is not None else typed.again.status if typed else 200
    color = moving.booked.event_type.color
    return page.render("reschedule_confirm.html", context, status=status, accent=color, private=True)
