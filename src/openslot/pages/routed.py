"""A booking that follows a routing form: what was answered there is filled in here.

The address names the submission alone, so that answers are in no history and no log.
"""

from collections.abc import Mapping, Sequence

from openslot.core.booking_form import FREE_KINDS
from openslot.core.routing import BOOKING_TYPES
from openslot.db.event_types import EventType
from openslot.html.text import identifier
from openslot.pages.forms import enabled_questions
from openslot.pages.offers import VisitorOffer
from openslot.pages.trail import ANSWERS, NAMES, SUBMISSION
from openslot.services import routing
from openslot.services.routing import TypedAnswer
from openslot.wire.characters import one_line


async def query(offer: VisitorOffer, event_type: EventType) -> Mapping[str, str]:
    """The query of the booking page with the keys that the respondent's answers stand for; its own keys win."""
    given = offer.page.query
    submission_id = identifier(given.get(SUBMISSION))
    if submission_id is None:
        return given
    answers = await routing.answers_for_booking(
        offer.conn, event_type.organization_id, submission_id, now=offer.page.now
    )
    known = keys_of(event_type, answers)
    if any(given.get(key) for key in NAMES):
        known.pop("name", None)
    return {**known, **{key: value for key, value in given.items() if value or key not in known}}


def keys_of(event_type: EventType, answers: Sequence[TypedAnswer]) -> dict[str, str]:
    """The prefill keys of a booking page: a question is answered by one of the same name.

    A telephone number is also where the host calls, if the invitee has to name nothing else.
    """
    by_question = {_name(one.question): one.answer for one in reversed(answers)}
    by_kind = {one.kind: one.answer for one in reversed(answers)}
    found = {kind: by_kind[kind] for kind in BOOKING_TYPES if kind in by_kind}
    free = {configured.kind for configured in event_type.locations if configured.kind in FREE_KINDS}
    if free == {"outbound_call"} and "phone" in by_kind:
        found["location"] = by_kind["phone"]
    for question, key in zip(enabled_questions(event_type), ANSWERS, strict=False):
        if _name(question.name) in by_question:
            found[key] = by_question[_name(question.name)]
    return found


def _name(question: str) -> str:
    """Questions are the same where they differ in case, blanks and signs behind them alone."""
    return one_line(question).casefold().rstrip(" ?:.*")
