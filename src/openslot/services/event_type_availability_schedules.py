"""Hours that a host has for one event type alone. Slots obey them in place of the host's schedule.

Hosts set their own, admins and owners anybody's: it is the host's time, whoever owns the event type (ADR 0029).
Source: behaviours, section 9.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UnsetType

from openslot.core.booking_form import MUST_BE_FILLED, NOT_A_ZONE, is_zone
from openslot.core.errors import FieldError, Forbidden, Invalid, NotFound, invalid
from openslot.core.event_type_form import check_hours
from openslot.core.kinds import ONE_OFF
from openslot.core.roles import Action
from openslot.core.schedule_rules import tidy_rules
from openslot.db import event_type_hosts, event_types
from openslot.db.event_type_hosts import OwnHours
from openslot.db.pool import Conn
from openslot.db.served_event_types import Host, ServedEventType
from openslot.presenters.uris import Uris
from openslot.services import access, explaining, outbox, serving
from openslot.services.access import Principal

USER = "availability_rule.user"


def visible(principal: Principal, served: ServedEventType) -> list[Host]:
    """The hosts whose hours the caller may see: all of them as admin or owner of the organization, else oneself.

    Raises:
        Forbidden: the caller has nothing to do with the event type. Source: behaviours, section 7.
    """
    explaining.require_insight(principal, served)
    return [host for host in served.hosts if principal.reaches(Action.CHANGE_SCHEDULE, host.user_id)]


async def change(
    conn: Conn,
    principal: Principal,
    event_type_id: UUID,
    user_id: UUID | None,
    *,
    timezone: str,
    rules: Sequence[dict[str, Any]] | UnsetType,
    uris: Uris,
    now: datetime,
) -> tuple[ServedEventType, Host]:
    """Give a host hours for this event type alone; None is the caller. Events that are booked stay.

    Raises:
        NotFound: no such event type, or it is deleted.
        Forbidden: somebody else's hours, or of an event type that admins manage, by a plain member.
        Invalid: ``user_id`` is no host, hours that can't be read, or a one-off event type.
    """
    served = await _hold(conn, principal, event_type_id)
    host = await _host(conn, principal, served, user_id)
    wanted = (host.rules or []) if isinstance(rules, UnsetType) else rules
    errors: list[FieldError] = []
    if is_zone(timezone):
        check_hours(timezone, wanted, errors, "availability_rule.rules")
    else:
        errors.append(FieldError("availability_rule.timezone", NOT_A_ZONE))
    if errors:
        raise Invalid(*errors)
    return await _set(conn, served, host.user_id, OwnHours(timezone, tidy_rules(wanted)), uris=uris, now=now)


async def delete(
    conn: Conn, principal: Principal, event_type_id: UUID, user_id: UUID, *, uris: Uris, now: datetime
) -> None:
    """Let a host's schedule count again for an event type.

    Raises:
        NotFound: no such event type, no such host, or one without hours for it alone.
        Forbidden, Invalid: as ``change``.
    """
    served = await _hold(conn, principal, event_type_id)
    await access.colleague(conn, principal, user_id, Action.CHANGE_SCHEDULE)
    host = _find(served, user_id)
    if host is None or not host.has_own_hours:
        raise NotFound("hours")
    await _set(conn, served, user_id, None, uris=uris, now=now)


async def _hold(conn: Conn, principal: Principal, event_type_id: UUID) -> ServedEventType:
    """The event type, locked: who leaves out the rules keeps those that there are."""
    await event_types.lock(conn, principal.organization_id, event_type_id)
    served = await serving.find(conn, principal.organization_id, event_type_id)
    if served.deleted_at is not None:
        raise NotFound("event type")
    is_host = _find(served, principal.user.id) is not None
    if not is_host and not principal.may_manage(served):
        raise Forbidden
    if served.admin_managed:
        principal.require(Action.MANAGE_FOR_MEMBERS)
    if served.type == ONE_OFF:
        raise invalid("event_type", "is a one-off event type, which can't be changed")
    return served


async def _host(conn: Conn, principal: Principal, served: ServedEventType, user_id: UUID | None) -> Host:
    if user_id is not None:
        await access.colleague(conn, principal, user_id, Action.CHANGE_SCHEDULE)
    host = _find(served, principal.user.id if user_id is None else user_id)
    if host is None:
        raise invalid(USER, MUST_BE_FILLED if user_id is None else "is not a host of the event type")
    return host


def _find(served: ServedEventType, user_id: UUID) -> Host | None:
    return next((host for host in served.hosts if host.user_id == user_id), None)


async def _set(
    conn: Conn, served: ServedEventType, user_id: UUID, hours: OwnHours | None, *, uris: Uris, now: datetime
) -> tuple[ServedEventType, Host]:
    await event_type_hosts.set_hours(conn, served.organization_id, served.id, user_id, hours, now=now)
    changed = await serving.find(conn, served.organization_id, served.id)
    await outbox.record_event_type(conn, "event_type.updated", changed, uris, now=now)
    host = _find(changed, user_id)
    assert host is not None  # it is locked
    return changed, host
