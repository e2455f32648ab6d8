"""Invitations over the API. Source: GET and POST /organizations/{uuid}/invitations; behaviours, sections 3, 6 and 7."""

from typing import Any

import httpx
import pytest

from conftest import Clock
from factories import API, URIS, Caller, Organization, principal_of
from openslot.db import invitations
from openslot.db.pool import Conn
from openslot.services import inviting
from openslot.services.inviting import Joining

RACE = "A race condition occurred when processing the request.  Please try the request again."


@pytest.fixture
def path(organization: Organization) -> str:
    return f"/organizations/{organization.id}/invitations"


async def invited(caller: Caller, path: str, *names: str) -> list[dict[str, Any]]:
    """Invitations of these names at an example's domain."""
    answers = [await caller.post(path, {"email": f"{name}@new.example"}) for name in names]
    assert [one.status_code for one in answers] == [201] * len(names), [one.text for one in answers]
    return [one.json()["resource"] for one in answers]


def emails_of(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["email"].partition("@")[0] for one in answer.json()["collection"]]


async def decline(conn: Conn, invitation: dict[str, Any]) -> None:
    await conn.execute(
        "UPDATE invitations SET status = 'declined' WHERE id = %s", (invitation["uri"].rpartition("/")[2],)
    )


async def test_an_invitation_is_as_the_contract_has_it_when_made_listed_and_read(
    owner: Caller, organization: Organization, path: str
) -> None:
    (made,) = await invited(owner, path, "Ada")
    moment = "2027-01-04T08:00:00.000000Z"
    assert made == {
        "uri": made["uri"],
        "organization": f"{API}/organizations/{organization.id}",
        "email": "Ada@new.example",
        "status": "pending",
        "created_at": moment,
        "updated_at": moment,
        "last_sent_at": moment,
    }
    assert made["uri"].startswith(f"{API}{path}/")
    assert (await owner.get(made["uri"].removeprefix(API))).json() == {"resource": made}
    assert (await owner.get(path)).json()["collection"] == [made]


async def test_one_that_was_accepted_names_the_user(
    conn: Conn, owner: Caller, organization: Organization, path: str, clock: Clock
) -> None:
    principal = await principal_of(conn, organization.owner, now=clock.now)
    email = f"{organization.id.hex}@new.example"
    sent = await inviting.invite(conn, principal, email, uris=URIS, now=clock.now)
    joining = Joining(name="Ada", timezone="Europe/Rome", password_hash="$")
    user = await inviting.accept(conn, sent.link.rpartition("/")[2], joining, uris=URIS, now=clock.now)
    (listed,) = (await owner.get(path, {"status": "accepted"})).json()["collection"]
    assert (listed["status"], listed["user"]) == ("accepted", f"{API}/users/{user.id}")
    again = await owner.post(path, {"email": email.upper()})
    assert (again.status_code, again.json()) == (
        400,
        {"title": "Already Organization Member", "message": f"{email.upper()} is already in the organization"},
    )
    revoked = await owner.delete(listed["uri"].removeprefix(API))
    assert (revoked.status_code, revoked.json()) == (
        400, {"title": "Invitation Already Accepted", "message": "The invitation has already been accepted."},
    )  # fmt: skip


async def test_the_list_is_filtered_by_status_and_by_any_spelling_of_an_address(
    conn: Conn, owner: Caller, path: str
) -> None:
    first, _ = await invited(owner, path, "ada", "bea")
    await decline(conn, first)
    found = [
        emails_of(await owner.get(path, filters))
        for filters in (
            {"status": "pending"}, {"status": "declined"}, {"status": "accepted"}, {"email": "BEA@NEW.example"},
            {"email": "bea@new.example", "status": "declined"}, {"email": "bea"},
        )
    ]  # fmt: skip
    assert found == [["bea"], ["ada"], [], ["bea"], [], []]


async def test_a_plus_in_an_address_need_not_be_encoded(owner: Caller, path: str) -> None:
    await invited(owner, path, "ada+tour")
    assert emails_of(await owner.get(f"{path}?email=ada+tour@new.example")) == ["ada+tour"]


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [
        (None, ["cy", "ada", "bea"]),
        ("created_at", ["cy", "ada", "bea"]),
        ("created_at:desc", ["bea", "ada", "cy"]),
        ("email", ["ada", "bea", "cy"]),
        ("email:desc,created_at:asc", ["cy", "bea", "ada"]),
    ],
)
async def test_the_list_is_sorted_page_by_page_in_both_directions(
    owner: Caller, path: str, clock: Clock, sort: str | None, wanted: list[str]
) -> None:
    for name in ("cy", "ada", "bea"):
        await invited(owner, path, name)
        clock.advance(seconds=1)
    given = {"count": 2} | ({} if sort is None else {"sort": sort})
    first = await owner.get(path, given)
    second = await owner.get(first.json()["pagination"]["next_page"].removeprefix(API))
    back = await owner.get(second.json()["pagination"]["previous_page"].removeprefix(API))
    assert emails_of(first) + emails_of(second) == wanted
    assert emails_of(back) == wanted[:2]


@pytest.mark.parametrize(
    "query", ["count=0", "count=101", "sort=name", "sort=email:up", "status=revoked", "page_token=x"]
)
async def test_what_is_out_of_bounds_is_named(owner: Caller, path: str, query: str) -> None:
    answer = await owner.get(f"{path}?{query}")
    assert (answer.status_code, [one["parameter"] for one in answer.json()["details"]]) == (
        400, [query.partition("=")[0]],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"email": "x@y"}, {"title": "Invalid Email", "message": "x@y is an invalid email format"}),
        (
            {"email": " "},
            {
                "title": "Invalid Argument",
                "message": "The supplied parameters are invalid.",
                "details": [{"parameter": "email", "message": "must be filled"}],
            },
        ),
        (
            {"email": "ADA@new.example"},
            {"title": "Already Invited", "message": "ADA@new.example has already been invited"},
        ),
    ],
)
async def test_who_can_not_be_invited_is_refused_in_the_words_of_the_contract(
    owner: Caller, path: str, body: object, error: object
) -> None:
    await invited(owner, path, "ada")
    answer = await owner.post(path, body)
    assert (answer.status_code, answer.json()) == (400, error)


@pytest.mark.parametrize("body", [{}, {"email": None}, {"email": 7}, {"email": ["a@b.example"]}])
async def test_an_address_has_to_be_a_text(owner: Caller, path: str, body: object) -> None:
    answer = await owner.post(path, body)
    assert (answer.status_code, [one["parameter"] for one in answer.json()["details"]]) == (400, ["email"])


async def test_unknown_keys_are_ignored(owner: Caller, path: str) -> None:
    answer = await owner.post(path, {"email": "ada@new.example", "role": "owner"})
    assert answer.status_code == 201
    assert emails_of(await owner.get(path, {"page_size": 3})) == ["ada"]


async def test_an_invitation_that_another_makes_at_the_same_moment_is_a_race(
    owner: Caller, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def insert(*_: object, **__: object) -> bool:
        return False

    monkeypatch.setattr(invitations, "insert", insert)
    answer = await owner.post(path, {"email": "ada@new.example"})
    assert (answer.status_code, answer.json()) == (400, {"title": "Race Condition", "message": RACE})


async def test_a_revoked_one_is_gone(owner: Caller, path: str) -> None:
    (made,) = await invited(owner, path, "ada")
    alone = made["uri"].removeprefix(API)
    done = await owner.delete(alone)
    assert (done.status_code, done.content) == (204, b"")
    assert [(await one).status_code for one in (owner.get(alone), owner.delete(alone))] == [404, 404]
    assert emails_of(await owner.get(path)) == []


async def test_admins_may_what_owners_may_and_members_nothing(
    admin: Caller, owner: Caller, member: Caller, path: str
) -> None:
    (made,) = await invited(admin, path, "ada")
    alone = made["uri"].removeprefix(API)
    answers = [
        await member.get(path), await member.post(path, {"email": "bea@new.example"}), await member.get(alone),
        await member.delete(alone),
    ]  # fmt: skip
    assert [(one.status_code, one.json()) for one in answers] == [
        (403, {"title": "Permission Denied", "message": "You do not have permission"})
    ] * 4
    assert emails_of(await owner.get(path)) == ["ada"]


async def test_the_invitations_of_another_organization_are_not_there(
    owner: Caller, path: str, elsewhere: Organization
) -> None:
    (made,) = await invited(owner, path, "ada")
    foreign, name = f"/organizations/{elsewhere.id}/invitations", made["uri"].rpartition("/")[2]
    answers = [
        await owner.get(foreign), await owner.post(foreign, {"email": "bea@new.example"}),
        await owner.get(f"{foreign}/{name}"), await owner.delete(f"{foreign}/{name}"),
        await owner.get("/organizations/nothing/invitations"), await owner.get(f"{path}/nothing"),
    ]  # fmt: skip
    assert [one.status_code for one in answers] == [404] * 6


async def test_the_activity_log_has_what_became_of_an_invitation_and_who_sent_it(
    owner: Caller, organization: Organization, path: str, clock: Clock
) -> None:
    (made,) = await invited(owner, path, "ada")
    clock.advance(seconds=1)
    await owner.delete(made["uri"].removeprefix(API))
    log = await owner.get(
        "/activity_log_entries",
        {"organization": f"{API}/organizations/{organization.id}", "namespace": "organization_invitation"},
    )
    entries = log.json()["collection"]
    assert [(one["action"], one["actor"]["uri"], one["details"]["payload"]["email"]) for one in entries] == [
        (action, f"{API}/users/{organization.owner.id}", "ada@new.example") for action in ("revoked", "created")
    ]


async def test_an_address_with_letters_of_its_own_is_found_in_either_spelling(owner: Caller, path: str) -> None:
    made = await owner.post(path, {"email": "ada@xn--bcher-kva.example"})
    again = await owner.post(path, {"email": "ADA@BÜCHER.example"})
    assert (made.status_code, again.json()["title"]) == (201, "Already Invited")
    assert len(emails_of(await owner.get(path, {"email": "ada@bücher.example"}))) == 1


async def test_a_user_of_another_organization_is_invited_without_a_word_of_it(
    owner: Caller, path: str, elsewhere: Organization
) -> None:
    answer = await owner.post(path, {"email": elsewhere.member.user.email})
    assert (answer.status_code, answer.json()["resource"]["status"]) == (201, "pending")
