"""No link of a page leads nowhere, and an address that is not there leads on where it can."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString
from urllib.parse import urljoin, urlsplit

import pytest

from conftest import Clock
from factories import Organization, make_booking, make_event_type, make_routing_form
from openslot.core.ids import new_id
from openslot.core.routing import Condition, Destination, Route
from openslot.db import event_types, routing_forms
from openslot.db.event_types import EventType
from openslot.db.pool import Conn
from openslot.db.routing_forms import RoutingForm
from openslot.services import scheduling_links
from openslot.wire.codec import parse_instant
from openslot.wire.routing_forms import CustomMessage
from pages.offers import put_on_show
from pages.plain_browser import Node, PlainBrowser

SLOT = "2027-01-05T09:00:00Z"
LATER = "2027-01-05T11:00:00Z"
ADA = {"name": "Ada", "email": "ada@example.org"}
OFF: Mapping[str, LiteralString] = {
    "off": "UPDATE event_types SET active = false WHERE id = %s",
    "deleted": "UPDATE event_types SET deleted_at = now() WHERE id = %s",
    "for-polls": "UPDATE event_types SET booking_method = 'poll' WHERE id = %s",
}


UNBOOKED = {"asked", "seasonal"}
"""Kinds of which no booking is made here."""


async def type_of(conn: Conn, organization: Organization, event_type_id: object = None) -> EventType:
    cursor = await conn.execute("SELECT %s::uuid", (event_type_id or organization.event_type_id,))
    ((found_id,),) = await cursor.fetchall()
    found = await event_types.get(conn, organization.id, found_id)
    assert found is not None
    return found


async def answer(browser: PlainBrowser, form: RoutingForm, need: str) -> Node:
    email, choice = (f"answer-{question.uuid}" for question in form.questions[:2])
    await browser.open(f"/routing_forms/{form.id}")
    return await browser.send({email: "ada@example.org", choice: need})


async def result_of(conn: Conn, form: RoutingForm) -> list[object]:
    cursor = await conn.execute(
        "SELECT result FROM routing_form_submissions WHERE routing_form_id = %s ORDER BY created_at, id", (form.id,)
    )
    return [result for (result,) in await cursor.fetchall()]


@pytest.mark.parametrize("change", OFF)
async def test_answers_whose_event_type_can_t_be_booked_lead_to_the_fallback_and_that_is_what_is_stored(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, change: str
) -> None:
    form = await make_routing_form(conn, organization, now=clock.now)
    await conn.execute(OFF[change], (organization.event_type_id,))
    page = await answer(browser, form, "Meeting")
    assert (browser.status, browser.heading) == (200, "Thank you")
    assert "We will write to you." in page.text
    assert await result_of(conn, form) == [
        {"event_type_id": None, "external_url": None,
         "custom_message": {"headline": "Thank you", "body": "We will write to you."}}
    ]  # fmt: skip


async def test_so_do_answers_to_a_one_off_that_is_booked(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, type="AdhocEventType", link_token="spent"
    )
    event_type = await type_of(conn, organization, made)
    await scheduling_links.create(conn, event_type, organization.owner.id, token="spent", now=clock.now)
    form = await routed(conn, organization, clock, Destination(event_type_id=made), fallback=message())
    await answer(browser, form, "Yes")
    assert browser.url.path == f"/d/spent/{event_type.slug}"
    await browser.open(f"/d/spent/{event_type.slug}/{SLOT}")
    await browser.send(ADA)
    assert browser.heading == "You are scheduled"
    await answer(browser, form, "Yes")
    assert (browser.status, browser.heading) == (200, "Sorry")


def message() -> Destination:
    return Destination(custom_message=CustomMessage("Sorry", "Nothing for you."))


async def routed(
    conn: Conn, organization: Organization, clock: Clock, leads_to: Destination, *, fallback: Destination
) -> RoutingForm:
    """A form of which everything leads to one destination."""
    template = await make_routing_form(conn, organization, now=clock.now)
    need = template.questions[1]
    questions = [template.questions[0], type(need)(need.uuid, "Well?", "radios", True, ["Yes"]), template.questions[2]]
    form = RoutingForm(
        id=new_id(), organization_id=organization.id, name="Form", status="published", questions=questions,
        routes=[Route([Condition(need.uuid, ["Yes"])], leads_to)], fallback=fallback, created_at=clock.now,
        updated_at=clock.now,
    )  # fmt: skip
    await routing_forms.insert(conn, form)
    return form


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "ftp://example.com/", "example.com"])
async def test_answers_that_lead_to_an_address_for_no_browser_lead_to_the_fallback(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, address: str
) -> None:
    form = await routed(conn, organization, clock, Destination(external_url=address), fallback=message())
    await answer(browser, form, "Yes")
    assert (browser.status, browser.heading) == (200, "Sorry")


async def test_where_the_fallback_can_t_be_had_either_the_answers_are_thanked_for_in_the_visitor_s_language(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    nothing = Destination(event_type_id=organization.event_type_id)
    form = await routed(conn, organization, clock, nothing, fallback=nothing)
    await conn.execute(OFF["off"], (organization.event_type_id,))
    browser.headers = {"accept-language": "it"}
    page = await answer(browser, form, "Yes")
    assert (browser.status, browser.heading) == (200, "Grazie")
    assert "Abbiamo ricevuto le tue risposte." in page.text
    assert await result_of(conn, form) == [
        {"event_type_id": None, "external_url": None,
         "custom_message": {"headline": "Grazie", "body": "Abbiamo ricevuto le tue risposte."}}
    ]  # fmt: skip


@pytest.mark.parametrize("change", OFF)
async def test_a_booking_of_a_type_that_is_off_offers_nothing_that_leads_nowhere(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, change: str
) -> None:
    offer = await put_on_show(conn, organization, now=clock.now)
    await browser.open(f"{offer.path}/{SLOT}")
    await browser.send(ADA)
    confirmation, invitee = browser.url.path, browser.url.path.rpartition("/")[2]
    await conn.execute("UPDATE users SET name = 'Ann Host' WHERE id = %s", (organization.owner.id,))
    cursor = await conn.execute("SELECT id FROM event_types WHERE slug = %s", (offer.path.rpartition("/")[2],))
    await conn.execute(OFF[change], await cursor.fetchone())
    page = await browser.open(confirmation)
    assert [link.text for link in page.one("p", class_="actions").all("a")] == ["Change guests", "Cancel"]
    page = await browser.open(f"/reschedulings/{invitee}")
    assert (browser.status, browser.heading) == (200, "This event can\N{RIGHT SINGLE QUOTATION MARK}t be moved online")
    await browser.open(f"/reschedulings/{invitee}/{LATER}")
    assert (browser.status, browser.heading) == (200, "This event can\N{RIGHT SINGLE QUOTATION MARK}t be moved online")
    await browser.follow(text="Cancel")
    page = await browser.send()
    assert [link.text for link in page.one("main").all("a")] == ["See what Ann Host offers"]
    await browser.follow(text="See what Ann Host offers")
    assert (browser.status, browser.url.path) == (200, f"/{organization.owner.user.slug}")


NOT_THERE = [
    "/{host}/nothing", "/{host}/nothing/2027-01-05T09:00:00Z", "/{host}/{type}/no-time",
    "/{host}/{type}/1066-10-14T09:00:00Z", "/{host}/{type}/a/b", "/{host}/{type}/a/b/c",
    "/{host}/{type}/invitees/nobody",
    "/{host}/{type}/invitees/00000000-0000-4000-8000-000000000000", "/{host}/{type}/no-time/requested",
    "/d/{token}/another", "/d/{token}/{type}/no-time",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_THERE)
async def test_an_address_that_is_not_there_leads_to_the_host_s_page(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, address: str
) -> None:
    event_type = await type_of(conn, organization)
    link = await scheduling_links.create(conn, event_type, organization.owner.id, now=clock.now)
    user = organization.owner.user
    await browser.open(address.format(host=user.slug, type=event_type.slug, token=link.token) + "?lang=en&name=Ada")
    assert (browser.status, browser.heading) == (404, "This page does not exist")
    await browser.follow(text=f"See what {user.name} offers")
    assert (browser.status, str(browser.url)) == (200, f"https://book.example/{user.slug}?lang=en")


@pytest.mark.parametrize("address", ["/nobody", "/nobody/type", "/d/nothing/type", "/a/b/c/d/e", "/cancellations/x"])
async def test_nothing_is_promised_where_no_host_is_known(browser: PlainBrowser, address: str) -> None:
    page = await browser.open(address)
    assert (browser.status, page.one("main").all("a")) == (404, [])


async def test_a_form_of_a_type_that_was_turned_off_meanwhile_leads_to_the_host(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    offer = await put_on_show(conn, organization, now=clock.now)
    await browser.open(f"{offer.path}/{SLOT}")
    await conn.execute("UPDATE event_types SET active = false WHERE organization_id = %s", (organization.id,))
    await browser.send(ADA)
    assert browser.status == 404
    await browser.follow(text=f"See what {organization.owner.user.name} offers")
    assert browser.status == 200


KINDS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "class": {"kind": "group", "seats": 3},
    "secret": {"secret": True, "link_token": f"s{new_id().hex}"},
    "asked": {"requires_approval": True},
    "seasonal": {"range_kind": "fixed", "range_first": "2027-06-01", "range_last": "2027-06-30"},
    "long": {"duration_options": [15, 30]},
    "off": {},
    "deleted": {},
    "for-polls": {},
}


@pytest.mark.parametrize("kind", KINDS)
async def test_no_link_of_any_page_leads_nowhere(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, kind: str
) -> None:
    """Bookings in every state of a type of each kind, by itself and through links of which one is used up."""
    owner = organization.owner.user
    made = await make_event_type(conn, owner, now=clock.now, slug=kind, **KINDS[kind])
    event_type = await type_of(conn, organization, made)
    ways = [f"/{owner.slug}/{kind}"] + ([f"/d/{event_type.link_token}/{kind}"] if event_type.link_token else [])
    for uses in (2, 9):
        link = await scheduling_links.create(conn, event_type, organization.owner.id, max_uses=uses, now=clock.now)
        ways.append(f"/d/{link.token}/{kind}")
    entrances = ["/", f"/{owner.slug}", "/nobody", f"/{owner.slug}/nothing"]
    entrances += [address for way in ways for address in (way, f"{way}/{SLOT}", f"{way}/{SLOT}/requested")]
    for number, token in enumerate((None, None, *[ways[-2].split("/")[2]] * 2) if kind not in UNBOOKED else ()):
        start = parse_instant(SLOT).replace(hour=10 + number)
        booked = await make_booking(conn, organization, start, now=clock.now, event_type_id=made, link_token=token)
        invitee = booked.invitee.id
        if number % 2:
            await browser.open(f"/cancellations/{invitee}")
            await browser.send()
        entrances += [
            f"/{owner.slug}/{kind}/invitees/{invitee}", f"/reschedulings/{invitee}", f"/cancellations/{invitee}",
            f"/reconfirmations/{invitee}", f"/reschedulings/{invitee}/{LATER}",
        ]  # fmt: skip
    if kind in OFF:
        await conn.execute(OFF[kind], (made,))
    statuses, linked = await crawl(browser, entrances)
    assert sorted(address for address in linked if statuses[address] == 404) == []
    assert set(statuses.values()) <= {200, 404, 409}


async def crawl(browser: PlainBrowser, entrances: Sequence[str]) -> tuple[dict[str, int], set[str]]:
    """The statuses of these addresses and of all that can be come to from them, and those to which a page has a link.

    Languages and months are the same pages again.
    """
    statuses: dict[str, int] = {}
    linked: set[str] = set()
    waiting = [*entrances]
    while waiting:
        address = waiting.pop(0)
        if address in statuses:
            continue
        page = await browser.open(address)
        statuses[address] = browser.status
        here = urlsplit(str(browser.url)).netloc
        addresses = {urljoin(str(browser.url), link.attributes["href"]) for link in page.all("a")}
        links_of_page = {essence(one) for one in addresses if urlsplit(one).netloc == here}  # calendars are elsewhere
        linked |= links_of_page - {address}
        waiting += sorted(links_of_page)
    return statuses, linked


def essence(address: str) -> str:
    """The path of an address, and the duration if it names one."""
    parts = urlsplit(address)
    kept = "&".join(part for part in parts.query.split("&") if part.startswith("duration"))
    return f"{parts.path}?{kept}" if kept else parts.path
