"""Event types with everything the engine knows about them, standings and ledgers, as our own API shows them."""

from fractions import Fraction
from html import escape
from uuid import UUID

from msgspec import UNSET, UnsetType

from openslot.core.event_type_form import tidy_locations, tidy_questions
from openslot.core.pooling import MILLION
from openslot.core.pooling import Standing as HostStanding
from openslot.db.assignments import Assignment
from openslot.db.event_types import ColumnChanges
from openslot.db.served_event_types import ServedEventType
from openslot.presenters.event_types import scheduling_page
from openslot.presenters.uris import Uris
from openslot.wire.characters import one_line
from openslot.wire.codec import Timestamp
from openslot.wire.event_type_settings import (
    ChangeEventType,
    DateRange,
    EventTypeSettings,
    HostSetting,
    LedgerEntry,
    Reconfirmation,
    ReconfirmationSetting,
    Standing,
)


def settings(row: ServedEventType, uris: Uris) -> EventTypeSettings:
    """The shape of GET /openslot/event_types/{uuid}."""
    return EventTypeSettings(
        uri=uris.event_type(row.id),
        owner=uris.user(row.owner_id),
        name=row.name,
        slug=row.slug,
        scheduling_url=scheduling_page(row, uris),
        active=row.active,
        kind=row.kind,
        pooling_type=row.pooling_type,
        seats=row.seats,
        duration=row.duration_minutes,
        duration_options=row.duration_options,
        description=row.description_plain,
        internal_note=row.internal_note,
        color=row.color,
        locale=row.locale,
        position=row.position,
        secret=row.secret,
        admin_managed=row.admin_managed,
        locations=row.locations,
        custom_questions=row.custom_questions,
        buffer_before=row.buffer_before_minutes,
        buffer_after=row.buffer_after_minutes,
        notice=row.notice_minutes,
        increment=row.increment_minutes,
        date_range=_date_range(row),
        availability_schedule=(
            None if row.availability_schedule_id is None else uris.availability_schedule(row.availability_schedule_id)
        ),
        round_robin_mode=row.round_robin_mode,
        lead_threshold=row.lead_threshold,
        pool_sizes=row.pool_sizes,
        hosts=[HostSetting(uris.user(one.user_id), one.pool, one.priority, one.weight) for one in row.hosts],
        requires_approval=row.requires_approval,
        cancel_cutoff=row.cancel_cutoff_minutes,
        reschedule_cutoff=row.reschedule_cutoff_minutes,
        reminders=row.reminder_minutes,
        redirect_url=row.redirect_url,
        requires_cancel_reason=row.requires_cancel_reason,
        splits_name=row.splits_name,
        text_reminders=row.text_reminders,
        reconfirmation=(
            None
            if row.reconfirm_minutes is None
            else Reconfirmation(row.reconfirm_minutes, row.reconfirm_by_minutes, row.reconfirm_action)
        ),
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )


def _date_range(row: ServedEventType) -> DateRange:
    match row.range_kind:
        case "rolling":
            return DateRange("rolling", days=row.range_days, business_days=row.range_business_days)
        case "fixed":
            return DateRange("fixed", first=row.range_first, last=row.range_last)
        case _:
            return DateRange("indefinite")


def columns(wanted: ChangeEventType, schedule_id: UUID | UnsetType | None = UNSET) -> ColumnChanges:
    """What a body sets, by column; the way back from ``settings``. ``schedule_id`` is the schedule that it names."""
    dates, again, text = wanted.date_range, wanted.reconfirmation, wanted.description
    if not isinstance(text, UnsetType):
        text = (text or "").strip() or None
    return ColumnChanges(
        name=one_line(wanted.name) if wanted.name is not UNSET else UNSET,
        active=wanted.active,
        seats=wanted.seats,
        duration_minutes=wanted.duration,
        duration_options=wanted.duration_options,
        description_plain=text,
        description_html=_as_html(text) if isinstance(text, str) else text,
        internal_note=wanted.internal_note,
        color=wanted.color.lower() if wanted.color is not UNSET else UNSET,
        locale=wanted.locale,
        position=wanted.position,
        admin_managed=wanted.admin_managed,
        locations=tidy_locations(wanted.locations) if wanted.locations is not UNSET else UNSET,
        custom_questions=tidy_questions(wanted.custom_questions) if wanted.custom_questions is not UNSET else UNSET,
        buffer_before_minutes=wanted.buffer_before,
        buffer_after_minutes=wanted.buffer_after,
        notice_minutes=wanted.notice,
        increment_minutes=wanted.increment,
        range_kind=UNSET if dates is UNSET else dates.kind,
        range_days=UNSET if dates is UNSET else dates.days,
        range_business_days=UNSET if dates is UNSET else dates.business_days,
        range_first=UNSET if dates is UNSET else dates.first,
        range_last=UNSET if dates is UNSET else dates.last,
        availability_schedule_id=schedule_id,
        round_robin_mode=wanted.round_robin_mode,
        lead_threshold=wanted.lead_threshold,
        pool_sizes=wanted.pool_sizes,
        requires_approval=wanted.requires_approval,
        cancel_cutoff_minutes=wanted.cancel_cutoff,
        reschedule_cutoff_minutes=wanted.reschedule_cutoff,
        redirect_url=wanted.redirect_url,
        requires_cancel_reason=wanted.requires_cancel_reason,
        splits_name=wanted.splits_name,
        text_reminders=wanted.text_reminders,
        reminder_minutes=wanted.reminders if wanted.reminders is UNSET else sorted(set(wanted.reminders)),
        reconfirm_minutes=again.ask_minutes if isinstance(again, ReconfirmationSetting) else again,
        reconfirm_by_minutes=again.by_minutes if isinstance(again, ReconfirmationSetting) else again,
        reconfirm_action=UNSET if again is UNSET else "nothing" if again is None else again.action,
    )


def _as_html(text: str) -> str:
    return "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n") if part.strip())


def standing(stands: HostStanding, pool: int, lead: Fraction, *, is_hidden: bool, uris: Uris) -> Standing:
    """One row of GET /openslot/event_types/{uuid}/standings."""
    return Standing(
        host=uris.user(stands.host),
        pool=pool,
        priority=stands.priority,
        weight=stands.weight,
        assigned=stands.assigned,
        credit=float(stands.credit),
        lead=round(float(lead), 6),
        hidden=is_hidden,
    )


def ledger_entry(row: Assignment, uris: Uris) -> LedgerEntry:
    """One row of GET /openslot/event_types/{uuid}/ledger."""
    event: UUID | None = row.scheduled_event_id
    return LedgerEntry(
        sequence=row.sequence,
        entry=row.entry,
        host=uris.user(row.user_id),
        scheduled_event=None if event is None else uris.scheduled_event(event),
        weight=row.weight,
        priority=row.priority,
        credit=None if row.credit_millionths is None else row.credit_millionths / MILLION,
        reason=row.reason,
        recorded_at=Timestamp.of(row.recorded_at),
    )
