"""Forms that are sent: none acts twice, none acts that was never shown, and nothing typed is lost.

Without a cookie: a visitor has no session that another site could use, and browsers that refuse cookies can book
(ADR 0022).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from openslot.core.errors import Invalid
from openslot.db import form_tokens
from openslot.db.form_tokens import FormToken
from openslot.db.pool import Conn
from openslot.html.fields import Filled, first
from openslot.html.page import FORM, FORM_TOKEN, SHOW
from openslot.pages.challenge_fields import CHALLENGE, CODE, SOLUTION, Challenge
from openslot.pages.visitor import VisitorPage
from openslot.services import resubmission
from openslot.services.resubmission import REMEMBERED, SentForm

SENDS = {"sent": "yes"}
"""Makes the address that a form is sent to another than its page's: browsers forget the page that they keep of an
address to which something is sent, and Back would lead to a new form (RFC 9111, section 4.4)."""
_NOT_CONTENT = frozenset({FORM_TOKEN, "timezone", "clock", "joins", "minutes", SOLUTION, CODE, CHALLENGE})
"""Fields that are no part of what the visitor wants."""


@dataclass(frozen=True)
class Again:
    """A form that was sent is shown again, with all that it holds."""

    token: str
    """The one that it keeps, as long as that can do something."""
    refused: Invalid | None = None
    """What of it was not accepted."""
    is_resent: bool = False
    """Its token was too old or unknown, so it has done nothing; sent once more, it acts."""
    challenge: Challenge | None = None
    """What has to be solved first."""

    @property
    def status(self) -> int:
        """The HTTP status of the page."""
        return 422 if self.is_resent or self.refused is not None or self.challenge is not None else 200


def shown_in(page: VisitorPage, data: Filled, name: str) -> str:
    """The zone or the clock that a form holds: as it was shown, or as it is to be shown now.

    What may be chosen stands before what was shown, and counts only where its button was pressed: browsers fill in
    again what somebody once had chosen.
    """
    values = data.get(name) or [""]
    return first({name: values if page.query.get(SHOW) == FORM else values[-1:]}, name)


def shown_again(again: Again | None) -> dict[str, object]:
    """What the template of a form needs to show it again."""
    return {} if again is None else {"form_token": again.token, "resend": again.is_resent}


@dataclass(frozen=True)
class Sent:
    """A form that was sent."""

    page: VisitorPage
    conn: Conn
    again: Again
    """For showing it again."""
    form: SentForm | None
    """None: it has no token of ours."""
    is_timely: bool
    """Whether it was shown recently enough to act."""
    is_only_shown: bool
    """Whether it was sent to be shown in another way, and for nothing else."""

    @property
    def may_process(self) -> bool:
        """Whether it may act; else it is shown again."""
        return self.is_timely and not self.is_only_shown

    async def claim(self) -> FormToken | None:
        """What the form has made before. Where that is nothing and it may act, this transaction takes it."""
        if self.form is None or self.is_only_shown:
            return None
        if self.may_process:
            return await resubmission.claim(self.conn, self.form, now=self.page.received_at)
        return await resubmission.made_by(self.conn, self.form)

    async def finish(
        self,
        organization_id: UUID,
        *,
        invitee_id: UUID | None = None,
        submission_id: UUID | None = None,
        requested_start: datetime | None = None,
        requested_hold_id: UUID | None = None,
    ) -> None:
        """Record what the form has made."""
        assert self.form is not None  # else it may not act
        await form_tokens.finish(
            self.conn, self.form.digest, organization_id, invitee_id=invitee_id, submission_id=submission_id,
            requested_start=requested_start, requested_hold_id=requested_hold_id,
        )  # fmt: skip

    async def release(self) -> None:
        """The form was refused, so it may be sent again."""
        if self.form is not None and self.may_process:
            await form_tokens.release(self.conn, self.form.digest)

    def differs_from(self, made: FormToken) -> bool:
        """Whether its content is not that of the form that made something before, so that it changes nothing now."""
        return self.form is not None and self.form.content != made.sent


def sent(page: VisitorPage, conn: Conn, data: Filled, *, start: str = "", by_content: bool = False) -> Sent:
    """The form that holds ``data``; ``start`` is the start that its address names.

    ``by_content``: with other words it is another form.
    """
    token = first(data, FORM_TOKEN)
    read = page.form_tokens.read(token)
    is_timely = read is not None and page.received_at - read.shown_at < REMEMBERED
    is_only_shown = page.query.get(SHOW) == FORM
    again = Again(token if is_timely else page.new_form_token(), is_resent=not is_timely and not is_only_shown)
    form = None
    if read is not None:
        values = {"start_time": [start]} | {name: held for name, held in data.items() if name not in _NOT_CONTENT}
        form = SentForm.of(read.secret, values, by_content=by_content)
    return Sent(page, conn, again, form, is_timely, is_only_shown)
