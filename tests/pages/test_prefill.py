"""What a link fills in beforehand, whatever made it; and choices, numbers and names as people store and type them.

Source: behaviours, section 14; since-september, section 7; ADR 0019.
"""

from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Clock
from factories import Organization
from openslot.core.queries import pairs
from openslot.db.pool import Conn
from openslot.pages import forms
from openslot.pages.trail import READERS, Trail
from openslot.wire.event_types import CustomQuestion, LocationConfiguration
from pages.offers import LOCATIONS, Offer, put_on_show
from pages.plain_browser import PlainBrowser
from pages.test_booking import SLOT, stored
from pages.test_forms import make_event_type as event_type_of

CHOICES = ["Salt, pepper", "Sugar ", "\u00a0Oil", "", "Very\nhot", "x" * 10_001]
"""As they were stored before they were cleaned."""
QUESTIONS = [
    CustomQuestion("Which one?", "single_select", 0, True, True, CHOICES, False),
    CustomQuestion("Which ones?", "multi_select", 1, True, True, CHOICES, True),
    CustomQuestion("Note", "text", 2, True, False, [], False),
    CustomQuestion("Mobile", "phone_number", 3, True, False, [], False),
]
SHOWN = ["Salt, pepper", "Sugar", "Oil", "Very hot", "x" * 10_001]


@pytest.fixture
async def offer(conn: Conn, organization: Organization, clock: Clock) -> Offer:
    return await put_on_show(conn, organization, now=clock.now, custom_questions=QUESTIONS, locations=LOCATIONS)


async def held(browser: PlainBrowser, address: str) -> dict[str, list[str]]:
    page = await browser.open(address)
    found: dict[str, list[str]] = {}
    for name, value in browser.held(page.one("form", method="post")):
        found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize(
    ("query", "name", "values"),
    [
        ("email=ann+work@example.com", "email", ["ann+work@example.com"]),
        ("email=ann%2Bwork%40example.com", "email", ["ann+work@example.com"]),
        ("email=zoe@example.com%E2%80%8B", "email", ["zoe@example.com"]),
        ("email=no+address", "email", ["no+address"]),
        ("name=%E2%80%8B&first_name=Ada", "name", ["Ada"]),
        ("guests=a+b@example.com", "guests", ["a+b@example.com"]),
        ("guests=a+b@example.com,c@example.org", "guests", ["a+b@example.com\r\nc@example.org"]),
        ("guests=a%2Bb%40example.com%2C+c%40example.org", "guests", ["a+b@example.com\r\nc@example.org"]),
        ("a4=+390655500123", "answer-3", ["+390655500123"]),
        ("a4=+39+06+5550+0123", "answer-3", ["+39 06 5550 0123"]),
        ("location=+390655500123", "location-text-1", ["+390655500123"]),
        ("location=Bar+Sport", "location-text-2", ["Bar Sport"]),
        ("name=Ada+Lovelace", "name", ["Ada Lovelace"]),
        ("first_name=Ada&last_name=of+Tus", "name", ["Ada of Tus"]),
        ("a3=1+1+is+two", "answer-2", ["1 1 is two"]),
        ("a1=Salt,%20pepper", "answer-0", ["0"]),
        ("a1=Sugar", "answer-0", ["1"]),
        ("a1=Very+hot", "answer-0", ["4"]),
        ("a2=Salt,+pepper,Oil", "answer-1", ["0", "2"]),
        ("a2=Sugar%0ASalt,+pepper", "answer-1", ["0", "1"]),
        ("a2=Oil,Something+else", "answer-1", ["2", "other"]),
    ],
)
async def test_a_link_fills_in_what_it_holds_and_every_step_keeps_it(
    browser: PlainBrowser, offer: Offer, query: str, name: str, *, values: list[str]
) -> None:
    assert (await held(browser, f"{offer.path}/{SLOT}?{query}"))[name] == values
    await browser.open(f"{offer.path}?date=2027-01-12&{query}")
    page = await browser.follow(text="13")
    first = page.all("a", class_="slot")[0].attributes["href"]
    assert (await held(browser, first))[name] == values


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
MADE_WITH = [
    quote_plus,
    lambda text: quote(text, safe=""),
    lambda text: quote(text, safe="@+,:/'()*").replace("+", "%2B"),
]


@given(st.dictionaries(st.sampled_from(["name", "a1", "a3", "location"]), TEXT), st.sampled_from(MADE_WITH))
def test_what_is_filled_in_is_carried_from_page_to_page(values: dict[str, str], encode: object) -> None:
    assert callable(encode)
    query = "&".join(f"{name}={encode(value)}" for name, value in values.items())
    read = dict(pairs(query.encode(), READERS))
    kept = {name: value for name, value in values.items() if value}

    assert {name: value for name, value in read.items() if value} == kept
    address = Trail.of("", read).to("ada", "intro")
    assert dict(pairs(address.partition("?")[2].encode(), READERS)) == kept


CHOSEN = st.lists(st.sampled_from(["Salt, pepper", "Sugar", "Oil", "Very hot"]), unique=True)


@given(CHOSEN, st.sampled_from([",", ", ", "\n"]), st.sampled_from(MADE_WITH))
def test_choices_are_ticked_whatever_they_hold(chosen: list[str], between: str, encode: object) -> None:
    assert callable(encode)
    query = dict(pairs(f"a2={encode(between.join(chosen))}".encode(), READERS))

    data = forms.prefilled(event_type_of(questions=QUESTIONS), query)

    assert sorted(SHOWN[[0, 1, 2, 4].index(int(place))] for place in data["answer-1"]) == sorted(chosen)


async def test_choices_are_shown_without_what_is_around_them_and_can_be_chosen(
    browser: PlainBrowser, conn: Conn, organization: Organization, offer: Offer
) -> None:
    page = await browser.open(f"{offer.path}/{SLOT}")
    labels = [one.text for one in page.all("label") if one.attributes.get("for", "").startswith("answer-0-")]
    assert labels == SHOWN
    await browser.send(
        {
            "name": "Ada",
            "email": "ada@example.org",
            "location": "0",
            "answer-0": "5",
            "answer-1": ["0", "1", "2", "4", "5"],
        }
    )
    assert browser.heading == "You are scheduled"
    answers = (await stored(conn, organization))["questions_and_answers"]
    assert answers == [
        {"question": "Which one?", "answer": SHOWN[4], "position": 0},
        {"question": "Which ones?", "answer": "\n".join(SHOWN), "position": 1},
    ]


@pytest.mark.parametrize(
    ("typed", "country", "reason"),
    [
        ("06 5550 0123", "", "Enter a phone number with its country code, such as +39 06 5550 0123"),
        ("06 5550 0123", "US", "Check the phone number and its country: there is no such number there"),
        ("06 5550 0123", "Italy", "Enter a phone number with its country code, such as +39 06 5550 0123"),
        ("+39 06 5550 0123 ext. 5", "IT", "Enter the phone number without its extension, which is not kept"),
        ("+39 06", "IT", "Check the phone number: no country has one like this"),
        ("my number", "", "Check the phone number: no country has one like this"),
    ],
)
async def test_the_page_explains_what_is_wrong_with_a_number(
    browser: PlainBrowser, offer: Offer, typed: str, country: str, reason: str
) -> None:
    await browser.open(f"{offer.path}/{SLOT}?name=Ada&email=ada@example.org&a1=Oil&a2=Oil")
    numbers = {
        f"{name}{end}": value
        for name in ("location-text-1", "answer-3")
        for end, value in (("", typed), ("-country", country))
    }
    page = await browser.send({"location": "1", **numbers})

    assert browser.status == 422
    links = [(link.attributes["href"], link.text) for link in page.one("div", id="problems").all("a")]
    assert links == [("#location-text-1", reason), ("#answer-3", f"Mobile: {reason}")]


@pytest.mark.parametrize(
    "typed",
    [
        "+44 (0)20 7946 0958",
        "\u202a0044 20\u20117946\u00a00958\u202c",
        "tel:+44-20-7946-0958",
        "+44 \uff12\uff10 7946 0958",
    ],
)
async def test_a_number_is_taken_as_it_was_pasted(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, typed: str
) -> None:
    called = await put_on_show(conn, organization, now=clock.now, locations=[LocationConfiguration("outbound_call")])
    await browser.open(f"{called.path}/{SLOT}?name=Ada&email=ada@example.org")
    await browser.send({"location-text-0": typed})

    assert browser.heading == "You are scheduled"
    assert "+442079460958" in browser.document.text


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ({"name": "\u200b"}, ("#name", "Enter your name")),
        ({"name": "\u3164\u2800"}, ("#name", "Enter your name")),
        ({"email": "a..b@example.org"}, ("#email", "Enter an email address in the form name@example.com")),
        ({"email": "\u200b"}, ("#email", "Enter your email address")),
        ({"guests": "bob@example.org\u200b, .a@example.org"}, ("#guests", "“.a@example.org” is not an email address")),
    ],
)
async def test_what_is_no_name_and_no_address_is_reported(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock, typed: dict[str, str], *,
    link: tuple[str, str],
) -> None:  # fmt: skip
    plain = await put_on_show(conn, organization, now=clock.now)
    await browser.open(f"{plain.path}/{SLOT}")
    page = await browser.send({"name": "Ada", "email": "ada@example.org"} | typed)

    assert browser.status == 422
    assert [(one.attributes["href"], one.text) for one in page.one("div", id="problems").all("a")] == [link]


async def test_who_is_pasted_with_invisible_characters_is_the_same_person(
    browser: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    plain = await put_on_show(conn, organization, now=clock.now)
    await browser.open(f"{plain.path}/{SLOT}")
    await browser.send(
        {
            "name": "\u202eZoe\u202c \u200b",
            "email": "zoe@example.com\u200b",
            "guests": "bob@example.org\ufeff\uff0cann@example.org",
        }
    )

    assert browser.heading == "You are scheduled"
    invitee = await stored(conn, organization)
    assert (invitee["name"], invitee["email"]) == ("Zoe", "zoe@example.com")
    guests = await conn.execute("SELECT email FROM guests WHERE invitee_id = %s ORDER BY 1", (invitee["id"],))
    assert await guests.fetchall() == [("ann@example.org",), ("bob@example.org",)]
