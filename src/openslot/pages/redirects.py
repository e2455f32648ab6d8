"""Leading an invitee on to another site after booking, where the event type has one: through the confirmation.

The confirmation is shown for a moment first, so that a page around it learns of the booking, and Back leads to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from openslot.core import redirects
from openslot.core.redirects import BookedFacts
from openslot.db.event_types import EventType
from openslot.pages.visitor import VisitorPage
from openslot.services.booking.invitees import BookedInvitee
from openslot.wire.invitees import QuestionAndAnswer

ONWARD = "onward"
"""The key of an address whose page leads on."""


SECONDS = 2
"""How long the confirmation is shown."""


@dataclass(frozen=True)
class Onward:
    """Where the confirmation leads."""

    url: str
    site: str
    """Its host."""

    @property
    def refresh(self) -> str:
        """The content of the ``meta`` element that does so, without JavaScript."""
        return f"{SECONDS}; url={self.url}"


def onward(event_type: EventType) -> dict[str, str]:
    """What the address of the confirmation has after booking."""
    return {ONWARD: "yes"} if event_type.redirect_url else {}


def target(page: VisitorPage, booked: BookedInvitee) -> Onward | None:
    """Where the confirmation leads; None: nowhere."""
    address = booked.event_type.redirect_url
    if address is None or ONWARD not in page.query or booked.invitee.status != "active":
        return None
    return Onward(redirects.target(address, _facts(page, booked)), urlsplit(address).hostname or "")


def _facts(page: VisitorPage, booked: BookedInvitee) -> BookedFacts:
    invitee, event = booked.invitee, booked.event
    tracking = {name: getattr(invitee.tracking, name) for name in invitee.tracking.__struct_fields__}
    return BookedFacts(
        assigned_to=", ".join(host.user_name for host in event.hosts),
        event_type_uuid=str(event.event_type_id),
        event_type_name=event.name,
        event_start_time=page.formats.local(event.start_time).isoformat(),
        event_end_time=page.formats.local(event.end_time).isoformat(),
        invitee_uuid=str(invitee.id),
        invitee_full_name=invitee.name,
        invitee_first_name=invitee.first_name,
        invitee_last_name=invitee.last_name,
        invitee_email=invitee.email,
        text_reminder_number=invitee.text_reminder_number,
        guests=booked.guests,
        answers=_by_position(invitee.questions_and_answers),
        tracking={name: value for name, value in tracking.items() if isinstance(value, str)},
    )


def _by_position(answers: Sequence[QuestionAndAnswer]) -> list[str]:
    """The answers by the numbers of their questions; empty where one was left out."""
    known = {one.position: one.answer for one in answers}
    return [known.get(position, "") for position in range(max(known, default=-1) + 1)]
