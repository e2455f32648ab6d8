"""Lists of a user's contacts over the API. Source: since-september, section 1."""

import asyncio
from typing import Any

import httpx
import pytest

from conftest import Clock
from factories import API, Caller, Organization
from openslot.core.ids import new_id


async def contact(caller: Caller, email: str = "ada@example.org") -> str:
    body = {"name": email.partition("@")[0], "emails": [{"email": email, "is_primary": True}]}
    answer = await caller.post("/contacts", body)
    assert answer.status_code == 201, answer.text
    uri: str = answer.json()["resource"]["uri"]
    return uri


async def made(caller: Caller, name: str = "Potters", contacts: list[str] | None = None) -> dict[str, Any]:
    answer = await caller.post("/contact_lists", {"name": name} | ({} if contacts is None else {"contacts": contacts}))
    assert answer.status_code == 201, answer.text
    resource: dict[str, Any] = answer.json()["resource"]
    return resource


def path_of(resource: dict[str, Any]) -> str:
    return str(resource["uri"]).removeprefix(API)


async def members(caller: Caller, listed: dict[str, Any]) -> list[str]:
    answer = await caller.get("/contacts", {"contact_list": listed["uri"]})
    assert answer.status_code == 200, answer.text
    return [one["uri"] for one in answer.json()["collection"]]


def wrong(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return [(one["parameter"], one["message"]) for one in answer.json()["details"]]


async def test_a_list_is_made_with_the_contacts_that_there_are(owner: Caller, member: Caller) -> None:
    ada, unknown, theirs = await contact(owner), f"{API}/contacts/{new_id()}", await contact(member)

    listed = await made(owner, " Potters ", [ada, unknown, "x", theirs, ada])

    uri = listed["uri"]
    assert listed == {
        "uri": uri,
        "name": "Potters",
        "type": "static_list",
        "contact_count": 1,
        "created_at": "2027-01-04T08:00:00Z",
        "updated_at": "2027-01-04T08:00:00Z",
        "membership_result": {"processed": 1, "invalid": 3, "failed": [unknown, "x", theirs]},
    }
    assert (await owner.get(path_of(listed))).json()["resource"] == {
        name: value for name, value in listed.items() if name != "membership_result"
    }
    assert await members(owner, listed) == [ada]


async def test_lists_come_all_at_once_by_name(owner: Caller, member: Caller) -> None:
    await made(member)
    for name in ("potters", "Ämter", "Builders"):
        await made(owner, name)

    answer = (await owner.get("/contact_lists")).json()

    assert [one["name"] for one in answer["collection"]] == ["Ämter", "Builders", "potters"]
    assert answer["pagination"] == {
        "count": 3, "next_page": None, "previous_page": None, "next_page_token": None, "previous_page_token": None,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["POTTERS", " Pötters  ", "pótters"])
async def test_a_name_is_taken_whatever_its_case_accents_and_outer_blanks(
    owner: Caller, member: Caller, name: str
) -> None:
    await made(owner)
    other = await made(owner, "Builders")

    answers = [
        await owner.post("/contact_lists", {"name": name}),
        await owner.patch(path_of(other), {"name": name}),
    ]

    taken = {"title": "Already Exists", "message": "A list with this name exists already"}
    assert [(one.status_code, one.json()) for one in answers] == [(409, taken)] * 2
    await made(member, name)


async def test_a_list_can_have_its_own_name_in_other_letters(owner: Caller, clock: Clock) -> None:
    listed = await made(owner)
    clock.advance(minutes=5)

    answer = await owner.patch(path_of(listed), {"name": "Pótters", "contacts": []})

    resource = answer.json()["resource"]
    assert (resource["name"], resource["updated_at"]) == ("Pótters", "2027-01-04T08:05:00Z")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, [("name", "is missing")]),
        ({"name": " "}, [("name", "must be filled")]),
        ({"name": "x" * 256}, [("name", "is too long (maximum is 255)")]),
        ({"name": "x", "contacts": ["x"] * 501}, [("contacts", "is too long (maximum is 500)")]),
        ({"name": 5, "contacts": [5]}, [("name", "invalid"), ("contacts[0]", "invalid")]),
    ],
)
async def test_what_is_wrong_with_a_list_is_named(owner: Caller, body: Any, wanted: Any) -> None:
    assert wrong(await owner.post("/contact_lists", body)) == wanted


async def test_a_user_has_25_lists_at_most(owner: Caller) -> None:
    for number in range(24):
        await made(owner, f"List {number}")

    answers = await asyncio.gather(*[owner.post("/contact_lists", {"name": f"Last {n}"}) for n in range(2)])

    assert sorted(answer.status_code for answer in answers) == [201, 403]
    assert len((await owner.get("/contact_lists")).json()["collection"]) == 25


async def test_contacts_are_added_and_removed_as_often_as_one_likes(owner: Caller, clock: Clock) -> None:
    ada, bob = await contact(owner), await contact(owner, "bob@example.org")
    unknown = f"{API}/contacts/{new_id()}"
    listed = await made(owner, contacts=[ada])
    path = f"{path_of(listed)}/memberships"
    results = []
    for way in ("", "", "/removal", "/removal"):
        clock.advance(minutes=1)
        answer = await owner.post(path + way, {"contacts": [ada, bob, unknown]})
        resource = (await owner.get(path_of(listed))).json()["resource"]
        results.append((answer.status_code, answer.json(), resource["contact_count"], resource["updated_at"][14:16]))

    result = {"resource": {"processed": 2, "invalid": 1, "failed": [unknown]}}
    assert results == [(200, result, 2, "01"), (200, result, 2, "01"), (200, result, 0, "03"), (200, result, 0, "03")]
    assert len((await owner.get("/contacts")).json()["collection"]) == 2


@pytest.mark.parametrize("contacts", [[], ["x"] * 501, None])
async def test_one_to_500_contacts_are_added_at_once(owner: Caller, contacts: Any) -> None:
    listed = await made(owner)

    for way in ("memberships", "memberships/removal"):
        answer = await owner.post(f"{path_of(listed)}/{way}", {"contacts": contacts})
        assert [parameter for parameter, _ in wrong(answer)] == ["contacts"]


async def test_a_contact_that_is_deleted_leaves_its_lists(owner: Caller) -> None:
    ada = await contact(owner)
    listed = await made(owner, contacts=[ada])

    await owner.delete(ada.removeprefix(API))

    assert (await owner.get(path_of(listed))).json()["resource"]["contact_count"] == 0
    assert await members(owner, listed) == []


async def test_lists_are_their_user_s_own(owner: Caller, member: Caller, elsewhere: Organization) -> None:
    listed = await made(member)
    path = path_of(listed)
    stranger = Caller(owner.http, elsewhere.owner.headers)
    body = {"contacts": [await contact(owner)]}

    statuses = [
        [
            (await caller.get(path)).status_code,
            (await caller.patch(path, {"name": "Other"})).status_code,
            (await caller.post(f"{path}/memberships", body)).status_code,
            (await caller.post(f"{path}/memberships/removal", body)).status_code,
            (await caller.get("/contacts", {"contact_list": listed["uri"]})).status_code,
        ]
        for caller in (owner, stranger)
    ]

    assert statuses == [[403] * 5, [404] * 5]
    assert wrong(await owner.get("/contacts?contact_list=x")) == [("contact_list", "invalid")]
