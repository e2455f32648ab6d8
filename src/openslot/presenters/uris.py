"""URIs of resources and the links of pages. The one place that knows how either is spelled."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid5

from openslot.core.epoch import DAY, MINUTE, instant

PICTURES = "/pictures/"
"""What the paths of pictures begin with that are kept here."""
_CLOCK = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(DAY // MINUTE))


@dataclass(frozen=True)
class Uris:
    """``pages`` is the page host, ``api`` what every resource URI begins with; neither ends with a slash.

    Source: behaviours, section 1.
    """

    pages: str
    api: str

    @property
    def user_prefix(self) -> str:
        """What every user's URI begins with, for statements that write one."""
        return f"{self.api}/users/"

    def access_token(self, token_id: UUID) -> str:
        return f"{self.api}/openslot/access_tokens/{token_id}"

    def oauth_application(self, application_id: UUID) -> str:
        return f"{self.api}/openslot/oauth_applications/{application_id}"

    def user(self, user_id: UUID) -> str:
        return f"{self.user_prefix}{user_id}"

    def organization(self, organization_id: UUID) -> str:
        return f"{self.api}/organizations/{organization_id}"

    def organization_membership(self, membership_id: UUID) -> str:
        return f"{self.api}/organization_memberships/{membership_id}"

    def organization_invitation(self, organization_id: UUID, invitation_id: UUID) -> str:
        return f"{self.organization(organization_id)}/invitations/{invitation_id}"

    def group(self, group_id: UUID) -> str:
        return f"{self.api}/groups/{group_id}"

    def group_relationship(self, relationship_id: UUID) -> str:
        return f"{self.api}/group_relationships/{relationship_id}"

    def event_type(self, event_type_id: UUID) -> str:
        return f"{self.api}/event_types/{event_type_id}"

    def event_type_membership(self, event_type_id: UUID, user_id: UUID) -> str:
        """A host of an event type. The id is made of theirs, so that it is the same each time."""
        return f"{self.api}/event_type_memberships/{uuid5(event_type_id, str(user_id))}"

    def scheduled_event(self, event_id: UUID) -> str:
        return f"{self.api}/scheduled_events/{event_id}"

    def invitee(self, event_id: UUID, invitee_id: UUID) -> str:
        return f"{self.api}/scheduled_events/{event_id}/invitees/{invitee_id}"

    def availability_schedule(self, schedule_id: UUID) -> str:
        return f"{self.api}/user_availability_schedules/{schedule_id}"

    def no_show(self, no_show_id: UUID) -> str:
        return f"{self.api}/invitee_no_shows/{no_show_id}"

    def routing_form(self, form_id: UUID) -> str:
        return f"{self.api}/routing_forms/{form_id}"

    def routing_form_page(self, form_id: UUID) -> str:
        return f"{self.pages}/routing_forms/{form_id}"

    def routing_form_submission(self, submission_id: UUID) -> str:
        return f"{self.api}/routing_form_submissions/{submission_id}"

    def contact(self, contact_id: UUID) -> str:
        return f"{self.api}/contacts/{contact_id}"

    def contact_field(self, definition_id: UUID) -> str:
        return f"{self.api}/contacts/custom_field_definitions/{definition_id}"

    def contact_list(self, list_id: UUID) -> str:
        return f"{self.api}/contact_lists/{list_id}"

    def note(self, note_id: UUID) -> str:
        return f"{self.api}/notes/{note_id}"

    def meeting_recap(self, recap_id: UUID) -> str:
        return f"{self.api}/meeting_recaps/{recap_id}"

    def transcript(self, recap_id: UUID) -> str:
        return f"{self.meeting_recap(recap_id)}/transcript"

    def team(self, team_id: UUID) -> str:
        return f"{self.api}/teams/{team_id}"

    def webhook_subscription(self, subscription_id: UUID) -> str:
        return f"{self.api}/webhook_subscriptions/{subscription_id}"

    def activity_log_entry(self, event_id: UUID) -> str:
        return f"{self.api}/activity_log_entries/{event_id}"

    def extension(self, resource: str, resource_id: UUID) -> str:
        """A resource of ours, which Calendly's API does not have (ADR 0009)."""
        return f"{self.api}/openslot/{resource}/{resource_id}"

    def page(self, *path: str) -> str:
        """A page by the parts of its path."""
        return "/".join((self.pages, *path))

    def picture(self, reference: str) -> str:
        """The address of a picture, which is stored as a path if it is kept here: the host may change its name."""
        return f"{self.pages}{reference}" if reference.startswith(PICTURES) else reference

    def profile_page(self, slug: str) -> str:
        return self.page(slug)

    def private_page(self, token: str, slug: str) -> str:
        return self.page("d", token, slug)

    def slot_pages(self, booking_page: str, starts: Iterable[int]) -> Iterator[tuple[str, str]]:
        """Each start (epoch seconds) as ``2020-01-02T20:00:00Z``, with the address of its confirm step.

        A month holds hundreds, so what they share is written once: the day and the address around it.
        """
        day = None
        head = tail = link = ""
        for start in starts:
            number, second = divmod(start, DAY)
            if number != day:
                day = number
                date = instant(number * DAY).date().isoformat()
                head, tail, link = f"{date}T", f"?month={date[:7]}&date={date}", f"{booking_page}/{date}T"
            minute, rest = divmod(second, MINUTE)
            clock = f"{_CLOCK[minute]}:{rest:02}Z"
            yield head + clock, link + clock + tail

    def contact_page(self, contact_id: UUID) -> str:
        return self.page("app", "contacts", str(contact_id))

    def recap_page(self, recap_id: UUID) -> str:
        return self.page("app", "meeting_recaps", str(recap_id))

    def invitation_page(self, secret: str) -> str:
        return self.page("app", "invitations", secret)

    def set_up_page(self, token: str) -> str:
        return self.page("app", "set-up", token)

    def sign_in_page(self, secret: str) -> str:
        return self.page("app", "sign-in-links", secret)

    def cancel_page(self, invitee_id: UUID) -> str:
        return f"{self.pages}/cancellations/{invitee_id}"

    def reschedule_page(self, invitee_id: UUID) -> str:
        return f"{self.pages}/reschedulings/{invitee_id}"
