"""The challenge of a booking form: shown where many come for its event type, and checked when it is sent.

Source: ADR 0048.
"""

from openslot.core import challenges as puzzles
from openslot.core.contacts import email_address
from openslot.core.ids import new_id
from openslot.html.fields import Filled, first
from openslot.html.page import FORM_TOKEN
from openslot.pages.challenge_fields import BY_MAIL, CHALLENGE, CODE, SOLUTION, Challenge
from openslot.pages.offers import VisitorOffer
from openslot.pages.resubmission import Sent
from openslot.pages.visitor import VisitorPage
from openslot.providers.mail import Message
from openslot.security import mailed_codes
from openslot.security.clients import Clients
from openslot.services import notifications
from openslot.services.challenges import Challenges
from openslot.services.resubmission import SentForm
from openslot.wire.characters import address_key, one_line


def shown(offer: VisitorOffer, token: str) -> Challenge | None:
    """What a form that is shown for the first time has to solve, if anything; ``token`` is its own."""
    if not _challenges(offer.page).is_on(offer.event_type.id, now=offer.page.received_at):
        return None
    return Challenge(puzzle=token, can_mail=_can_mail(offer.page))


async def unsolved(offer: VisitorOffer, data: Filled, form: Sent) -> Challenge | None:
    """What a form that was sent has to solve before it books anything; None: it may go on.

    Raises:
        TooMany: as many codes were mailed, or tried, as may.
    """
    page = offer.page
    assert form.form is not None  # else it may not act
    challenges = _challenges(page)
    is_needed = challenges.count(offer.event_type.id, now=page.received_at)
    token, solution = first(data, FORM_TOKEN), first(data, SOLUTION)
    if not is_needed and first(data, CHALLENGE) != BY_MAIL:
        return None
    if puzzles.is_solved(token, solution):
        return None
    email = email_address(first(data, "email"))
    given = first(data, CODE).strip()
    if given and email:
        challenges.count_try(form.form.digest, now=page.received_at)
        if mailed_codes.is_code(page.form_tokens.key, _seed(form.form), address_key(email), given):
            return None
    mailed_to = email if given else None
    can_mail = _can_mail(page)
    if first(data, CHALLENGE) == BY_MAIL and email and can_mail:
        await _mail_code(offer, form.form, email)
        mailed_to, given = email, ""
    return Challenge(
        puzzle=token, can_mail=can_mail, mailed_to=mailed_to, is_wrong=bool(given), is_late=first(data, CHALLENGE) == ""
    )


async def _mail_code(offer: VisitorOffer, form: SentForm, email: str) -> None:
    page = offer.page
    clients: Clients = page.request.app.state.clients
    _challenges(page).count_mailed_code(clients.of(page.request.scope), email, now=page.received_at)
    code = mailed_codes.code(page.form_tokens.key, _seed(form), address_key(email))
    facts = {"code": code, "name": one_line(offer.event_type.name)}
    _ = page.language.translations.gettext
    subject = _("%(code)s is your code") % facts
    text = _(
        "Hello,\n\n"
        "this code lets you book “%(name)s”:\n\n"
        "    %(code)s\n\n"
        "If you did not request it, leave this message unanswered, and nothing happens.\n"
    ) % facts  # fmt: skip
    message = Message(id=new_id(), to=email, subject=subject, text=text)
    await notifications.defer_mail(
        offer.conn, message, organization_id=offer.event_type.organization_id, now=page.received_at
    )


def _seed(form: SentForm) -> bytes:
    """The form's digest serves as the code's seed: it stays the same, whatever else is typed meanwhile."""
    return form.digest


def _can_mail(page: VisitorPage) -> bool:
    return bool(page.settings.smtp_url)


def _challenges(page: VisitorPage) -> Challenges:
    found: Challenges = page.request.app.state.rates.challenges
    return found
