"""Whatever is typed, a page has the elements and links that it has without, and what is refused is named.

The texts are those of ``hostile``; what mails make of them is in ``jobs/test_hostile_mails.py``.
"""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import icalendar
import pytest

from conftest import Clock
from factories import URIS, Caller, Organization, booking_body, make_booking, make_routing_form
from hostile import ADDRESSES, HARMLESS, REDIRECTS, TEXTS
from openslot.db.pool import Conn
from openslot.wire.characters import one_line
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from pages.offers import Offer, put_on_show
from pages.plain_browser import Node, PlainBrowser
from pages.states import answer_page

START = datetime(2027, 1, 5, 9, tzinfo=UTC)
SLOT = "2027-01-05T09:00:00Z"
ADA = {"name": "Ada", "email": "ada@example.org"}
TARGETS = re.compile(
    r"/(?![/\\])|\?|#|https://book\.example/|https://(calendar\.google|outlook\.live|outlook\.office)\.com/"
    r"|mailto:[a-z0-9.-]+@example\.com$"
)
"""Where links and forms lead: to pages of ours, to the calendars that are known, and to the hosts."""
Shape = list[tuple[str, ...]]


def shape(document: Node) -> Shape:
    """The elements, each with the names of its attributes."""
    found = []
    for node in document.walk():
        for name in ("href", "action", "src", "formaction"):
            assert TARGETS.match(node.attributes.get(name, "/")), node.attributes[name]
        if node.tag != "br":  # a line more is a line more
            found.append((node.tag, *sorted(node.attributes)))
    return found


class Walk:
    """Goes through pages with ``text`` wherever somebody may type, and remembers what each consists of."""

    def __init__(self, browser: PlainBrowser, text: str) -> None:
        self.browser, self.text = browser, text
        self.single = one_line(text)[:50].strip()
        """As names are stored."""
        self.seen: list[tuple[str, int, Shape]] = []
        self.query = urlencode(dict.fromkeys(QUERY, text))
        self.answers = {
            "name": text, "email": "ada@example.org", "location": "0", "location-text-0": text, "answer-0": text,
            "answer-1": "other", "answer-1-other-text": text,
        }  # fmt: skip

    def see(self, name: str) -> None:
        self.seen.append((name, self.browser.status, shape(self.browser.document)))

    async def at(self, name: str, path: str) -> None:
        await self.browser.open(path)
        self.see(name)

    async def send(self, name: str, values: dict[str, str] | None = None) -> None:
        await self.browser.send(values)
        self.see(name)

    async def offer(self, conn: Conn, organization: Organization, clock: Clock, **values: Any) -> Offer:
        questions = [
            CustomQuestion(self.single, "text", 0, True, False, [], False),
            CustomQuestion(f"{self.single}?", "single_select", 1, True, True, [f"{self.single}!", "b"], True),
        ]
        locations = [
            LocationConfiguration("ask_invitee"),
            LocationConfiguration("custom", location=self.single, additional_info=self.single),
        ]
        return await put_on_show(
            conn, organization, now=clock.now, name=self.single, description_plain=self.single,
            custom_questions=questions, locations=locations, **values,
        )  # fmt: skip

    async def book(self, path: str) -> None:
        await self.at("host", path.rpartition("/")[0])
        await self.at("event type", f"{path}?{self.query}")
        await self.at("details", f"{path}/{SLOT}?{self.query}")
        await self.at("details without a query", f"{path}/{SLOT}")
        await self.send("errors", self.answers | {"guests": "nobody", "email": self.text})
        await self.send("confirmation", self.answers | {"guests": ""})

    async def change(self, invitee: str) -> None:
        for page in ("reminders", "reconfirmations", "reschedulings", "guests"):
            await self.at(page, f"/{page}/{invitee}?{self.query}")
        await self.send("guests with errors", {"guests": self.text})
        await self.at("cancellations", f"/cancellations/{invitee}?{self.query}")
        await self.send("canceled", {"reason": self.text})

    async def request(self, path: str, organization: Organization) -> None:
        await self.browser.open(f"{path}/{SLOT}")
        await self.send("request", self.answers)
        hold = self.browser.url.path.rpartition("/")[2]
        await self.at("answering", answer_page(UUID(hold), organization.owner.id))
        await self.browser.open(f"/requests/{hold}")
        await self.send("withdrawn")

    async def route(self, conn: Conn, organization: Organization, clock: Clock) -> None:
        form = await make_routing_form(conn, organization, now=clock.now)
        await conn.execute("UPDATE routing_forms SET name = %s WHERE id = %s", (self.single, form.id))
        email, need, other = (f"answer-{question.uuid}" for question in form.questions)
        await self.at("routing form", f"/routing_forms/{form.id}?{self.query}")
        await self.send("routing form with errors", {email: self.text, other: self.text})
        await self.send("routing message", {email: "ada@example.org", need: "Job", other: self.text})


QUERY = (
    "utm_source", "name", "email", "a1", "a2", "guests", "location", "text_color", "embed_domain", "back", "lang",
    "timezone", "clock", "month", "duration", "done", "routing_form_submission",
)  # fmt: skip


async def walked(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, text: str
) -> list[tuple[str, int, Shape]]:
    walk = Walk(browser, text)
    await conn.execute("UPDATE event_types SET active = false WHERE organization_id = %s", (organization.id,))
    await conn.execute("UPDATE users SET name = %s WHERE id = %s", (walk.single, organization.owner.id))
    await walk.book((await walk.offer(conn, organization, clock)).path)
    invitee = browser.url.path.rpartition("/")[2]
    calendar = icalendar.Calendar.from_ical((await browser.client.get(f"/calendar_files/{invitee}")).text)
    walk.seen.append(("calendar file", 200, [(name,) for name, _ in calendar.property_items()]))
    await walk.change(invitee)
    await walk.request((await walk.offer(conn, organization, clock, requires_approval=True)).path, organization)
    await walk.route(conn, organization, clock)
    return walk.seen


async def test_whatever_is_typed_adds_nothing_to_a_page_but_words(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    expected = await walked(browser, conn, organization, clock, HARMLESS)
    assert {name: status for name, status, _ in expected if status != 200} == {
        "errors": 422, "guests with errors": 422, "routing form with errors": 422,
    }  # fmt: skip
    for name, text in TEXTS.items():
        found = await walked(browser, conn, organization, clock, text)
        for one, other in zip(found, expected, strict=True):
            assert one == other, name


MANY = "\n".join(f"guest{number}@example.org" for number in range(10_000))
PART = MANY[:100_000]
"""As many as a form of ours may have letters."""


async def test_so_many_guests_and_such_long_answers_are_refused_with_a_clear_message(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, offer: Offer
) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now)
    guests, cancel = f"/guests/{booked.invitee.id}", f"/cancellations/{booked.invitee.id}"
    slot = f"{offer.path}/2027-01-05T10:00:00Z"
    too_many, too_much = (422, "Enter up to 10 guests"), (413, "That is too much text")
    for path, values, expected in [
        (guests, {"guests": PART}, too_many),
        (guests, {"guests": MANY}, too_much),
        (slot, ADA | {"guests": PART}, too_many),
        (slot, ADA | {"guests": MANY}, too_much),
        (slot, ADA | {"name": "x" * 2_000_000}, too_much),
        (cancel, {"reason": "x" * 2_000_000}, too_much),
    ]:
        await browser.open(path)
        page = await browser.send(values)
        shown = browser.heading if browser.status == 413 else page.one("p", class_="error").text
        assert (browser.status, shown) == expected
    cursor = await conn.execute("SELECT count(*) FROM guests WHERE organization_id = %s", (organization.id,))
    assert await cursor.fetchall() == [(0,)]


async def test_what_is_more_than_one_address_is_none(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, offer: Offer
) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now)
    api = Caller(browser.client, organization.owner.headers)
    body = booking_body(URIS.event_type(organization.event_type_id), "2027-01-05T10:00:00Z")
    for address in ADDRESSES:
        await browser.open(f"{offer.path}/2027-01-05T10:00:00Z")
        await browser.send(ADA | {"email": address})
        seen = (browser.status, browser.document.one("p", class_="error").text)
        assert seen == (422, "Enter an email address in the form name@example.com"), address
        answer = await api.post("/invitees", body | {"event_guests": [address]})
        named = [(one["parameter"], one["message"]) for one in answer.json()["details"]]
        assert (answer.status_code, named) == (400, [("event_guests[0]", "invalid")]), address
    await browser.open(f"/guests/{booked.invitee.id}")
    await browser.send({"guests": "<script>@example.org"})
    assert (browser.status, "“<script>@example.org” is not" in browser.document.text) == (422, True)


@pytest.mark.parametrize("target", REDIRECTS)
async def test_no_event_type_leads_to_what_is_no_site(
    http: httpx.AsyncClient, organization: Organization, target: str
) -> None:
    owner = Caller(http, organization.owner.headers)
    answer = await owner.patch(f"/openslot/event_types/{organization.event_type_id}", {"redirect_url": target})
    assert (answer.status_code, [one["parameter"] for one in answer.json()["details"]]) == (400, ["redirect_url"])


async def test_no_query_leads_elsewhere(
    http: httpx.AsyncClient, conn: Conn, organization: Organization, clock: Clock, offer: Offer
) -> None:
    """Not by its keys, nor by a path that browsers take for another host."""
    booked = await make_booking(conn, organization, START, now=clock.now)
    keys = ("redirect", "redirect_url", "next", "url", "return_to", "onward", "stopped", "again")
    query = urlencode(dict.fromkeys(keys, "https://evil.example/"))
    for path in (f"/reminders/{booked.invitee.id}", f"/reconfirmations/{booked.invitee.id}"):
        answer = await http.post(f"{path}?{query}")
        assert answer.is_error or answer.headers["location"].startswith("/re")
    for path in ("//evil.example", "//evil.example/..", "/%2Fevil.example", "/\\evil.example/x", f"/{offer.path}/"):
        answer = await http.get(f"https://book.example{path}?{query}")
        assert TARGETS.match(answer.headers.get("location", "/")), path
