"""Meeting recaps: putting them in, changing and deleting them. Source: contract, meeting recaps; behaviours, section 7.

A recap is the own of a host, like a contact: not even an admin sees a colleague's. A host has one of a meeting.
"""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET, structs

from openslot.core.booking_form import INVALID
from openslot.core.errors import Forbidden, NotFound, invalid
from openslot.core.ids import ordered_id
from openslot.core.links import is_web_address
from openslot.core.roles import Action
from openslot.db import meeting_recaps, scheduled_events
from openslot.db.meeting_recaps import MeetingRecap, Texts
from openslot.db.pool import Conn
from openslot.presenters.uris import Uris
from openslot.services import access, outbox
from openslot.services.access import Principal
from openslot.wire.meeting_recaps import PutMeetingRecap, UpdateMeetingRecap

NOT_YOURS = "You do not have permission to access this resource"
"""To the letter, without a full stop. Source: contract, GET /meeting_recaps."""
_ANNOUNCED = ("summary_md", "action_items_md", "discussion_md", "share_link")
"""What a change of is a ``meeting_recap.updated``. Source: webhooks, section 1."""


async def own(conn: Conn, principal: Principal, recap_id: UUID, *, lock: bool = False) -> MeetingRecap:
    """One of the caller's recaps, with ``lock`` until commit.

    Raises:
        NotFound: there is none in the organization. Forbidden: it is a colleague's.
    """
    found = await meeting_recaps.get(conn, principal.organization_id, recap_id, lock=lock)
    if found is None:
        raise NotFound("meeting recap")
    if not principal.reaches(Action.MANAGE_RECAP, found.user_id):
        raise Forbidden(NOT_YOURS)
    return found


async def transcript(conn: Conn, principal: Principal, recap_id: UUID) -> str:
    """The words of a meeting of which the caller has a recap.

    Raises:
        NotFound: no such recap, or one without a transcript. Forbidden: it is a colleague's.
    """
    await own(conn, principal, recap_id)
    text = await meeting_recaps.get_transcript(conn, principal.organization_id, recap_id)
    if text is None:
        raise NotFound("transcript")
    return text


async def require_visible(conn: Conn, principal: Principal, event_id: UUID) -> None:
    """Check that recaps may be listed by a scheduled event.

    Raises:
        NotFound: no such event in the organization. Forbidden: one that the caller may not look at.
    """
    event = await scheduled_events.get(conn, principal.organization_id, event_id)
    if event is None:
        raise NotFound("scheduled event")
    if not await access.may_manage_event(conn, principal, event):
        raise Forbidden(NOT_YOURS)


async def put(
    conn: Conn, principal: Principal, event_id: UUID, wanted: PutMeetingRecap, *, uris: Uris, now: datetime
) -> MeetingRecap:
    """Store the caller's recap of an event that the caller hosts, in place of an earlier one, and record it.

    ``meeting_recap.created`` when it is available for the first time, ``meeting_recap.updated`` when what is told of
    it changes afterwards. The event's row is held, so that nobody in it is erased meanwhile.

    Raises:
        NotFound: no such event in the organization. Forbidden: somebody else's. Invalid: the link is no web address.
    """
    if wanted.share_link is not None and not is_web_address(wanted.share_link):
        raise invalid("share_link", INVALID)
    event = await scheduled_events.get(conn, principal.organization_id, event_id, lock=True)
    if event is None:
        raise NotFound("scheduled event")
    if not any(principal.reaches(Action.MANAGE_RECAP, host.user_id) for host in event.hosts):
        raise Forbidden(NOT_YOURS)
    before = await meeting_recaps.find(conn, principal.organization_id, event_id, principal.user.id)
    texts = Texts(**{name: getattr(wanted, name) for name in Texts.__struct_fields__})
    await meeting_recaps.put(
        conn, principal.organization_id, ordered_id(now), event_id, principal.user.id, texts, now=now
    )
    after = await meeting_recaps.find(conn, principal.organization_id, event_id, principal.user.id)
    assert after is not None  # it was just stored
    await _record_change(conn, before, after, uris, now=now)
    return after


async def update(
    conn: Conn, principal: Principal, recap_id: UUID, wanted: UpdateMeetingRecap, *, uris: Uris, now: datetime
) -> MeetingRecap:
    """Change the highlights of one of the caller's recaps, and record it; nothing is said of no change.

    Raises:
        NotFound, Forbidden: as ``own``.
    """
    before = await own(conn, principal, recap_id, lock=True)
    given = {name: value for name in wanted.__struct_fields__ if (value := getattr(wanted, name)) is not UNSET}
    after = structs.replace(before, **given)
    if after == before:
        return before
    after = structs.replace(after, updated_at=now)
    await meeting_recaps.update(conn, after)
    await _record_change(conn, before, after, uris, now=now)
    return after


async def delete(conn: Conn, principal: Principal, recap_id: UUID, *, uris: Uris, now: datetime) -> None:
    """Delete one of the caller's recaps, and record it.

    Raises:
        NotFound, Forbidden: as ``own``.
    """
    found = await own(conn, principal, recap_id, lock=True)
    await meeting_recaps.delete(conn, found.organization_id, found.id)
    await outbox.record_deleted_recap(conn, found, uris, now=now)


async def _record_change(
    conn: Conn, before: MeetingRecap | None, after: MeetingRecap, uris: Uris, *, now: datetime
) -> None:
    if after.announced_at is None:
        return
    if before is None or before.announced_at is None:
        await outbox.record_recap(conn, "meeting_recap.created", after, uris, now=now)
    elif any(getattr(before, name) != getattr(after, name) for name in _ANNOUNCED):
        await outbox.record_recap(conn, "meeting_recap.updated", after, uris, now=now)
