"""Notes about contacts over the API. Source: since-september, section 1."""

from typing import Any

import httpx
import pytest

from conftest import Clock
from factories import API, Caller, Organization
from openslot.core.ids import new_id


async def contact(caller: Caller, email: str = "ada@example.org") -> str:
    answer = await caller.post("/contacts", {"name": "Ada", "emails": [{"email": email, "is_primary": True}]})
    assert answer.status_code == 201, answer.text
    uri: str = answer.json()["resource"]["uri"]
    return uri


async def made(caller: Caller, about: str, **body: Any) -> dict[str, Any]:
    answer = await caller.post("/notes", {"contact": about} | body)
    assert answer.status_code == 201, answer.text
    resource: dict[str, Any] = answer.json()["resource"]
    return resource


def wrong(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return [(one["parameter"], one["message"]) for one in answer.json()["details"]]


async def titles(caller: Caller, query: str) -> list[str]:
    answer = await caller.get(f"/notes?{query}")
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["collection"]]


async def test_a_note_is_answered_as_it_is_kept(owner: Caller) -> None:
    ada = await contact(owner)

    note = await made(owner, ada, title=" Ovens ", body="\nTwo of them,\n\nlarge. ", color="red")

    assert note == {
        "uri": note["uri"],
        "contact": ada,
        "title": "Ovens",
        "body": "Two of them,\n\nlarge.",
        "remind_at": None,
        "created_at": "2027-01-04T08:00:00Z",
        "updated_at": "2027-01-04T08:00:00Z",
    }
    assert (await owner.get(note["uri"].removeprefix(API))).json() == {"resource": note}


async def test_a_note_sent_twice_is_two_notes(owner: Caller) -> None:
    ada = await contact(owner)

    notes = [await made(owner, ada, body="Two ovens") for _ in range(2)]

    assert len({one["uri"] for one in notes}) == 2
    assert [one["title"] for one in notes] == [None, None]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, [("title", "must be filled"), ("body", "must be filled")]),
        ({"title": " ", "body": "\n"}, [("title", "must be filled"), ("body", "must be filled")]),
        ({"title": "x" * 256, "body": "x" * 10_001},
         [("title", "is too long (maximum is 255)"), ("body", "is too long (maximum is 10000)")]),
        ({"contact": "x", "title": 5}, [("title", "invalid"), ("contact", "invalid"), ("body", "must be filled")]),
        *[
            ({"title": "x", "remind_at": moment}, [("remind_at", "invalid")])
            for moment in ("2027-01-05", "2027-01-05T10:00Z", "2027-01-05t10:00:00Z", "2027-01-05T10:00:00",
                           "2027-01-05 10:00:00Z", "1969-12-31T23:59:59Z", "2027-02-29T10:00:00Z", "")
        ],
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_note_is_named(owner: Caller, body: Any, wanted: Any) -> None:
    ada = await contact(owner)

    assert wrong(await owner.post("/notes", {"contact": ada} | body)) == wanted


async def test_blanks_around_a_text_do_not_count(owner: Caller) -> None:
    note = await made(owner, await contact(owner), title="x" * 255 + "  ", body="  " + "y" * 10_000)

    assert (len(note["title"]), len(note["body"])) == (255, 10_000)


async def test_a_reminder_is_refused_since_nothing_would_send_it(owner: Caller) -> None:
    ada = await contact(owner)

    answer = await owner.post("/notes", {"contact": ada, "title": "x", "remind_at": "2027-01-05T10:00:00+01:00"})

    assert (answer.status_code, answer.json()) == (
        403,
        {"title": "Permission Denied", "message": "Reminders of notes are not available. Leave out remind_at."},
    )
    assert await titles(owner, f"contact={ada}") == []


async def test_notes_are_listed_by_contact_the_last_changed_first(owner: Caller, clock: Clock) -> None:
    ada, bob, cy = [await contact(owner, f"{name}@example.org") for name in ("ada", "bob", "cy")]
    for number, about in enumerate([ada, bob, ada, cy]):
        await made(owner, about, title=str(number))
        clock.advance(minutes=1)

    assert await titles(owner, f"contact={ada}") == ["2", "0"]
    assert await titles(owner, f"contact={ada},{cy}") == ["3", "2", "0"]
    assert await titles(owner, f"contact={ada}&contact={cy}") == ["3", "2", "0"]


async def test_pages_keep_their_contacts(owner: Caller, clock: Clock) -> None:
    ada, bob = await contact(owner), await contact(owner, "bob@example.org")
    for number, about in enumerate([ada, bob, ada]):
        await made(owner, about, title=str(number))
        clock.advance(minutes=1)

    found, path = [], f"/notes?contact={ada}&contact={bob}&count=2"
    while path:
        page = (await owner.get(path)).json()
        found.append([one["title"] for one in page["collection"]])
        path = (page["pagination"]["next_page"] or "").removeprefix(API)

    assert found == [["2", "1"], ["0"]]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", [("contact", "is missing")]),
        ("contact=,", [("contact", "invalid")]),
        ("contact=x", [("contact", "invalid")]),
        ("contact={ada}&sort=updated_at&user=x",
         [("sort", "is not a known key"), ("user", "is not a known key")]),
        ("contact={ada}&count=101", [("count", "invalid")]),
        ("contact={ada}&page_token=x", [("page_token", "invalid")]),
        ("contact=" + ",".join(f"{API}/contacts/{new_id()}" for _ in range(11)),
         [("contact", "is too long (maximum is 10)")]),
    ],
    ids=range(7),
)  # fmt: skip
async def test_a_list_takes_its_own_keys_alone(owner: Caller, query: str, wanted: Any) -> None:
    ada = await contact(owner)

    assert wrong(await owner.get(f"/notes?{query.replace('{ada}', ada)}")) == wanted


async def test_only_the_author_sees_a_note(owner: Caller, member: Caller, elsewhere: Organization) -> None:
    theirs = await contact(member)
    note = await made(member, theirs, title="Secret")
    stranger = Caller(owner.http, elsewhere.owner.headers)

    statuses = [
        [
            (await caller.get(note["uri"].removeprefix(API))).status_code,
            (await caller.get(f"/notes?contact={theirs}")).status_code,
            (await caller.post("/notes", {"contact": theirs, "title": "x"})).status_code,
        ]
        for caller in (member, owner, stranger)
    ]

    assert statuses == [[200, 200, 201], [404, 403, 403], [404, 404, 404]]


async def test_notes_go_with_their_contact(owner: Caller) -> None:
    ada = await contact(owner)
    note = await made(owner, ada, title="x")

    await owner.delete(ada.removeprefix(API))

    assert (await owner.get(note["uri"].removeprefix(API))).status_code == 404
