"""Telephone numbers of forms: the country beside a number, and the number for text messages with consent to them."""

import httpx
import pytest

from conftest import Clock
from factories import Organization
from openslot.db.pool import Conn
from openslot.wire.event_types import LocationConfiguration
from pages.offers import Offer, put_on_show
from pages.plain_browser import PlainBrowser, read

SLOT = "2027-01-05T10:00:00+01:00"
ADA = {"name": "Ada Example", "email": "ada@example.org"}
NUMBER = "location-text-0"


@pytest.fixture
async def call(conn: Conn, organization: Organization, clock: Clock) -> Offer:
    """An event type whose invitees are called."""
    places = [LocationConfiguration("outbound_call")]
    return await put_on_show(conn, organization, now=clock.now, locations=places)


@pytest.fixture
async def texts(conn: Conn, organization: Organization, clock: Clock) -> Offer:
    """An event type with reminders by text message."""
    return await put_on_show(conn, organization, now=clock.now, text_reminders=True)


async def stored(conn: Conn, organization: Organization, column: str) -> list[object]:
    rows = await conn.execute(
        "SELECT to_jsonb(invitees) -> %s FROM invitees WHERE organization_id = %s", (column, organization.id)
    )
    return [value for (value,) in await rows.fetchall()]


async def places(conn: Conn, organization: Organization) -> list[object]:
    rows = await conn.execute(
        "SELECT location ->> 'location' FROM scheduled_events WHERE organization_id = %s", (organization.id,)
    )
    return [place for (place,) in await rows.fetchall()]


@pytest.mark.parametrize(
    ("query", "accepted", "shown", "chosen"),
    [
        ("?timezone=Asia/Bangkok", "en-US", [("TH", "Thailand +66")], "TH"),
        ("", "it-IT,it;q=0.9", [("IT", "Italia +39")], "IT"),
        ("", "en-GB", [("GB", "United Kingdom +44")], "GB"),
        ("?timezone=UTC", "de-CH", [("CH", "Schweiz +41")], "CH"),
        ("?location=%2B33612345678&timezone=Europe/Rome", "en-US", [("FR", "France +33"), ("IT", "Italy +39")], "FR"),
        ("?location=%2B80012345678", "en-US", [("US", "United States +1")], ""),
    ],
)
async def test_beside_a_number_is_its_country_or_that_of_the_reader(
    browser: PlainBrowser, call: Offer, query: str, accepted: str, shown: list[tuple[str, str]], chosen: str
) -> None:
    browser.headers = {"accept-language": accepted}

    page = await browser.open(f"{call.path}/{SLOT}{query}")

    options = page.one("select", id=f"{NUMBER}-country").all("option")
    assert [(one.attributes["value"], one.text) for one in options[:-1]] == shown
    assert options[-1].attributes["value"] == ""
    assert [one.attributes["value"] for one in options if "selected" in one.attributes] == [chosen]


async def test_a_number_as_it_is_dialled_at_home_is_booked_with_its_country_code(
    browser: PlainBrowser, conn: Conn, organization: Organization, call: Offer
) -> None:
    await browser.open(f"{call.path}/{SLOT}?timezone=Europe/Rome")
    await browser.send({**ADA, NUMBER: "06 5550 0123"})

    assert browser.heading == "You are scheduled"
    assert await places(conn, organization) == ["+390655500123"]


async def test_what_was_typed_stays_with_its_country_where_something_else_is_wrong(
    browser: PlainBrowser, call: Offer
) -> None:
    await browser.open(f"{call.path}/{SLOT}?timezone=Europe/Rome")
    await browser.send({NUMBER: "081 234 5678", f"{NUMBER}-country": "TH"})

    assert browser.status == 422
    held = dict(browser.held(browser.document.one("form", method="post")))
    assert (held[NUMBER], held[f"{NUMBER}-country"]) == ("081 234 5678", "TH")


async def test_the_list_of_countries_is_in_the_readers_language_at_one_address(
    browser: PlainBrowser, http: httpx.AsyncClient, call: Offer
) -> None:
    browser.headers = {"accept-language": "it-CH"}
    page = await browser.open(f"{call.path}/{SLOT}")
    address = page.one("select", id=f"{NUMBER}-country").attributes["data-options"]

    answer = await http.get(address)

    options = [(one.attributes["value"], one.text) for one in read(answer.text).all("option")]
    assert address == "/assets/countries/it-CH.html"
    assert len(options) > 240
    assert options[1:3] == [("AF", "Afghanistan +93"), ("AL", "Albania +355")]
    assert answer.headers["cache-control"] == "max-age=86400, public"
    for wrong in ("it", "IT-ch.html", "xx-XX.html", "it-CH"):
        assert (await http.get(f"/assets/countries/{wrong}")).status_code == 404


async def test_text_messages_need_a_number_and_consent(
    browser: PlainBrowser, conn: Conn, organization: Organization, texts: Offer
) -> None:
    await browser.open(f"{texts.path}/{SLOT}?timezone=Europe/Rome")
    page = await browser.send({**ADA, "text_reminder_number": "333 123 4567"})
    assert browser.status == 422
    links = [(link.attributes["href"], link.text) for link in page.one("div", id="problems").all("a")]
    assert links == [("#text_reminder_consent-0", "Agree to text messages, or leave the phone number for them empty")]

    await browser.send({"text_reminder_consent": "1"})

    assert browser.heading == "You are scheduled"
    assert await stored(conn, organization, "text_reminder_number") == ["+393331234567"]


@pytest.mark.parametrize("consent", [(), ("1",)])
async def test_nobody_has_to_give_a_number_for_text_messages(
    browser: PlainBrowser, conn: Conn, organization: Organization, texts: Offer, consent: tuple[str, ...]
) -> None:
    await browser.open(f"{texts.path}/{SLOT}")
    await browser.send({**ADA, "text_reminder_consent": consent})

    assert browser.heading == "You are scheduled"
    assert await stored(conn, organization, "text_reminder_number") == [None]


async def test_a_number_for_text_messages_that_is_none_is_named(browser: PlainBrowser, texts: Offer) -> None:
    await browser.open(f"{texts.path}/{SLOT}?timezone=Europe/Rome")
    page = await browser.send({**ADA, "text_reminder_number": "12", "text_reminder_consent": "1"})

    links = [(link.attributes["href"], link.text) for link in page.one("div", id="problems").all("a")]
    assert links == [("#text_reminder_number", "Check the phone number and its country: there is no such number there")]


async def test_an_event_type_without_text_messages_takes_no_number_for_them(
    browser: PlainBrowser, conn: Conn, organization: Organization, call: Offer
) -> None:
    page = await browser.open(f"{call.path}/{SLOT}?timezone=Europe/Rome")
    token = page.one("input", name="_csrf_token").attributes["value"]
    sent = {"text_reminder_number": "+393331234567", "text_reminder_consent": "1", "timezone": "Europe/Rome"}
    form = {**ADA, **sent, NUMBER: "+393331234568", "minutes": "30", "_csrf_token": token}

    answer = await browser.client.post(str(browser.url), data=form)

    assert answer.status_code == 303
    assert await stored(conn, organization, "text_reminder_number") == [None]
