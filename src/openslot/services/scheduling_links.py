"""Scheduling links: finding what one leads to, what it changes of the event type, using it up.

Source: rules, section 13. A share's overrides are applied by ``overridden`` alone.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import UNSET

from openslot.core.errors import LinkEnded, NotFound
from openslot.core.ids import new_id
from openslot.core.kinds import ONE_OFF
from openslot.db import scheduling_links
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.scheduling_links import SchedulingLink
from openslot.db.served_event_types import ServedEventType
from openslot.security.tokens import digest, new_link_token
from openslot.wire.event_types import LocationConfiguration
from openslot.wire.shares import PeriodType, ShareOverride

E = TypeVar("E", bound=EventType)


@dataclass(frozen=True)
class NewLink:
    """A link, and the token of its address; shown here and never again."""

    link: SchedulingLink
    token: str = field(repr=False)


async def create(
    conn: Conn,
    event_type: EventType,
    creator_id: UUID,
    *,
    token: str | None = None,
    overrides: ShareOverride | None = None,
    max_uses: int | None = 1,
    expires_at: datetime | None = None,
    returns_on_cancel: bool = False,
    now: datetime,
) -> NewLink:
    """A new link to an event type; ``max_uses`` None and no end make one that lasts."""
    link = SchedulingLink(
        id=new_id(),
        organization_id=event_type.organization_id,
        event_type_id=event_type.id,
        overrides=overrides,
        max_uses=max_uses,
        returns_on_cancel=returns_on_cancel,
        expires_at=expires_at,
        creator_id=creator_id,
        created_at=now,
    )
    token = token or new_link_token()
    await scheduling_links.insert(conn, link, digest(token))
    return NewLink(link, token)


async def find(conn: Conn, token: str) -> SchedulingLink | None:
    """The link of an address, ended or not."""
    return await scheduling_links.get_by_token(conn, digest(token))


async def of_booking(conn: Conn, event_type: EventType, token: str | None) -> SchedulingLink | None:
    """The link that a booking goes through; a one-off event type's own, however it is booked.

    Raises:
        NotFound: the token is no link's to this event type.
    """
    if token is None and event_type.type == ONE_OFF:
        token = event_type.link_token
    if token is None or (token == event_type.link_token and event_type.type != ONE_OFF):
        return None
    link = await find(conn, token)
    if link is None or (link.organization_id, link.event_type_id) != (event_type.organization_id, event_type.id):
        raise NotFound("scheduling link")
    return link


async def use(conn: Conn, link: SchedulingLink | None, *, now: datetime) -> None:
    """Take a use in the booking's transaction, after all other locks; a reschedule takes none.

    Raises:
        LinkEnded: somebody else had the last one, or its time is over.
    """
    if link is not None and not await scheduling_links.use(conn, link.organization_id, link.id, now=now):
        raise LinkEnded


def overridden(event_type: E, link: SchedulingLink | None) -> E:
    """The event type with the overrides of the link that an invitee came through, if it has any."""
    if link is None or link.overrides is None:
        return event_type
    share = link.overrides
    changes: dict[str, Any] = {
        "name": share.name,
        "duration_minutes": share.duration,
        "duration_options": share.duration_options,
        "hide_location": bool(share.hide_location),
        "locations": [
            LocationConfiguration(one.kind, one.location, one.additional_info, one.phone_number)
            for one in share.location_configurations
        ],
        **_range(share),
    }
    if isinstance(event_type, ServedEventType) and share.availability_rule is not UNSET:
        hours = share.availability_rule
        changes["hosts"] = [
            msgspec.structs.replace(host, timezone=hours.timezone, rules=hours.rules, trips=[])
            for host in event_type.hosts
        ]
    return msgspec.structs.replace(event_type, **changes)


def period_type(event_type: EventType) -> PeriodType:
    """The event type's date range in the words of a share."""
    match event_type.range_kind:
        case "rolling":
            return "available_moving" if event_type.range_business_days else "moving"
        case "fixed":
            return "fixed"
        case _:
            return "unlimited"


def _range(share: ShareOverride) -> dict[str, str | int | bool | date | None]:
    match share.period_type:
        case "fixed":
            return {"range_kind": "fixed", "range_first": share.start_date, "range_last": share.end_date}
        case "unlimited":
            return {"range_kind": "indefinite"}
        case kind:
            return {
                "range_kind": "rolling",
                "range_days": share.max_booking_time,
                "range_business_days": kind == "available_moving",
            }
