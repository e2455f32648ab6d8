"""Making and changing event types of every kind over our own API; how hosts stand. Source: docs/api-extensions.md."""

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from conftest import Clock
from core.ledger import replay
from factories import API, URIS, Caller, Member, Organization, make_member
from openslot.db.pool import Conn
from openslot.services.serving import serve
from replaying import ledger_of

PATH = "/openslot/event_types"


@pytest.fixture
async def hosts(conn: Conn, organization: Organization, clock: Clock) -> list[Member]:
    return [
        await make_member(conn, organization.id, role="user", now=clock.now, name=f"Host {letter}") for letter in "ABC"
    ]


def serving(*hosts: Member, **terms: Any) -> list[dict[str, Any]]:
    return [{"user": URIS.user(host.id), **terms} for host in hosts]


async def make(caller: Caller, **values: Any) -> dict[str, Any]:
    answer = await caller.post(PATH, {"name": "Kiln tour", "duration": 30, **values})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["resource"]
    return found


def path_of(made: dict[str, Any]) -> str:
    return f"{PATH}/{made['uri'].rpartition('/')[2]}"


async def book(caller: Caller, made: dict[str, Any], start: str, **values: Any) -> dict[str, Any]:
    who = {"name": "Ada", "email": "ada@example.org", "timezone": "UTC"}
    answer = await caller.post(
        "/openslot/bookings", {"event_type": made["uri"], "start_time": start, "invitee": who, **values}
    )
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["resource"]
    return found


def refused(answer: Any) -> list[str]:
    assert answer.status_code == 400, answer.text
    return [detail["parameter"] for detail in answer.json()["details"]]


async def test_what_is_left_out_is_as_in_a_new_account(owner: Caller, organization: Organization) -> None:
    made = await make(owner)

    assert await owner.get(path_of(made)) is not None
    user = organization.owner.user
    assert made == {
        "uri": made["uri"], "owner": URIS.user(user.id), "name": "Kiln tour", "slug": "kiln-tour",
        "scheduling_url": f"https://book.example/{user.slug}/kiln-tour", "active": True, "kind": "solo",
        "pooling_type": None, "seats": 1, "duration": 30, "duration_options": None, "description": None,
        "internal_note": None, "color": "#0069ff", "locale": "en", "position": 0, "secret": False,
        "admin_managed": False, "locations": [], "custom_questions": [], "buffer_before": 0, "buffer_after": 0,
        "notice": 240, "increment": 30,
        "date_range": {"kind": "rolling", "days": 60, "business_days": False, "first": None, "last": None},
        "availability_schedule": None, "round_robin_mode": "maximize_availability", "lead_threshold": 3,
        "pool_sizes": None,
        "hosts": [{"user": URIS.user(user.id), "pool": 0, "priority": 2, "weight": 100}], "requires_approval": False,
        "cancel_cutoff": None, "reschedule_cutoff": None, "reminders": [], "reconfirmation": None,
        "redirect_url": None, "requires_cancel_reason": False, "splits_name": False, "text_reminders": False,
        "created_at": made["created_at"], "updated_at": made["updated_at"],
    }  # fmt: skip
    assert (await owner.get(path_of(made))).json()["resource"] == made
    assert (await owner.get(made["uri"].removeprefix(API))).json()["resource"]["name"] == "Kiln tour"


async def test_everything_that_is_set_is_kept_and_a_change_leaves_the_rest(owner: Caller, hosts: list[Member]) -> None:
    wanted: dict[str, Any] = {
        "name": "Glaze lab", "active": False, "seats": 12, "duration": 60, "duration_options": [30, 60],
        "description": "Bring <b>clay</b>", "internal_note": "Room 2", "color": "#aabbcc", "locale": "it",
        "position": 4,
        "admin_managed": True, "secret": True, "kind": "group", "pooling_type": "multi_pool",
        "locations": [{"kind": "physical", "location": "The yard"}],
        "custom_questions": [
            {"name": "Size?", "type": "single_select", "position": 0, "enabled": True, "required": True,
             "answer_choices": ["S", "M"], "include_other": False}
        ],
        "buffer_before": 5, "buffer_after": 10, "notice": 60, "increment": 15,
        "date_range": {
            "kind": "fixed", "days": None, "business_days": False, "first": "2027-01-05", "last": "2027-02-01",
        },
        "round_robin_mode": "equal_distribution", "lead_threshold": None, "pool_sizes": [1, 2],
        "hosts": [
            {"user": URIS.user(host.id), "pool": pool, "priority": 4, "weight": 50}
            for host, pool in zip(hosts, (0, 1, 1), strict=True)
        ],
        "requires_approval": True, "cancel_cutoff": 1440, "reschedule_cutoff": 0,
        "reconfirmation": {"ask_minutes": 1440, "by_minutes": 60, "action": "cancel"},
    }  # fmt: skip
    made = await make(owner, **wanted)
    changed = (await owner.patch(path_of(made), {"notice": 0, "reconfirmation": None})).json()["resource"]

    assert {name: made[name] for name in wanted} == wanted
    assert made["slug"] == "glaze-lab"
    assert made["scheduling_url"].startswith("https://book.example/d/")
    assert changed == made | {"notice": 0, "reconfirmation": None, "updated_at": changed["updated_at"]}
    plain = (await owner.get(made["uri"].removeprefix(API))).json()["resource"]
    assert plain["description_html"] == "<p>Bring &lt;b&gt;clay&lt;/b&gt;</p>"


@pytest.mark.parametrize(
    ("values", "parameters"),
    [
        ({"name": ""}, ["name"]),
        ({"duration": 0}, ["duration"]),
        ({"duration_options": [15]}, ["duration_options"]),
        ({"seats": 2}, ["seats"]),
        ({"kind": "group", "seats": 10_000}, ["seats"]),
        ({"kind": "group", "seats": 1}, ["seats"]),
        ({"color": "red"}, ["color"]),
        ({"buffer_before": -1, "buffer_after": 1441}, ["buffer_before", "buffer_after"]),
        ({"increment": 0}, ["increment"]),
        ({"notice": -1}, ["notice"]),
        ({"lead_threshold": 0}, ["lead_threshold"]),
        ({"locale": "tlh"}, ["locale"]),
        ({"cancel_cutoff": -1}, ["cancel_cutoff"]),
        ({"date_range": {"kind": "rolling"}}, ["date_range.days"]),
        ({"date_range": {"kind": "fixed", "first": "2027-01-05", "last": "2027-01-04"}}, ["date_range.last"]),
        ({"reconfirmation": {"ask_minutes": 60, "by_minutes": 60}}, ["reconfirmation.by_minutes"]),
        ({"locations": [{"kind": "moon"}]}, ["locations[0].kind"]),
        ({"pool_sizes": [1]}, ["pool_sizes"]),
        ({"pooling_type": "multi_pool"}, ["pool_sizes"]),
        ({"pooling_type": "multi_pool", "pool_sizes": [2]}, ["pool_sizes[0]"]),
        ({"pooling_type": "collective", "hosts": []}, ["hosts"]),
        ({"kind": "pair"}, ["kind"]),
        (
            {"custom_questions": [
                {"name": " ", "type": "moon", "position": 0, "enabled": True, "required": True, "answer_choices": [],
                 "include_other": False}]},
            ["custom_questions[0].name", "custom_questions[0].type"],
        ),
    ],
)  # fmt: skip
async def test_what_can_not_be_is_refused_by_name(owner: Caller, values: dict[str, Any], parameters: list[str]) -> None:
    answer = await owner.post(PATH, {"name": "Kiln tour", "duration": 30, **values})

    assert refused(answer) == parameters


async def test_hosts_are_checked_against_the_pooling(
    owner: Caller, hosts: list[Member], elsewhere: Organization
) -> None:
    body = {"name": "Kiln tour", "duration": 30}
    assert refused(await owner.post(PATH, body | {"hosts": serving(hosts[0])})) == ["hosts"]
    twice = {"pooling_type": "round_robin", "hosts": serving(hosts[0], hosts[0])}
    assert refused(await owner.post(PATH, body | twice)) == ["hosts"]
    pooled = {"pooling_type": "round_robin", "hosts": serving(hosts[0], pool=1, priority=5, weight=0)}
    assert refused(await owner.post(PATH, body | pooled)) == ["hosts[0].priority", "hosts[0].weight", "hosts[0].pool"]
    foreign = {"pooling_type": "round_robin", "hosts": serving(elsewhere.owner)}
    assert (await owner.post(PATH, body | foreign)).status_code == 403


async def test_members_make_their_own_and_admins_anybody_s(
    owner: Caller, member: Caller, organization: Organization
) -> None:
    own = await make(member)
    for_member = await make(owner, owner=URIS.user(organization.member.id), name="Made for you")
    body = {"name": "x", "duration": 30, "owner": URIS.user(organization.owner.id)}

    assert own["owner"] == for_member["owner"] == URIS.user(organization.member.id)
    assert (await member.post(PATH, body)).status_code == 403
    assert (await member.get(path_of(await make(owner)))).status_code == 403


async def test_admin_managed_event_types_are_changed_by_admins_alone(
    owner: Caller, member: Caller, organization: Organization
) -> None:
    made = await make(owner, owner=URIS.user(organization.member.id), admin_managed=True)
    plain = await make(member, name="Mine")

    assert (await member.get(path_of(made))).status_code == 200
    assert (await member.patch(path_of(made), {"duration": 45})).status_code == 403
    assert (await member.delete(path_of(made))).status_code == 403
    assert (await member.patch(path_of(plain), {"admin_managed": True})).status_code == 403
    assert (await member.post(PATH, {"name": "x", "duration": 30, "admin_managed": True})).status_code == 403
    assert (await owner.patch(path_of(made), {"duration": 45})).json()["resource"]["duration"] == 45


async def test_one_owner_has_a_slug_once(owner: Caller, admin: Caller) -> None:
    await make(owner)
    assert (await make(admin))["slug"] == "kiln-tour"

    again = await owner.post(PATH, {"name": "Kiln visit", "duration": 30, "slug": "kiln-tour"})

    assert again.status_code == 409


@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("Kiln  tour", ["kiln-tour", "kiln-tour-2", "kiln-tour-3"]),
        ("Straße", ["strasse", "strasse-2", "strasse-3"]),
        ("นัดหมาย", ["nadhmay", "nadhmay-2", "nadhmay-3"]),
        ("Встреча", ["vstrecha", "vstrecha-2", "vstrecha-3"]),
        ("😀", ["grinning", "grinning-2", "grinning-3"]),
        ("!!!", ["meeting", "meeting-2", "meeting-3"]),
        ("a" * 55, ["a" * 50, "a" * 48 + "-2", "a" * 48 + "-3"]),
    ],
)
async def test_names_in_any_letters_and_names_alike_have_an_address_each(
    owner: Caller, name: str, slugs: list[str]
) -> None:
    assert [(await make(owner, name=name))["slug"] for _ in slugs] == slugs


async def test_names_alike_in_their_first_letters_have_an_address_each(owner: Caller) -> None:
    begin = "Long consultation about the glazing of very large tiles"[:50]
    made = [await make(owner, name=f"{begin} {ending}") for ending in "abc"]

    assert len({one["slug"] for one in made}) == 3
    assert all(len(one["slug"]) <= 50 for one in made)


@pytest.mark.parametrize("slug", ["straße", "นัดหมาย", "встреча", "😀", "kiln tour", "", "a" * 51])
async def test_the_refusal_of_a_slug_in_other_letters_names_what_is_allowed(owner: Caller, slug: str) -> None:
    answer = await owner.post(PATH, {"name": "Kiln tour", "duration": 30, "slug": slug})

    assert answer.status_code == 400
    assert answer.json()["details"] == [
        {"parameter": "slug", "message": "must have letters from a to z, digits and hyphens alone, 50 at most"}
    ]


def select(*choices: str, kind: str = "single_select", include_other: bool = False) -> dict[str, Any]:
    return {
        "name": "Size?", "type": kind, "position": 0, "enabled": True, "required": True,
        "answer_choices": list(choices), "include_other": include_other,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["single_select", "multi_select"])
async def test_choices_are_kept_as_they_are_chosen(owner: Caller, kind: str) -> None:
    given = ["Small ", "\u00a0Middle\u200b", "Very\r\nlarge", "", " ", "Small", "Salt, pepper"]
    made = await make(owner, custom_questions=[select(*given, kind=kind)])
    kept = ["Small", "Middle", "Very large", "Salt, pepper"]
    assert made["custom_questions"][0]["answer_choices"] == kept
    changed = (await owner.patch(path_of(made), {"custom_questions": [select(*given, kind=kind)]})).json()["resource"]
    assert changed["custom_questions"][0]["answer_choices"] == kept

    for hour, choice in enumerate(["Small", "Small ", "\u00a0Middle\u200b", "Very  large"], start=10):
        answer = {"question": "Size?", "answer": choice, "position": 0}
        booked = await book(owner, made, f"2027-01-05T{hour}:00:00Z", questions_and_answers=[answer])
        assert booked["questions_and_answers"][0]["answer"] in kept


async def test_a_choice_that_nobody_could_give_as_an_answer_is_refused(owner: Caller) -> None:
    for choices in ([""], [" ", "\u200b"], []):
        answer = await owner.post(PATH, {"name": "x", "duration": 30, "custom_questions": [select(*choices)]})
        assert refused(answer) == ["custom_questions[0].answer_choices"]
    answer = await owner.post(PATH, {"name": "x", "duration": 30, "custom_questions": [select("a", "b" * 10_001)]})
    assert refused(answer) == ["custom_questions[0].answer_choices[1]"]


async def test_what_was_stored_before_does_not_stand_in_the_way_of_a_change(owner: Caller, conn: Conn) -> None:
    made = await make(owner)
    await conn.execute(
        "UPDATE event_types SET custom_questions = %s, locations = %s WHERE id = %s",
        (
            Jsonb([select("", "x" * 10_001)]), Jsonb([{"kind": "inbound_call", "phone_number": "+1234567"}]),
            made["uri"].rpartition("/")[2],
        ),
    )  # fmt: skip

    assert (await owner.patch(path_of(made), {"notice": 5})).status_code == 200


async def test_what_is_deleted_is_on_no_list_and_readable_by_its_id(owner: Caller, organization: Organization) -> None:
    made = await make(owner)

    assert (await owner.delete(path_of(made))).status_code == 204
    assert (await owner.delete(path_of(made))).status_code == 404
    assert (await owner.patch(path_of(made), {"notice": 0})).status_code == 404
    listed = (await owner.get(f"/event_types?user={URIS.user(organization.owner.id)}")).json()["collection"]
    assert made["uri"] not in [one["uri"] for one in listed]
    assert (await owner.get(made["uri"].removeprefix(API))).json()["resource"]["deleted_at"] is not None


async def test_who_joins_late_stands_level_and_a_new_weight_keeps_the_lead(
    conn: Conn, owner: Caller, organization: Organization, hosts: list[Member]
) -> None:
    first, second, third = hosts
    made = await make(
        owner, pooling_type="round_robin", round_robin_mode="equal_distribution", notice=0,
        hosts=serving(first, second),
    )  # fmt: skip
    for hour in range(8, 12):
        await book(owner, made, f"2027-01-05T{hour:02}:00:00Z")
    await owner.patch(path_of(made), {"hosts": serving(first, second, third)})
    joined = (await owner.get(f"{path_of(made)}/standings")).json()["collection"]
    wanted = [*serving(first, weight=200), *serving(second, third)]
    await owner.patch(path_of(made), {"hosts": wanted})
    reweighed = (await owner.get(f"{path_of(made)}/standings")).json()["collection"]
    await owner.patch(path_of(made), {"hosts": serving(third, second)})
    entries = (await owner.get(f"{path_of(made)}/ledger?count=100")).json()["collection"]

    assert [(one["assigned"], one["credit"]) for one in joined] == [(2, 0), (2, 0), (0, 2)]
    assert [(one["weight"], one["assigned"] + one["credit"]) for one in reweighed] == [(200, 4), (100, 2), (100, 2)]
    names = [one["entry"] for one in entries]
    assert names == ["joined"] * 2 + ["assigned"] * 4 + ["joined", "changed", "left", "changed"]
    event_type_id = made["uri"].rpartition("/")[2]
    served = await serve(conn, organization.id, event_type_id)
    replayed = replay(await ledger_of(conn, organization.id, event_type_id))
    assert sorted(replayed, key=lambda one: one.host) == sorted(served.standings(), key=lambda one: one.host)


async def test_a_host_changes_pools(owner: Caller, hosts: list[Member]) -> None:
    first, second, third = hosts
    made = await make(
        owner, pooling_type="multi_pool", pool_sizes=[1, 1], notice=0,
        hosts=[*serving(first, pool=0), *serving(second, third, pool=1)],
    )  # fmt: skip
    await book(owner, made, "2027-01-05T09:00:00Z")
    moved = [*serving(first, third, pool=0), *serving(second, pool=1)]
    changed = (await owner.patch(path_of(made), {"hosts": moved})).json()["resource"]
    after = await book(owner, made, "2027-01-05T10:00:00Z")

    assert [one["pool"] for one in changed["hosts"]] == [0, 0, 1]
    assert after["status"] == "active"


async def test_the_ledger_has_pages(owner: Caller, hosts: list[Member]) -> None:
    made = await make(owner, pooling_type="round_robin", hosts=serving(*hosts))

    first = (await owner.get(f"{path_of(made)}/ledger?count=2")).json()
    second = (
        await owner.get(f"{path_of(made)}/ledger?count=2&page_token={first['pagination']['next_page_token']}")
    ).json()

    assert [one["entry"] for one in first["collection"] + second["collection"]] == ["joined"] * 3
    assert second["pagination"]["next_page"] is None


async def test_a_secret_event_type_is_booked_through_its_own_address(owner: Caller) -> None:
    made = await make(owner, secret=True, notice=0)
    times = (
        await owner.get(
            "/openslot/available_times",
            {"event_type": made["uri"], "start_time": "2027-01-05T09:00:00Z", "end_time": "2027-01-05T10:00:00Z"},
        )
    ).json()["collection"]

    assert [one["scheduling_url"].partition("?")[0] for one in times] == [
        f"{made['scheduling_url']}/2027-01-05T09:00:00Z",
        f"{made['scheduling_url']}/2027-01-05T09:30:00Z",
    ]
