"""Invitees as the API and webhooks show them."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET

from openslot.db import invitees as rows
from openslot.db import scheduled_events as event_rows
from openslot.presenters import scheduled_events as present
from openslot.presenters.uris import Uris
from openslot.wire.bookings import TimeToMoveTo
from openslot.wire.codec import Timestamp
from openslot.wire.invitees import Invitee, InviteePayload, NoShowRef


def invitee(row: rows.Invitee, uris: Uris) -> Invitee:
    """The shape of GET /scheduled_events/{uuid}/invitees/{uuid}."""
    return Invitee(
        uri=uris.invitee(row.scheduled_event_id, row.id),
        email=row.email,
        first_name=row.first_name,
        last_name=row.last_name,
        name=row.name,
        status=row.status,
        questions_and_answers=row.questions_and_answers,
        timezone=row.timezone,
        event=uris.scheduled_event(row.scheduled_event_id),
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
        tracking=row.tracking,
        text_reminder_number=row.text_reminder_number,
        rescheduled=row.rescheduled,
        old_invitee=_linked(row.old_event_id, row.old_invitee_id, uris),
        new_invitee=_linked(row.new_event_id, row.new_invitee_id, uris),
        cancel_url=uris.cancel_page(row.id),
        reschedule_url=uris.reschedule_page(row.id),
        routing_form_submission=(
            None
            if row.routing_form_submission_id is None
            else uris.routing_form_submission(row.routing_form_submission_id)
        ),
        cancellation=UNSET if row.cancellation is None else row.cancellation,
        payment=row.payment,
        no_show=(
            None
            if row.no_show_id is None or row.no_show_at is None
            else NoShowRef(uris.no_show(row.no_show_id), Timestamp.of(row.no_show_at))
        ),
        reconfirmation=row.reconfirmation,
        scheduling_method=row.scheduling_method,
        invitee_scheduled_by=None if row.scheduled_by_id is None else uris.user(row.scheduled_by_id),
        canceled=row.status == "canceled",
    )


def invitee_payload(row: rows.Invitee, event: event_rows.ScheduledEvent, uris: Uris) -> InviteePayload:
    """The payload of the ``invitee.*`` and ``invitee_no_show.*`` webhooks."""
    shown = invitee(row, uris)
    fields = {name: getattr(shown, name) for name in Invitee.__struct_fields__}
    return InviteePayload(**fields, scheduled_event=present.scheduled_event(event, uris, invitee=row))


def time_to_move_to(start: datetime, remaining: int) -> TimeToMoveTo:
    """One of GET /openslot/invitees/{uuid}/available_times; ``start`` is a whole second in UTC."""
    return TimeToMoveTo(f"{start:%Y-%m-%dT%H:%M:%SZ}", remaining)


def _linked(event_id: UUID | None, invitee_id: UUID | None, uris: Uris) -> str | None:
    return None if event_id is None or invitee_id is None else uris.invitee(event_id, invitee_id)
