"""Routing forms and their submissions."""

from msgspec import UNSET, UnsetType

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open, Tracking


class RoutingFormQuestion(Open):
    """A question of a routing form."""

    uuid: str
    name: str
    type: str
    """``name``, ``text``, ``email``, ``phone``, ``textarea``, ``select`` or ``radios``."""
    required: bool
    answer_choices: list[str] | None


class RoutingQuestionSetting(RoutingFormQuestion, omit_defaults=True):
    """A question of a routing form, with the setting that Calendly's API does not have."""

    hidden: bool = False
    """Not shown on the page, which takes its answer from the address; never together with ``required``."""


class RoutingForm(Open):
    """Questions that lead to a destination. Source: GET /routing_forms/{uuid}."""

    uri: str
    organization: str
    name: str
    status: str
    """``draft`` or ``published``."""
    questions: list[RoutingFormQuestion]
    created_at: Timestamp
    updated_at: Timestamp


class RoutingFormAnswer(Open):
    """One answer of a submission."""

    question_uuid: str | None
    question: str
    answer: str | None = None


class CustomMessage(Open):
    """The text for a respondent who is not sent to an address."""

    headline: str
    body: str


class RoutingFormResult(Open):
    """Where the answers lead: an event type (URI), an external URL, or a message."""

    type: str
    """``event_type``, ``external_url`` or ``custom_message``."""
    value: str | CustomMessage


class RoutingFormSubmission(Open):
    """One set of answers; payload of ``routing_form_submission.created``.

    Source: GET /routing_form_submissions/{uuid}.
    """

    uri: str
    routing_form: str
    questions_and_answers: list[RoutingFormAnswer]
    tracking: Tracking
    submitter: str | None
    """URI of the invitee, once the respondent has booked."""
    submitter_type: str | None
    created_at: Timestamp
    updated_at: Timestamp
    result: RoutingFormResult | UnsetType = UNSET
