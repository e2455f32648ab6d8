"""Making and changing event types of every kind, and who serves them.

A pool's ledger is kept here: who joins is credited what membership from the beginning would have given, a changed
weight keeps lead and lag. Source: rules, sections 5, 7, 8, 10; field, requests of users (7).
"""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from itertools import count, repeat
from typing import get_args, get_type_hints
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType, structs
from psycopg import errors as db_errors

from openslot.core import event_type_form as form
from openslot.core import pooling
from openslot.core.errors import Conflict, FieldError, Invalid, NotFound, invalid
from openslot.core.event_type_form import HostTerms
from openslot.core.ids import new_id
from openslot.core.kinds import ONE_OFF, Kind, Pooling
from openslot.core.pooling import MILLION
from openslot.core.roles import Action
from openslot.core.slugs import check_slug, numbered, slugify, tidy_slug
from openslot.db import event_type_hosts, event_types, former_slugs, users
from openslot.db.event_type_hosts import NewHost
from openslot.db.event_types import ColumnChanges, NewEventType
from openslot.db.pool import Conn
from openslot.db.served_event_types import ServedEventType
from openslot.presenters import event_type_settings as present
from openslot.presenters.uris import Uris
from openslot.security.tokens import new_link_token
from openslot.services import access, availability_schedules, outbox, serving
from openslot.services.access import Principal
from openslot.services.accounts import MAX_TRIES
from openslot.wire.event_type_settings import (
    ChangeEventType,
    CreateEventType,
)

_CHECKED_APART = frozenset({"duration", "seats"})
"""Numbers that depend on other settings, so they have checks of their own."""


async def create(
    conn: Conn,
    principal: Principal,
    owner_id: UUID,
    wanted: CreateEventType,
    *,
    hosts: Sequence[HostTerms] | None = None,
    schedule_id: UUID | UnsetType | None = UNSET,
    uris: Uris,
    now: datetime,
) -> ServedEventType:
    """A new event type; without ``hosts`` its owner serves it.

    Raises:
        Invalid: what is wanted can't be; every field is named.
        Forbidden: admin-managed, or somebody else's, by a plain member; a host whom the caller can't name.
        Conflict: the owner has an event type with the slug that is wanted; one made of the name is numbered.
    """
    await access.colleague(conn, principal, owner_id, Action.CREATE_EVENT_TYPE)
    if wanted.admin_managed is True:
        principal.require(Action.MANAGE_FOR_MEMBERS)
    if hosts is not None:
        await access.require_hosts(conn, principal, [one.user_id for one in hosts])
    kind = Kind(wanted.kind)
    new = NewEventType(
        id=new_id(),
        organization_id=principal.organization_id,
        owner_id=owner_id,
        name=wanted.name,
        slug=slugify(wanted.name, "meeting") if wanted.slug is UNSET else tidy_slug(wanted.slug),
        duration_minutes=wanted.duration,
        kind=kind,
        seats=2 if kind == Kind.GROUP else 1,
        pooling_type=None if wanted.pooling_type is None else Pooling(wanted.pooling_type),
        secret=wanted.secret,
        link_token=new_link_token() if wanted.secret else None,
    )
    await _check_schedule(conn, new, schedule_id)
    new = present.columns(wanted, schedule_id).laid_on(new)
    terms = [HostTerms(owner_id)] if hosts is None else hosts
    _check(new, terms, wanted)
    await _claim(conn, owner_id, None if wanted.slug is UNSET else new.slug)
    rows = [NewHost(one.user_id, place, one.pool, one.priority, one.weight) for place, one in enumerate(terms)]
    new = await _insert(conn, new, rows, is_numbered=wanted.slug is UNSET, now=now)
    made = await serving.find(conn, new.organization_id, new.id)
    await outbox.record_event_type(conn, "event_type.created", made, uris, now=now)
    return made


async def _insert(
    conn: Conn, new: NewEventType, hosts: Sequence[NewHost], *, is_numbered: bool, now: datetime
) -> NewEventType:
    """Store it with its slug, or where that ``is_numbered`` with the first of them that the owner has not.

    Raises:
        Conflict: the owner has an event type with this slug, or others take one after the other.
    """
    wanted = new.slug
    for _ in range(MAX_TRIES if is_numbered else 1):
        if is_numbered:
            taken = await event_types.list_slugs(conn, new.organization_id, new.owner_id)
            slug = next(one for one in map(numbered, repeat(wanted), count(1)) if one not in taken)
            new = structs.replace(new, slug=slug)
        try:
            async with conn.transaction():
                await event_types.insert(conn, new, hosts=hosts, now=now)
        except db_errors.UniqueViolation:
            continue
        return new
    raise Conflict(f"the owner has an event type at /{new.slug} already")


async def change(
    conn: Conn,
    principal: Principal,
    event_type_id: UUID,
    wanted: ChangeEventType,
    *,
    hosts: Sequence[HostTerms] | None = None,
    schedule_id: UUID | UnsetType | None = UNSET,
    uris: Uris,
    now: datetime,
) -> ServedEventType:
    """Change an event type. Events that are booked stay as they are; kind and pooling never change.

    Raises:
        NotFound, Forbidden: as ``serving.own``; admin-managed, by a plain member; a new host whom the caller
            can't name.
        Invalid: as ``create``.
        Conflict: the owner has, or had, another event type with the new slug.
    """
    await serving.own(conn, principal, event_type_id)
    await event_types.lock(conn, principal.organization_id, event_type_id)
    served = await serving.find(conn, principal.organization_id, event_type_id)  # as it is under the lock
    if wanted.admin_managed is True:
        principal.require(Action.MANAGE_FOR_MEMBERS)
    if hosts is not None:
        present_ids = [host.user_id for host in served.hosts]
        await access.require_hosts(conn, principal, [one.user_id for one in hosts], serving=present_ids)
    if served.type == ONE_OFF:
        raise invalid("event_type", "is a one-off event type, which can't be changed")
    await _check_schedule(conn, served, schedule_id)
    changes = present.columns(wanted, schedule_id)
    slug = served.slug if wanted.slug is UNSET else tidy_slug(wanted.slug)
    if slug != served.slug:
        changes = structs.replace(changes, slug=slug)
    serving_now = [HostTerms(host.user_id, host.pool, host.priority, host.weight) for host in served.hosts]
    _check(changes.laid_on(served), serving_now if hosts is None else hosts, wanted)
    if slug != served.slug:
        await _rename(conn, served, slug, now=now)
    await event_types.update(conn, served.organization_id, served.id, changes, now=now)
    if hosts is not None:
        await _set_hosts(conn, served, hosts, now=now)
    changed = await serving.find(conn, served.organization_id, served.id)
    if structs.replace(changed, updated_at=served.updated_at) != served:
        await outbox.record_event_type(conn, "event_type.updated", changed, uris, now=now)
    return changed


async def _rename(conn: Conn, served: ServedEventType, slug: str, *, now: datetime) -> None:
    """Let the old address lead to the new one, under the owner's lock.

    Raises:
        Conflict: the owner has, or had, another event type at the new one.
    """
    await _claim(conn, served.owner_id, slug, event_type_id=served.id)
    try:
        async with conn.transaction():
            await event_types.update(conn, served.organization_id, served.id, ColumnChanges(slug=slug), now=now)
            await former_slugs.replace(
                conn, served.organization_id, served.owner_id, served.id, served.slug, slug, now=now
            )
    except db_errors.UniqueViolation as exc:
        raise Conflict(f"the owner has an event type at /{slug} already") from exc


async def _claim(conn: Conn, owner_id: UUID, slug: str | None, *, event_type_id: UUID | None = None) -> None:
    """Check that no address given up leads elsewhere; nobody gives one of the owner's up until commit.

    None: one will be chosen that leads nowhere yet.
    """
    await users.lock(conn, owner_id)
    if slug is not None and await former_slugs.is_kept(conn, owner_id, slug, event_type_id=event_type_id):
        raise Conflict(f"/{slug} leads to another event type of the owner, which had it before")


async def delete(conn: Conn, principal: Principal, event_type_id: UUID, *, uris: Uris, now: datetime) -> None:
    """Take an event type off every list; its events stay.

    Raises:
        NotFound, Forbidden: as ``serving.own``.
    """
    await event_types.lock(conn, principal.organization_id, event_type_id)
    found = await serving.own(conn, principal, event_type_id)
    await event_types.delete(conn, found.organization_id, found.id, now=now)
    deleted = await serving.find(conn, found.organization_id, found.id)
    await outbox.record_event_type(conn, "event_type.deleted", deleted, uris, now=now)


async def switch_off(conn: Conn, organization_id: UUID, event_type_id: UUID, *, uris: Uris, now: datetime) -> None:
    """Let an event type of any kind take no more bookings, whoever may change it; nothing else about it is checked."""
    await event_types.lock(conn, organization_id, event_type_id)
    await event_types.update(conn, organization_id, event_type_id, ColumnChanges(active=False), now=now)
    changed = await serving.find(conn, organization_id, event_type_id)
    await outbox.record_event_type(conn, "event_type.updated", changed, uris, now=now)


async def take_out(
    conn: Conn, principal: Principal, event_type_id: UUID, user_id: UUID, *, uris: Uris, now: datetime
) -> None:
    """Let somebody host no more; what is booked stays. Hosts leave by themselves, too (ADR 0029).

    Where nobody is left, or too few of a pool, there are no times until its owner names others.

    Raises:
        NotFound: no such event type, or the user does not serve it.
        Forbidden: somebody else, by who can't change it; oneself where admins manage it, as a plain member.
        Invalid: the owner alone serves it, who may switch it off.
    """
    await event_types.lock(conn, principal.organization_id, event_type_id)
    served = await serving.find(conn, principal.organization_id, event_type_id)
    if served.deleted_at is not None:
        raise NotFound("event type")
    if principal.user.id != user_id or served.admin_managed:
        await serving.own(conn, principal, event_type_id)
    if all(host.user_id != user_id for host in served.hosts):
        raise NotFound("host")
    if served.pooling_type is None:
        raise invalid("host", "is the owner, who alone serves it where there is no pooling")
    await event_type_hosts.delete(conn, served.organization_id, served.id, user_id, now=now)
    changed = await serving.find(conn, served.organization_id, served.id)
    await outbox.record_event_type(conn, "event_type.updated", changed, uris, now=now)


async def _set_hosts(conn: Conn, served: ServedEventType, wanted: Sequence[HostTerms], *, now: datetime) -> None:
    """Make ``wanted`` the hosts, in order, under the event type's lock; who goes goes first, for the others' shares."""
    present = {host.user_id: host for host in served.hosts}
    staying = {one.user_id for one in wanted}
    for user_id in sorted(present.keys() - staying):
        await event_type_hosts.delete(conn, served.organization_id, served.id, user_id, now=now)
    for place, one in enumerate(wanted):
        fresh = await serving.serve(conn, served.organization_id, served.id)
        here = {host.user_id: host for host in fresh.stored.hosts}
        standings = fresh.rivals(one.pool)
        now_standing = here.get(one.user_id)
        if now_standing is None or now_standing.pool != one.pool:
            credit = pooling.joining_credit([other for other in standings if other.host != one.user_id], one.weight)
            if now_standing is not None:  # another pool is another ledger to catch up with
                await event_type_hosts.delete(conn, served.organization_id, served.id, one.user_id, now=now)
            row = NewHost(one.user_id, place, one.pool, one.priority, one.weight, _millionths(credit))
            await event_type_hosts.insert(conn, served.organization_id, served.id, [row], now=now)
            if now_standing is not None and (hours := serving.own_hours(now_standing)) is not None:
                await event_type_hosts.set_hours(conn, served.organization_id, served.id, one.user_id, hours, now=now)
            continue
        terms = (now_standing.position, now_standing.priority, now_standing.weight)
        if terms == (place, one.priority, one.weight):
            continue
        kept = Fraction(now_standing.credit_millionths, MILLION)
        is_same = now_standing.weight == one.weight
        credit = kept if is_same else pooling.changing_credit(standings, one.user_id, one.weight)
        row = NewHost(one.user_id, place, one.pool, one.priority, one.weight, _millionths(credit))
        await event_type_hosts.change(conn, served.organization_id, served.id, row, now=now)


async def _check_schedule(conn: Conn, of: NewEventType | ServedEventType, schedule_id: UUID | UnsetType | None) -> None:
    """Check that a schedule that is to be set is the owner's, and keep it until commit."""
    if not isinstance(schedule_id, UnsetType):
        await availability_schedules.require_of(conn, of.organization_id, of.owner_id, schedule_id)


def _millionths(credit: Fraction) -> int:
    return int(credit * MILLION)


def _check(event_type: NewEventType | ServedEventType, hosts: Sequence[HostTerms], wanted: ChangeEventType) -> None:
    errors: list[FieldError] = []
    form.check_name(event_type.name, errors)
    if wanted.slug is not UNSET:
        check_slug(wanted.slug, errors)
    form.check_durations(event_type.duration_minutes, event_type.duration_options, errors)
    # What was kept before more was refused does not stand in the way of a change of something else.
    if wanted.locations is not UNSET:
        form.check_locations(wanted.locations, errors)
    if wanted.custom_questions is not UNSET:
        form.check_questions(wanted.custom_questions, errors)
    form.check_color(event_type.color, errors)
    form.check_seats(event_type.kind, event_type.seats, errors)
    for name, (least, most) in _BOUNDS.items():
        value = getattr(wanted, name)
        if isinstance(value, int):
            form.check_number(name, value, least, most, errors)
    form.check_locale(event_type.locale, errors)
    if event_type.range_kind == "fixed":
        form.check_days(event_type.range_first, event_type.range_last, errors, "date_range.first", "date_range.last")
    elif event_type.range_kind == "rolling":
        form.check_days_ahead(event_type.range_days, errors, "date_range.days")
    form.check_reminders(event_type.reminder_minutes, errors)
    form.check_redirect(event_type.redirect_url, errors)
    form.check_reconfirmation(event_type.reconfirm_minutes, event_type.reconfirm_by_minutes, errors)
    form.check_hosts(event_type.pooling_type, event_type.owner_id, event_type.pool_sizes, hosts, errors)
    if errors:
        raise Invalid(*errors)


def _bounds() -> dict[str, tuple[int, int]]:
    """The least and the most of each number that can be set, as the API's document states them."""
    found = {}
    for name, hint in get_type_hints(ChangeEventType, include_extras=True).items():
        for one in get_args(hint):
            kind, *notes = get_args(one) or (None,)
            schema = next((note.extra_json_schema or {} for note in notes if isinstance(note, Meta)), {})
            if kind is int and {"minimum", "maximum"} <= schema.keys() and name not in _CHECKED_APART:
                found[name] = (schema["minimum"], schema["maximum"])
    return found


_BOUNDS = _bounds()
