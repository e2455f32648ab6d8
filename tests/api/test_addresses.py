"""Whoever is meant is one person at every door of the API, however the address is written. Source: ADR 0019."""

from datetime import UTC, datetime
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from psycopg import sql

from conftest import Clock
from factories import (
    URIS,
    Caller,
    Organization,
    booking_body,
    booking_of,
    make_booking,
    make_event_type,
    make_routing_form,
)
from openslot.core.ids import new_id
from openslot.db.pool import Conn
from openslot.services.booking import approvals
from openslot.wire.event_types import CustomQuestion, LocationConfiguration

START = "2027-01-05T10:00:00.000000Z"
MOMENT = datetime(2027, 1, 5, 10, tzinfo=UTC)
WRITTEN = [
    "zoe@example.com\u200b",
    "\u200ezoe@example.com",
    "\u202azoe@example.com\u202c",
    "zoe@exam\u2060ple.com",
    "\ufeffzoe@example.com",
    "zo\u00ade@example.com",
    "\uff5a\uff4f\uff45@example.com",
    " Zoe@EXAMPLE.com\u00a0",
]
"""One address, zoe@example.com, as it gets pasted."""


def body(organization: Organization, email: str, start: str = START, **changes: Any) -> dict[str, Any]:
    who = {"name": "Zoe", "email": email, "timezone": "Europe/Rome"}
    return booking_body(URIS.event_type(organization.event_type_id), start) | {"invitee": who} | changes


async def found(caller: Caller, organization: Organization, email: str) -> list[str]:
    """The events that a search for an address finds: of the organization, and of oneself."""
    query = f"invitee_email={quote(email, safe='')}"
    answers = [
        await caller.get(f"/scheduled_events?{key}={URIS.organization(organization.id)}&{query}")
        if key == "organization"
        else await caller.get(f"/scheduled_events?user={URIS.user(organization.owner.id)}&{query}")
        for key in ("organization", "user")
    ]
    by_organization, by_user = [[event["uri"] for event in one.json()["collection"]] for one in answers]
    assert by_organization == by_user
    return by_organization


async def invitees_found(caller: Caller, event: str, email: str) -> list[str]:
    answer = await caller.get(f"{event.removeprefix(URIS.api)}/invitees?email={quote(email, safe='')}")
    return [row["email"] for row in answer.json()["collection"]]


@pytest.mark.parametrize("path", ["/invitees", "/openslot/bookings"])
@pytest.mark.parametrize("email", WRITTEN)
async def test_who_books_with_invisible_characters_is_found_and_erased(
    owner: Caller, organization: Organization, path: str, email: str
) -> None:
    made = (await owner.post(path, body(organization, email))).json()["resource"]

    assert made["email"].lower() == "zoe@example.com"
    for one in ("zoe@example.com", email):
        assert await found(owner, organization, one) == [made["event"]]
        assert await invitees_found(owner, made["event"], one) == [made["email"]]
    erased = await owner.post("/openslot/erasures", {"emails": ["zoe@example.com", email]})
    assert erased.json()["resource"]["addresses"] == 1
    assert erased.json()["resource"]["erased"]["invitees"] == 1
    assert await found(owner, organization, "zoe@example.com") == []


UNSEEN = "\u200b\u200e\u202a\u2060\ufeff\u00ad\u200d\u3164\ufe0f"


def decorated(address: str, chance: Random) -> str:
    """The same address as somebody pastes it: with what is not seen, in another case, in full width, in ASCII."""
    local, _, domain = address.rpartition("@")
    if chance.random() < 0.3:
        domain = domain.encode("idna").decode()
    written = ""
    for character in f"{local}@{domain}":
        one = character.swapcase() if chance.random() < 0.3 else character
        one = chr(ord(one) + 0xFEE0) if one.isascii() and chance.random() < 0.2 else one
        written += one + (chance.choice(UNSEEN) if chance.random() < 0.2 else "")
    return chance.choice(["", " ", "\u00a0", "\u3000\t"]) + written + chance.choice(["", "\u200b\n", " "])


@pytest.mark.parametrize("seed", range(12))
async def test_any_disguise_is_the_same_person_for_search_and_erasure(
    owner: Caller, organization: Organization, seed: int
) -> None:
    chance = Random(seed)
    address = chance.choice(
        [
            "Zo\u00eb.x+y@b\u00fccher.example",
            "ann+work@example.com",
            "\u0438\u0432\u0430\u043d@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444",
        ]
    )
    guests = [decorated(address, chance), decorated(address, chance)]
    made = (await owner.post("/invitees", body(organization, decorated(address, chance), event_guests=guests))).json()

    for _ in range(3):
        assert await found(owner, organization, decorated(address, chance)) == [made["resource"]["event"]]
    erased = await owner.post("/openslot/erasures", {"emails": [decorated(address, chance) for _ in range(3)]})

    receipt = erased.json()["resource"]
    assert (receipt["addresses"], receipt["erased"]["invitees"], receipt["erased"]["guests"]) == (1, 1, 1)
    assert await found(owner, organization, address) == []


@pytest.mark.parametrize("email", ["zoe@b\u00fccher.example", "Zoe@XN--BCHER-KVA.example"])
async def test_a_domain_is_one_in_its_letters_and_in_ascii(
    owner: Caller, organization: Organization, email: str
) -> None:
    made = (await owner.post("/invitees", body(organization, email))).json()["resource"]

    for one in ("zoe@b\u00fccher.example", "zoe@xn--bcher-kva.example", "ZOE@B\u00dcCHER.EXAMPLE"):
        assert await found(owner, organization, one) == [made["event"]]
    assert await found(owner, organization, "zoe@bucher.example") == []
    await owner.post("/data_compliance/deletion/invitees", {"emails": ["zoe@xn--bcher-kva.example"]})
    assert await found(owner, organization, email) == []


@pytest.mark.parametrize(
    "email",
    ["a..b@example.com", ".a@example.com", "a\u2024b@example.com", "a\uff20b@example.com", "\u200b@example.com"],
)
async def test_what_is_no_address_books_nothing(owner: Caller, organization: Organization, email: str) -> None:
    answer = await owner.post("/invitees", body(organization, email))

    assert answer.status_code == 400
    assert [one["parameter"] for one in answer.json()["details"]] == ["invitee.email"]


@pytest.mark.parametrize("name", ["\u200b", "\u3164", "\u2800", "\u115f\u1160", "\ufe0f", "\u202e\u202c", "\u00a0"])
async def test_a_name_of_which_nothing_is_seen_is_none(owner: Caller, organization: Organization, name: str) -> None:
    for who in ({"name": name}, {"name": None, "first_name": name, "last_name": name}):
        answer = await owner.post(
            "/invitees",
            body(organization, "a@example.com") | {"invitee": {"email": "a@example.com", "timezone": "UTC", **who}},
        )
        assert answer.status_code == 400
        assert "invitee" in answer.text


async def test_a_name_is_kept_as_one_line_with_its_joiners(owner: Caller, organization: Organization) -> None:
    who = {"first_name": " \u202eAli\u200cReza\u202c\t", "last_name": "of\u00a0 \nTus\u200b", "email": "a@example.com"}
    made = await owner.post("/invitees", body(organization, "") | {"invitee": {**who, "timezone": "UTC"}})

    kept = made.json()["resource"]
    assert (kept["name"], kept["first_name"], kept["last_name"]) == ("Ali\u200cReza of Tus", "Ali\u200cReza", "of Tus")


async def test_a_guest_is_one_person_however_often_and_however_written(
    owner: Caller, organization: Organization
) -> None:
    guests = ["bob@b\u00fccher.example", *WRITTEN, "bob@xn--bcher-kva.example"]
    made = (await owner.post("/invitees", body(organization, "ada@example.org", event_guests=guests))).json()

    event = (await owner.get(made["resource"]["event"].removeprefix(URIS.api))).json()["resource"]
    assert sorted(one["email"] for one in event["event_guests"]) == ["bob@b\u00fccher.example", "zoe@example.com"]
    receipt = (await owner.post("/openslot/erasures", {"emails": ["zoe@example.com\u200b"]})).json()["resource"]
    assert receipt["erased"]["guests"] == 1


@pytest.mark.parametrize("stored", ["zoe@example.com\u200b", "\uff5aoe@example.com", "zo\u00ade@Example.com"])
async def test_what_was_stored_before_is_found_and_erased_too(
    owner: Caller, conn: Conn, organization: Organization, clock: Clock, stored: str
) -> None:
    booked = await make_booking(conn, organization, MOMENT, now=clock.now, guests=["x@example.org"])
    for table in ("invitees", "guests"):
        await conn.execute(
            sql.SQL("UPDATE {} SET email = %s WHERE organization_id = %s").format(sql.Identifier(table)),
            (stored, organization.id),
        )
    await conn.execute(
        "UPDATE events SET payload = replace(payload, 'ada@example.org', %s) WHERE organization_id = %s",
        (stored, organization.id),
    )

    assert await found(owner, organization, "zoe@example.com") == [URIS.scheduled_event(booked.event.id)]
    assert await invitees_found(owner, URIS.scheduled_event(booked.event.id), "zoe@example.com") == [stored]
    receipt = (await owner.post("/openslot/erasures", {"emails": ["zoe@example.com"]})).json()["resource"]
    assert (receipt["erased"]["invitees"], receipt["erased"]["guests"]) == (1, 1)
    rows = await conn.execute("SELECT email FROM invitees WHERE organization_id = %s", (organization.id,))
    assert await rows.fetchall() == [(f"{booked.invitee.id}@erased.invalid",)]
    payloads = await conn.execute("SELECT payload FROM events WHERE organization_id = %s", (organization.id,))
    assert not any(stored in payload or "zoe@" in payload for (payload,) in await payloads.fetchall())


async def test_an_address_that_was_taken_once_can_still_be_erased(
    owner: Caller, conn: Conn, organization: Organization, clock: Clock
) -> None:
    await make_booking(conn, organization, MOMENT, now=clock.now)
    await conn.execute("UPDATE invitees SET email = 'a..b@example.com' WHERE organization_id = %s", (organization.id,))

    assert len(await found(owner, organization, "A..b@example.com")) == 1
    receipt = (await owner.post("/openslot/erasures", {"emails": ["a..b@example.com"]})).json()["resource"]
    assert receipt["erased"]["invitees"] == 1


async def test_a_request_that_waits_is_of_the_same_person(
    owner: Caller, conn: Conn, organization: Organization, clock: Clock
) -> None:
    event_type = await make_event_type(conn, organization.owner.user, now=clock.now, requires_approval=True)
    wanted = booking_of(
        organization, MOMENT, event_type_id=event_type, email="zoe@example.com\u200b", name="\u202eZoe "
    )
    async with conn.transaction():
        await approvals.request(conn, wanted, uris=URIS, now=clock.now)

    (waiting,) = (await owner.get("/openslot/booking_requests")).json()["collection"]
    assert (waiting["name"], waiting["email"]) == ("Zoe", "zoe@example.com")
    receipt = (await owner.post("/openslot/erasures", {"emails": ["zoe@example.com"]})).json()["resource"]
    assert receipt["erased"]["holds"] == 1


async def test_a_plus_that_nobody_encoded_is_a_plus_of_the_address(owner: Caller, organization: Organization) -> None:
    made = (await owner.post("/invitees", body(organization, "ann+work@example.com"))).json()["resource"]
    user = URIS.user(organization.owner.id)

    for written in ("ann+work@example.com", "ann%2Bwork@example.com", "ann%2Bwork%40example.com"):
        answer = (await owner.get(f"/scheduled_events?user={user}&invitee_email={written}&count=1")).json()
        assert [event["uri"] for event in answer["collection"]] == [made["event"]]
        event = made["event"].removeprefix(URIS.api)
        listed = (await owner.get(f"{event}/invitees?email={written}")).json()
        assert [row["email"] for row in listed["collection"]] == ["ann+work@example.com"]


async def test_the_next_page_of_a_search_keeps_the_plus(owner: Caller, organization: Organization) -> None:
    for hour in ("10", "11"):
        start = f"2027-01-05T{hour}:00:00.000000Z"
        assert (await owner.post("/invitees", body(organization, "ann+work@example.com", start))).status_code == 201
    user = URIS.user(organization.owner.id)

    first = (await owner.get(f"/scheduled_events?user={user}&invitee_email=ann+work@example.com&count=1")).json()
    second = (await owner.get(first["pagination"]["next_page"].removeprefix(URIS.api))).json()

    assert len(first["collection"]) == len(second["collection"]) == 1
    assert first["collection"] != second["collection"]


NUMBERS = {
    "+44 (0)20 7946 0958": "+442079460958",
    "\u202a+39\u00a006\u20115550\u20120123\u202c": "+390655500123",
    "0039 06 5550 0123": "+390655500123",
    "\uff0b\uff13\uff19 06 5550 0123": "+390655500123",
    "+\u0663\u0669 06 5550 0123": "+390655500123",
    "tel:+39-06-5550-0123": "+390655500123",
}


@pytest.mark.parametrize("written", NUMBERS)
async def test_a_number_is_the_same_at_every_door(
    owner: Caller, conn: Conn, organization: Organization, clock: Clock, written: str
) -> None:
    event_type = await make_event_type(
        conn,
        organization.owner.user,
        now=clock.now,
        locations=[LocationConfiguration("outbound_call")],
        custom_questions=[CustomQuestion("Mobile", "phone_number", 0, True, True, [], False)],
    )
    who = {"name": "Zoe", "email": "zoe@example.com", "timezone": "UTC", "text_reminder_number": written}
    wanted = {
        "event_type": URIS.event_type(event_type), "start_time": START, "invitee": who,
        "location": {"kind": "outbound_call", "location": written},
        "questions_and_answers": [{"question": "Mobile", "answer": written, "position": 0}],
    }  # fmt: skip

    made = (await owner.post("/invitees", wanted)).json()["resource"]

    event = (await owner.get(made["event"].removeprefix(URIS.api))).json()["resource"]
    number = NUMBERS[written]
    stored = [made["text_reminder_number"], made["questions_and_answers"][0]["answer"], event["location"]["location"]]
    assert stored == [number] * 3
    call = {"kind": "inbound_call", "phone_number": written}
    set_up = await owner.post("/openslot/event_types", {"name": new_id().hex, "duration": 30, "locations": [call]})
    assert set_up.json()["resource"]["locations"] == [{"kind": "inbound_call", "phone_number": number}]


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("06 5550 0123", "must begin with the country code, such as +39"),
        ("+39 06 5550 0123 ext. 5", "must have no extension"),
        ("+39 06", "is not a valid phone number"),
    ],
)
async def test_what_is_wrong_with_a_number_is_named(
    owner: Caller, organization: Organization, written: str, message: str
) -> None:
    wanted = body(organization, "zoe@example.com")
    wanted["invitee"]["text_reminder_number"] = written

    answer = await owner.post("/invitees", wanted)

    assert answer.status_code == 400
    assert [(one["parameter"], one["message"]) for one in answer.json()["details"]] == [
        ("invitee.text_reminder_number", message)
    ]


async def test_an_answer_to_a_routing_form_is_erased_however_it_was_written(
    owner: Caller, conn: Conn, organization: Organization, clock: Clock
) -> None:
    form = await make_routing_form(conn, organization, now=clock.now)
    await conn.execute(
        """
        INSERT INTO routing_form_submissions (id, organization_id, routing_form_id, questions_and_answers, tracking,
            result, created_at, updated_at)
        VALUES (%s, %s, %s, %s, '{}', '{}', %s, %s)
        """,
        (
            new_id(), organization.id, form.id,
            '[{"question_uuid": "q", "question": "Who?", "answer": "zoe@example.com\u200b"}]', clock.now, clock.now,
        ),
    )  # fmt: skip

    receipt = (await owner.post("/openslot/erasures", {"emails": ["zoe@example.com"]})).json()["resource"]

    assert receipt["erased"]["routing_form_submissions"] == 1
