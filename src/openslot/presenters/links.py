"""URIs of resources and the links of pages. The one place that knows how either is spelled."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID


def whole_seconds(instant: datetime) -> str:
    """``2020-01-02T20:00:00Z``: UTC without fraction. A month of times is made of these, and strftime is slow."""
    return instant.astimezone(UTC).isoformat()[:19] + "Z"


@dataclass(frozen=True)
class Links:
    """``pages`` is the page host, ``api`` what every resource URI begins with; neither ends with a slash.

    Source: behaviours, section 1.
    """

    pages: str
    api: str

    def user(self, user_id: UUID) -> str:
        return f"{self.api}/users/{user_id}"

    def organization(self, organization_id: UUID) -> str:
        return f"{self.api}/organizations/{organization_id}"

    def event_type(self, event_type_id: UUID) -> str:
        return f"{self.api}/event_types/{event_type_id}"

    def scheduled_event(self, event_id: UUID) -> str:
        return f"{self.api}/scheduled_events/{event_id}"

    def invitee(self, event_id: UUID, invitee_id: UUID) -> str:
        return f"{self.api}/scheduled_events/{event_id}/invitees/{invitee_id}"

    def no_show(self, no_show_id: UUID) -> str:
        return f"{self.api}/invitee_no_shows/{no_show_id}"

    def routing_form(self, form_id: UUID) -> str:
        return f"{self.api}/routing_forms/{form_id}"

    def routing_form_submission(self, submission_id: UUID) -> str:
        return f"{self.api}/routing_form_submissions/{submission_id}"

    def webhook_subscription(self, subscription_id: UUID) -> str:
        return f"{self.api}/webhook_subscriptions/{subscription_id}"

    def profile_page(self, slug: str) -> str:
        return f"{self.pages}/{slug}"

    def booking_page(self, owner_slug: str, slug: str) -> str:
        return f"{self.pages}/{owner_slug}/{slug}"

    def slot_page(self, booking_page: str, start: str) -> str:
        """Opens the confirm step of one start; ``start`` as ``whole_seconds`` writes it."""
        return f"{booking_page}/{start}?month={start[:7]}&date={start[:10]}"

    def cancel_page(self, invitee_id: UUID) -> str:
        return f"{self.pages}/cancellations/{invitee_id}"

    def reschedule_page(self, invitee_id: UUID) -> str:
        return f"{self.pages}/reschedulings/{invitee_id}"
