"""Pages in frames of other sites: who may frame them, what they keep of the site's wishes, and what they report."""

import json
import re
from typing import Any

import httpx
import pytest

from conftest import Clock
from factories import API, Caller, Organization
from openslot.db.pool import Conn
from openslot.html.headers import FRAMED
from pages.offers import Offer, put_on_show
from pages.plain_browser import Node, PlainBrowser

SLOT = "2027-01-05T09:00:00Z"
WANTED = {
    "background_color": "101418", "text_color": "#fff", "primary_color": "ff8800", "hide_event_type_details": "1",
    "hide_landing_page_details": "1", "embed_type": "Inline", "embed_domain": "shop.example", "embed_changes": "1",
}  # fmt: skip


def message(document: Node) -> Any:
    """What the page sends to the one around it."""
    found = document.all("meta", name="openslot-message")
    return json.loads(found[0].attributes["content"]) if found else None


def styles(document: Node) -> list[str]:
    return [re.sub(r"\?.*", "", link.attributes["href"]) for link in document.all("link", rel="stylesheet")]


async def test_changes_are_reported_only_to_sites_that_want_them_and_nothing_to_those_without_a_domain(
    browser: PlainBrowser, offer: Offer
) -> None:
    person = {"name": "Ada", "email": "ada@example.org"}
    await browser.open(str(httpx.URL(f"{offer.path}/{SLOT}", params=person | {"embed_domain": "1"})))
    booked = await browser.send()
    await browser.follow(text="Cancel")
    canceled = await browser.send()
    await browser.open(str(httpx.URL(f"{offer.path}/{SLOT}", params=person | {"embed_type": "Inline"})))
    alone = await browser.send()

    assert message(booked)["event"] == "calendly.event_scheduled"
    assert message(canceled) is None
    assert message(alone) is None
    assert [one.attributes["src"] for one in alone.all("script") if "embed.js" in one.attributes["src"]] == []


async def test_a_booking_is_reported_by_the_page_that_the_form_leads_to_and_by_no_other(
    browser: PlainBrowser, offer: Offer
) -> None:
    address = httpx.URL(f"{offer.path}/{SLOT}", params={"name": "Ada", "email": "a@b.example", "embed_domain": "1"})
    await browser.open(str(address))
    form = browser.document.one("form", method="post")
    first = message(await browser.send())
    confirmation = browser.url
    again = message(await browser.send(form=form))
    later = message(await browser.open(str(confirmation.copy_remove_param("done"))))

    assert first["event"] == "calendly.event_scheduled"
    assert again == first  # whoever sends the form twice sees the second answer alone
    assert later is None


async def test_the_page_of_an_event_type_leads_back_where_the_address_has_back(
    browser: PlainBrowser, offer: Offer
) -> None:
    profile = offer.path.rpartition("/")[0]
    await browser.open(f"{profile}?embed_domain=1")
    viewed = message(browser.document)
    await browser.open(browser.document.all("h2")[0].one("a").attributes["href"])
    back = browser.document.one("p", class_="back").one("a").attributes["href"]
    await browser.open(offer.path)

    assert viewed == {"event": "calendly.profile_page_viewed", "payload": {}}
    assert back == f"{profile}?embed_domain=1&back=1"
    assert browser.document.all("p", class_="back") == []


@pytest.mark.parametrize(
    ("query", "sheet"),
    [
        ("", "look/ffffff-auto-0069ff.css"),
        ("&embed_scheme=dark", "look/17191e-auto-0069ff.css"),
        ("&embed_scheme=auto", "accent/0069ff.css"),
        ("&embed_scheme=auto&primary_color=0c0", "look/auto-auto-00cc00.css"),
    ],
)
async def test_a_page_in_a_frame_is_light_or_dark_as_the_site_is(
    browser: PlainBrowser, offer: Offer, query: str, sheet: str
) -> None:
    await browser.open(f"{offer.path}?embed_domain=1{query}")

    assert styles(browser.document) == ["/assets/page.css", f"/assets/{sheet}", "/assets/embed.css"]


async def test_colors_that_are_none_change_nothing(browser: PlainBrowser, offer: Offer) -> None:
    await browser.open(f"{offer.path}?background_color=red&text_color=0069ff%3B%7D&primary_color=")

    assert styles(browser.document) == ["/assets/page.css", "/assets/accent/0069ff.css"]


async def test_an_organization_names_the_sites_that_may_frame_its_pages_those_of_members_excepted(
    http: httpx.AsyncClient, offer: Offer, organization: Organization
) -> None:
    owner = Caller(http, organization.owner.headers)

    async def policies() -> list[str]:
        paths = [offer.path, f"{offer.path}/{SLOT}", offer.path.rpartition("/")[0], "/app/sign-in"]
        return [(await http.get(path)).headers["content-security-policy"] for path in paths]

    before = await policies()
    sites = {"frame_ancestors": ["https://Shop.example/", "https://*.shop.example"]}
    changed = (await owner.patch("/openslot/organization", sites)).json()["resource"]["frame_ancestors"]
    after = await policies()
    await owner.patch("/openslot/organization", {"frame_ancestors": []})
    without = await policies()
    refused = await owner.patch("/openslot/organization", {"frame_ancestors": ["https://a.example; script-src *"]})

    any_site, members = FRAMED.decode(), "frame-ancestors 'self'; form-action"
    listed = f"{any_site}; frame-ancestors 'self' https://shop.example https://*.shop.example"
    assert before[:3] == [any_site] * 3
    assert changed == ["https://shop.example", "https://*.shop.example"]
    assert after[:3] == [listed] * 3
    assert without[:3] == [f"{any_site}; frame-ancestors 'self'"] * 3
    assert all(members in one[3] for one in (before, after, without))
    assert (refused.status_code, refused.json()["details"][0]["parameter"]) == (400, "frame_ancestors[0]")


async def test_what_the_site_wants_goes_along_through_every_step(browser: PlainBrowser, offer: Offer) -> None:
    address = httpx.URL(f"{offer.path}/{SLOT}", params=WANTED | {"name": "Ada", "email": "ada@example.org"})
    seen = []

    def see(document: Node) -> None:
        sent = message(document)
        root = document.one("html")
        seen.append((sent and sent["event"].removeprefix("calendly."), root.attributes.get("class"), styles(document)))

    see(await browser.open(str(address.copy_with(path=offer.path))))
    see(await browser.open(str(address)))
    see(await browser.send())
    scheduled = message(browser.document)
    await browser.follow(text="Reschedule")
    see(browser.document)
    await browser.open(browser.document.all("a", class_="slot")[-1].attributes["href"])
    see(browser.document)
    see(await browser.send())
    moved = message(browser.document)
    await browser.follow(text="Cancel")
    see(browser.document)
    see(await browser.send())
    canceled = message(browser.document)

    looks = "embedded hides-event-type hides-landing-page"
    sheets = ["/assets/page.css", "/assets/look/101418-ffffff-ff8800.css", "/assets/embed.css"]
    events = [
        "event_type_viewed", "date_and_time_selected", "event_scheduled", None, None, "event_rescheduled", None,
        "event_canceled",
    ]  # fmt: skip
    assert seen == [(event, looks, sheets) for event in events]
    assert scheduled["payload"]["event"]["uri"].startswith(f"{API}/scheduled_events/")
    assert set(moved["payload"]) == {"event", "invitee", "old_event", "old_invitee"}
    assert moved["payload"]["old_invitee"] == scheduled["payload"]["invitee"]
    assert canceled["payload"] == {name: moved["payload"][name] for name in ("event", "invitee")}


async def test_what_the_site_wants_goes_along_after_a_request_and_to_guests_and_reminders(
    conn: Conn, organization: Organization, clock: Clock, browser: PlainBrowser, offer: Offer
) -> None:
    approved_first = await put_on_show(conn, organization, now=clock.now, name="Visit", requires_approval=True)
    person = WANTED | {"name": "Ada", "email": "ada@example.org"}
    seen = []

    def see() -> None:
        """What shows that the page is embedded still: its look, and the script that sends its height."""
        document = browser.document
        sends_height = [one.attributes["src"] for one in document.all("script") if "/embed.js" in one.attributes["src"]]
        looks = (document.one("html").attributes.get("class"), styles(document), len(sends_height))
        seen.append((browser.heading, looks, {key: browser.url.params.get(key) for key in WANTED} == WANTED))

    await browser.open(str(httpx.URL(f"{approved_first.path}/{SLOT}", params=person)))
    await browser.send()
    see()
    await browser.send()
    see()
    await browser.follow(text="Choose another time")
    see()
    await browser.open(str(httpx.URL(f"{offer.path}/{SLOT}", params=person)))
    await browser.send()
    await browser.follow(text="Change guests")
    see()
    await browser.send({"guests": "nobody"})
    see()
    await browser.send({"guests": "guest@example.org"})
    see()
    invitee = browser.url.path.rpartition("/")[2]
    await browser.open(str(httpx.URL(f"/reminders/{invitee}", params=WANTED)))
    await browser.send()
    see()

    looks = (
        "embedded hides-event-type hides-landing-page",
        ["/assets/page.css", "/assets/look/101418-ffffff-ff8800.css", "/assets/embed.css"],
        1,
    )
    headings = [
        "Your request was sent", "You have withdrawn your request", "Visit",
        "Who comes along?", "Who comes along?", "You are scheduled", "You get no more reminders",
    ]  # fmt: skip
    assert seen == [(heading, looks, True) for heading in headings]
