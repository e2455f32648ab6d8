"""Contacts as the API and webhooks show them."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET

from openslot.db import contacts as rows
from openslot.presenters import contact_fields
from openslot.presenters.uris import Uris
from openslot.wire.codec import WholeSeconds
from openslot.wire.contacts import (
    Contact,
    ContactOfEvent,
    ContactPayload,
    ContactPhone,
    DeletedContact,
    DeletedContactPayload,
)


def contact(row: rows.Contact, uris: Uris, *, custom_fields: bool = True) -> Contact:
    """The shape of GET /contacts/{uuid}, with or without its custom fields."""
    return Contact(
        uri=uris.contact(row.id),
        app_url=uris.contact_page(row.id),
        name=row.name,
        emails=row.emails,
        phone_numbers=[ContactPhone(one) for one in row.phone_numbers],
        timezone=row.timezone,
        job_title=row.job_title,
        company=row.company,
        country=row.country,
        state=row.state,
        city=row.city,
        linkedin=row.linkedin,
        custom_fields=[contact_fields.value(one, uris) for one in row.custom_fields] if custom_fields else UNSET,
        created_at=WholeSeconds.of(row.created_at),
        updated_at=WholeSeconds.of(row.updated_at),
        first_email_date=None,
        last_email_date=None,
        next_meeting_date=_moment(row.meetings.next),
        last_meeting_date=_moment(row.meetings.last),
        last_interaction_date=_moment(row.meetings.booked),
    )


def contact_payload(row: rows.Contact, uris: Uris) -> ContactPayload:
    """What ``contact.created`` and ``contact.updated`` contain."""
    return ContactPayload(
        user_uuid=str(row.user_id),
        contact=ContactOfEvent(
            uri=uris.contact(row.id),
            creation_source=row.creation_source,
            name=row.name,
            emails=row.emails,
            phone_numbers=[ContactPhone(one) for one in row.phone_numbers],
            timezone=row.timezone,
            job_title=row.job_title,
            company=row.company,
            country=row.country,
            state=row.state,
            city=row.city,
            linkedin=row.linkedin,
            custom_fields=[contact_fields.value(one, uris) for one in row.custom_fields],
            created_at=WholeSeconds.of(row.created_at),
            updated_at=WholeSeconds.of(row.updated_at),
            next_meeting_date=_moment(row.meetings.next),
            last_meeting_date=_moment(row.meetings.last),
            last_interaction_date=_moment(row.meetings.booked),
            first_email_date=None,
            last_email_date=None,
        ),
    )


def deleted_payload(user_id: UUID, contact_id: UUID, uris: Uris, *, now: datetime) -> DeletedContactPayload:
    """What ``contact.deleted`` contains."""
    return DeletedContactPayload(str(user_id), DeletedContact(uris.contact(contact_id), WholeSeconds.of(now)))


def _moment(at: datetime | None) -> WholeSeconds | None:
    return None if at is None else WholeSeconds.of(at)
