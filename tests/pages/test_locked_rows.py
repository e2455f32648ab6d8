"""Pages that need a row which another session has locked for too long: what they show; nothing typed is lost."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import LiteralString

import pytest

from conftest import Clock, in_one_task, serving
from factories import Organization, make_booking, make_routing_form
from locks import held
from openslot.config import Settings
from openslot.db.pool import Conn
from pages.offers import Offer
from pages.plain_browser import PlainBrowser

SLOT = "2027-01-05T09:00:00Z"
START = datetime(2027, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
async def browser(settings: Settings, clock: Clock) -> AsyncIterator[PlainBrowser]:
    """Of a service where a lock is waited for a second."""
    async with in_one_task(serving(replace(settings, database_lock_seconds=1), clock)) as client:
        yield PlainBrowser(client)


HOSTS: LiteralString = "SELECT FROM users WHERE organization_id = %s FOR UPDATE"
EVENTS: LiteralString = "SELECT FROM scheduled_events WHERE organization_id = %s FOR UPDATE"
FORMS: LiteralString = "LOCK TABLE form_tokens"


@pytest.mark.parametrize(
    "words",
    [
        ("en", "Too much is going on here at the moment", "Send it again"),
        ("it", "In questo momento c’è troppo traffico", "Invia di nuovo"),  # noqa: RUF001 -- as it is printed
        ("th", "ขณะนี้มีผู้ใช้งานหนาแน่น", "ส่งอีกครั้ง"),
    ],
)
async def test_a_booking_that_waits_too_long_is_kept_with_all_that_was_typed(
    browser: PlainBrowser,
    database_url: str,
    organization: Organization,
    offer_with_questions: Offer,
    words: tuple[str, str, str],
) -> None:
    language, heading, button = words
    browser.headers = {"accept-language": language}
    await browser.open(f"{offer_with_questions.path}/{SLOT}?utm_source=flyer")
    typed = {
        "name": 'Ada "L" <b>', "email": "ada@example.org", "guests": "bob@example.org\neve@example.org",
        "location": "0", "answer-0": "1", "answer-1": ["0", "2"], "answer-2": "Two\nlines", "answer-3": "+39333123456",
    }  # fmt: skip
    async with held(database_url, HOSTS, organization.id):
        await browser.send(typed)
        assert (browser.status, browser.response.headers["retry-after"], browser.heading) == (503, "5", heading)
        assert browser.response.headers["cache-control"] == "private, no-store"
        form = browser.document.one("form", method="post")
        assert form.one("button").text == button
        kept = browser.held(form)
        for name, value in typed.items():
            assert [one for key, one in kept if key == name] == ([value] if isinstance(value, str) else value)
    await browser.send()
    assert browser.response.history[0].status_code == 303
    assert f"{offer_with_questions.path}/invitees/" in str(browser.url)


@pytest.mark.parametrize("kind", ["cancellations", "reschedulings", "reconfirmations", "routing_forms"])
async def test_every_form_can_be_sent_again(
    browser: PlainBrowser, database_url: str, conn: Conn, organization: Organization, clock: Clock, kind: str
) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now)
    invitee = booked.invitee.id
    await conn.execute(
        "UPDATE invitees SET reconfirmation = jsonb_build_object('created_at', '2027-01-04T08:00:00.000000Z',"
        " 'confirmed_at', NULL) WHERE id = %s",
        (invitee,),
    )
    address, lock = f"/{kind}/{invitee}", EVENTS
    match kind:
        case "reschedulings":
            address += "/2027-01-05T10:00:00Z"
        case "routing_forms":
            form = await make_routing_form(conn, organization, now=clock.now)
            address, lock = f"/routing_forms/{form.id}", FORMS
    await browser.open(address)
    async with held(database_url, lock, *([] if lock is FORMS else [organization.id])):
        await browser.send()
        assert (browser.status, browser.heading) == (503, "Too much is going on here at the moment")
    await browser.send(follow=False)
    assert browser.status in {200, 303, 422}


async def test_a_page_that_waits_too_long_can_be_opened_again(
    browser: PlainBrowser, database_url: str, offer: Offer
) -> None:
    async with held(database_url, "LOCK TABLE event_types IN ACCESS EXCLUSIVE MODE"):
        await browser.open(f"{offer.path}?month=2027-01")
        assert (browser.status, browser.response.headers["retry-after"]) == (503, "5")
    await browser.follow(text="Try again")
    assert browser.status == 200
    assert browser.url.query == b"month=2027-01"
