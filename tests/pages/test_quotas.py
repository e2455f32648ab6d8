"""How much one address, and one e-mail address, may send; and what was typed is kept. Source: ADR 0030."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from conftest import Clock, Statements, in_one_task, serving
from factories import Organization, make_booking, make_routing_form
from openslot.config import Settings
from openslot.core.errors import TooMany
from openslot.db.pool import Conn
from openslot.services.quotas import Rates
from pages.offers import Offer, put_on_show
from pages.plain_browser import PlainBrowser

Visitors = Callable[..., Any]
NO_ROOM = "Too many requests"


@pytest.fixture
async def visitors(settings: Settings, clock: Clock) -> AsyncIterator[Visitors]:
    """The service with quotas of one's choice, and browsers that come to it through a proxy."""
    async with AsyncExitStack() as stack:

        async def start(
            *, trusted: tuple[str, ...] = ("127.0.0.1/32",), **quotas: Any
        ) -> Callable[[str], PlainBrowser]:
            changed = replace(settings, trusted_proxies=trusted, **quotas)
            client: httpx.AsyncClient = await stack.enter_async_context(in_one_task(serving(changed, clock)))

            def visitor(address: str) -> PlainBrowser:
                browser = PlainBrowser(client)
                browser.headers["x-forwarded-for"] = address
                return browser

            return visitor

        yield start


def starts() -> Iterator[str]:
    """Free starts, one after the other."""
    return (f"2027-01-05T{hour:02}:{minute}:00Z" for hour in range(8, 16) for minute in ("00", "30"))


async def book(browser: PlainBrowser, offer: Offer, start: str, email: str, name: str = "Ada") -> int:
    await browser.open(f"{offer.path}/{start}")
    await browser.send({"name": name, "email": email})
    return browser.status


async def test_one_address_books_so_often_and_what_was_typed_can_be_sent_again_later(
    visitors: Visitors, offer: Offer, clock: Clock
) -> None:
    visitor = await visitors(bookings_per_address=2)
    times, ada, other = starts(), visitor("203.0.113.7"), visitor("203.0.113.8")
    for number in range(2):
        assert await book(ada, offer, next(times), f"{number}@example.org") == 200
    refused = await book(ada, offer, next(times), "2@example.org", "Zoë <b> & co")
    assert (refused, ada.heading, ada.response.headers["retry-after"]) == (429, NO_ROOM, "300")
    assert "Try again in 5 minutes." in ada.document.text
    assert ada.response.headers["cache-control"] == "private, no-store"
    assert await book(other, offer, next(times), "3@example.org") == 200

    held = dict(ada.held(ada.document.one("form", method="post")))
    assert (held["name"], held["email"]) == ("Zoë <b> & co", "2@example.org")
    await ada.send()
    assert ada.status == 429
    clock.advance(minutes=5)
    await ada.send()
    assert (ada.status, ada.heading) == (200, "You are scheduled")
    assert "Zoë <b> & co" in ada.document.text


async def test_ipv6_is_counted_by_the_network_of_a_household(visitors: Visitors, offer: Offer) -> None:
    visitor = await visitors(bookings_per_address=1)
    times = starts()
    addresses = ["2001:db8:0:1::5", "2001:db8:0:1:9:9:9:9", "2001:db8:0:2::5"]

    answers = [
        await book(visitor(one), offer, next(times), f"{number}@example.org") for number, one in enumerate(addresses)
    ]
    assert answers == [200, 429, 200]


async def test_one_e_mail_address_books_so_often_from_wherever_and_however_it_is_written(
    visitors: Visitors, offer: Offer, clock: Clock
) -> None:
    visitor = await visitors(bookings_per_email=2)
    times = starts()
    emails = ["ada@example.org", "Ada@Example.org", " ADA@example.org", "bob@example.org"]

    answers = [await book(visitor(f"203.0.113.{number}"), offer, next(times), one) for number, one in enumerate(emails)]
    assert answers == [200, 200, 429, 200]
    clock.advance(minutes=30)
    assert await book(visitor("203.0.113.9"), offer, next(times), emails[0]) == 200


async def test_what_is_refused_and_what_is_sent_twice_counts_for_nothing(
    visitors: Visitors, offer: Offer, conn: Conn, organization: Organization, clock: Clock
) -> None:
    visitor = (await visitors(bookings_per_address=1, bookings_per_email=1))("203.0.113.7")
    for _ in range(3):
        assert await book(visitor, offer, "2027-01-05T09:00:00Z", "nobody") == 422
    await visitor.open(f"{offer.path}/2027-01-05T10:00:00Z")
    await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    await visitor.send({"name": "Ada", "email": "ada@example.org"})
    assert visitor.status == 409
    await visitor.open(f"{offer.path}/2027-01-05T09:00:00Z")
    form = visitor.document.one("form", method="post")
    sent = {**dict(visitor.held(form)), "name": "Ada", "email": "ada@example.org"}
    for _ in range(3):
        answer = await visitor.client.post(form.attributes["action"], data=sent, headers=visitor.headers)
        assert answer.status_code == 303
    assert await book(visitor, offer, "2027-01-05T11:00:00Z", "ada@example.org") == 429


async def test_behind_a_proxy_that_is_not_named_nothing_is_counted_by_address_and_all_by_e_mail_address(
    visitors: Visitors, conn: Conn, organization: Organization, offer: Offer, clock: Clock
) -> None:
    careful = await put_on_show(conn, organization, now=clock.now, requires_approval=True)
    visitor = await visitors(
        trusted=(), holds_per_address=1, bookings_per_address=1, forms_per_address=1, holds_per_email=1
    )
    times = starts()
    requests = [await book(visitor("203.0.113.7"), careful, next(times), f"{one}@example.org") for one in (1, 2, 3, 3)]
    bookings = [await book(visitor("203.0.113.7"), offer, next(times), f"{number}@example.org") for number in range(3)]
    cursor = await conn.execute(
        "SELECT count(*), count(address_digest) FROM holds WHERE organization_id = %s", (organization.id,)
    )

    assert (requests, bookings) == ([200, 200, 200, 429], [200, 200, 200])
    assert await cursor.fetchone() == (3, 0)


async def test_requests_for_a_host_s_answer_are_bounded_while_they_wait(
    visitors: Visitors, conn: Conn, organization: Organization, clock: Clock
) -> None:
    careful = await put_on_show(conn, organization, now=clock.now, requires_approval=True)
    visitor = await visitors(holds_per_address=2, bookings_per_address=3)
    times = starts()
    answers = [await book(visitor("203.0.113.7"), careful, next(times), f"{number}@example.org") for number in range(4)]
    elsewhere = await book(visitor("203.0.113.8"), careful, next(times), "9@example.org")
    cursor = await conn.execute(
        "SELECT count(*), count(DISTINCT address_digest) FROM holds WHERE organization_id = %s", (organization.id,)
    )

    assert [*answers, elsewhere] == [200, 200, 429, 429, 200]
    assert await cursor.fetchone() == (3, 2)


def test_a_class_that_books_from_its_school_is_let_through(clock: Clock) -> None:
    """With the quotas that are set where nothing is: two hundred in two minutes, some of them twice."""
    rates = Rates(Settings())
    for number in range(200):
        for _ in range(3):  # a form to be led, one with a mistake, one that books
            rates.count_form("203.0.113.7", now=clock.now)
        rates.count_booking("203.0.113.7", f"{number}@example.org", now=clock.now)
    more = [_is_let_through(rates, f"more-{number}@example.org", clock.now) for number in range(300)]

    assert more == [True] * 100 + [False] * 200


def _is_let_through(rates: Rates, email: str, now: datetime) -> bool:
    try:
        rates.count_booking("203.0.113.7", email, now=now)
    except TooMany:
        return False
    return True


@pytest.mark.parametrize(
    ("language", "heading", "button"),
    [
        ("en", NO_ROOM, "Send it again"),
        ("it", "Troppe richieste", "Invia di nuovo"),
        ("th", "มีคำขอมากเกินไป", "ส่งอีกครั้ง"),
    ],
)
async def test_forms_of_every_kind_are_counted_before_the_database_and_keep_what_was_typed(  # noqa: PLR0917 -- fixtures
    visitors: Visitors, conn: Conn, organization: Organization, clock: Clock, statements: Statements,
    language: str, heading: str, button: str,
) -> None:  # fmt: skip
    made = await make_booking(conn, organization, datetime(2027, 1, 5, 10, tzinfo=UTC), now=clock.now)
    form = await make_routing_form(conn, organization, now=clock.now)
    paths = [
        f"/cancellations/{made.invitee.id}", f"/reconfirmations/{made.invitee.id}",
        f"/reschedulings/{made.invitee.id}/2027-01-05T11:00:00Z", f"/routing_forms/{form.id}",
        "/a/b/2027-01-05T11:00:00Z",
    ]  # fmt: skip
    visitor = (await visitors(forms_per_address=1))("203.0.113.7")
    headers = {**visitor.headers, "accept-language": language}
    await visitor.client.post("/nobody/nothing/now", data={}, headers=headers)
    with statements.counting() as sent:
        answers = [await visitor.client.post(path, data={"reason": "a\nb"}, headers=headers) for path in paths]

    assert [(one.status_code, one.headers["retry-after"]) for one in answers] == [(429, "600")] * len(paths)
    assert sent == []
    for answer in answers:
        visitor.response = answer
        page = visitor._show()
        kept = page.one("form", method="post")
        assert (visitor.heading, kept.one("button").text) == (heading, button)
        assert (kept.attributes["action"], visitor.held(kept)) == ("?", [("reason", "a\nb")])


async def test_a_form_larger_than_any_of_ours_is_not_handed_back(visitors: Visitors) -> None:
    """Who is refused is to cost little."""
    form = {f"field-{number}": "x" for number in range(300)}
    visitor = (await visitors(forms_per_address=1))("203.0.113.7")
    await visitor.client.post("/nobody/nothing/now", data={"a": "b"}, headers=visitor.headers)
    visitor.response = await visitor.client.post("/nobody/nothing/now", data=form, headers=visitor.headers)
    page = visitor._show()

    assert (visitor.status, visitor.heading, page.all("form", method="post")) == (429, NO_ROOM, [])
    assert len(visitor.response.content) < 20_000


async def test_pages_that_are_only_looked_at_are_not_counted(visitors: Visitors, offer: Offer) -> None:
    visitor = (await visitors(forms_per_address=1, bookings_per_address=1))("203.0.113.7")

    for _ in range(5):
        await visitor.open(offer.path)
        assert visitor.status == 200
