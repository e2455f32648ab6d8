"""A form that was sent makes nothing twice. Source: ADR 0022."""

from conftest import Clock
from factories import Organization
from openslot.db import form_tokens
from openslot.db.pool import Conn
from openslot.services import resubmission
from openslot.services.resubmission import REMEMBERED, SentForm

SECRET = b"s" * 32


async def test_a_form_that_made_something_is_claimed_no_more_until_it_is_forgotten(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    form = SentForm.of(SECRET, {"name": ["Ada"]})
    first = await resubmission.claim(conn, form, now=clock.now)
    await form_tokens.finish(conn, form.digest, organization.id, requested_start=clock.now)
    again = await resubmission.claim(conn, SentForm.of(SECRET, {"name": ["Bob"]}), now=clock.now)
    forgotten = await resubmission.sweep(conn, now=clock.now + 2 * REMEMBERED)

    assert first is None
    assert again is not None
    assert (again.sent, again.requested_start) == (form.content, clock.now)
    assert forgotten >= 1
    assert await resubmission.made_by(conn, form) is None


def test_forms_differ_by_secret_or_by_what_they_hold() -> None:
    one, other = SentForm.of(SECRET, {"name": ["Ada "]}), SentForm.of(SECRET, {"name": ["Bob"]})
    assert (one.digest == other.digest, one.content == other.content) == (True, False)
    assert SentForm.of(SECRET, {"name": ["Ada"]}).content == one.content
    apart = [SentForm.of(SECRET, {"name": [name]}, by_content=True).digest for name in ("Ada", "Bob")]
    assert len(set(apart)) == 2
