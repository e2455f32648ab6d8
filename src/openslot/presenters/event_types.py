"""Event types and available times as the API shows them."""

from collections.abc import Sequence

import msgspec

from openslot.db import event_types as rows
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.common import Collection, Profile
from openslot.wire.event_types import AvailableTime, CustomQuestion, EventType

_POOLED = {"round_robin": "Round Robin", "collective": "Collective", "multi_pool": "Collective"}


def event_type(row: rows.EventType, uris: Uris) -> EventType:
    """The shape of GET /event_types/{uuid}."""
    return EventType(
        uri=uris.event_type(row.id),
        name=row.name,
        active=row.active,
        slug=row.slug,
        scheduling_url=scheduling_page(row, uris),
        duration=row.duration_minutes,
        duration_options=row.duration_options,
        kind=row.kind,
        pooling_type=row.pooling_type,
        type=row.type,
        color=row.color,
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
        internal_note=row.internal_note,
        description_plain=row.description_plain,
        description_html=row.description_html,
        profile=Profile(type="User", name=row.owner_name, owner=uris.user(row.owner_id)),
        secret=row.secret,
        booking_method=row.booking_method,
        custom_questions=[_question(one) for one in row.custom_questions],
        deleted_at=None if row.deleted_at is None else Timestamp.of(row.deleted_at),
        admin_managed=row.admin_managed,
        is_paid=row.is_paid,
        locations=row.locations,
        position=row.position,
        locale=row.locale,
        kind_description=_kind_description(row),
    )


def _question(row: CustomQuestion) -> CustomQuestion:
    """As Calendly shows one; what we know besides is in a call of our own."""
    return CustomQuestion(**{name: getattr(row, name) for name in CustomQuestion.__struct_fields__})


def booking_path(row: rows.EventType) -> tuple[str, ...]:
    """The path at which the event type is booked: secret and one-off ones have one that can't be guessed."""
    if row.link_token is not None:
        return ("d", row.link_token, row.slug)
    return (row.owner_slug, row.slug)


def scheduling_page(row: rows.EventType, uris: Uris) -> str:
    """The full address of ``booking_path``."""
    return uris.page(*booking_path(row))


def event_type_payload(row: rows.EventType, uris: Uris) -> EventType:
    """The webhook form: without ``description_html`` and the words of 2024."""
    return msgspec.structs.replace(
        event_type(row, uris), description_html=msgspec.UNSET, kind_description=msgspec.UNSET
    )


def available_times(row: rows.EventType, slots: Sequence[tuple[int, int]], uris: Uris) -> Collection[AvailableTime]:
    """The shape of GET /event_type_available_times.

    ``slots`` are starts in epoch seconds with the invitees that remain.
    """
    pages = uris.slot_pages(scheduling_page(row, uris), (start for start, _ in slots))
    return Collection(
        [
            AvailableTime("available", remaining, start, page)
            for (_, remaining), (start, page) in zip(slots, pages, strict=True)
        ]
    )


def _kind_description(row: rows.EventType) -> str:
    if row.pooling_type is not None:
        return _POOLED[row.pooling_type]
    return "Group" if row.kind == "group" else "One-on-One"
