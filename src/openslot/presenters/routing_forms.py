"""Routing forms and submissions as the API and webhooks show them."""

from openslot.core.routing import Destination
from openslot.db import routing_forms as rows
from openslot.presenters.uris import Uris
from openslot.wire.codec import Timestamp
from openslot.wire.routing_forms import RoutingForm, RoutingFormResult, RoutingFormSubmission


def routing_form(row: rows.RoutingForm, uris: Uris) -> RoutingForm:
    """The shape of GET /routing_forms/{uuid}."""
    return RoutingForm(
        uri=uris.routing_form(row.id),
        organization=uris.organization(row.organization_id),
        name=row.name,
        status=row.status,
        questions=[*row.questions],
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )


def submission(row: rows.Submission, uris: Uris) -> RoutingFormSubmission:
    """The shape of GET /routing_form_submissions/{uuid}, which is the webhook's payload too."""
    booked = row.invitee_event_id is not None and row.invitee_id is not None
    return RoutingFormSubmission(
        uri=uris.routing_form_submission(row.id),
        routing_form=uris.routing_form(row.routing_form_id),
        questions_and_answers=row.questions_and_answers,
        tracking=row.tracking,
        result=result(row.result, uris),
        submitter=(
            uris.invitee(row.invitee_event_id, row.invitee_id)
            if row.invitee_event_id is not None and row.invitee_id is not None
            else None
        ),
        submitter_type="Invitee" if booked else None,
        created_at=Timestamp.of(row.created_at),
        updated_at=Timestamp.of(row.updated_at),
    )


def result(destination: Destination, uris: Uris) -> RoutingFormResult:
    """Where a submission leads. Source: behaviours, section 12."""
    if destination.event_type_id is not None:
        return RoutingFormResult("event_type", uris.event_type(destination.event_type_id))
    if destination.external_url is not None:
        return RoutingFormResult("external_url", destination.external_url)
    assert destination.custom_message is not None  # exactly one is set
    return RoutingFormResult("custom_message", destination.custom_message)
