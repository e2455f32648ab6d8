"""Making and changing one-on-one event types as Calendly's API does. Source: behaviours, section 8."""

from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Caller, Organization, make_event_type
from openslot.core.ids import new_id
from openslot.core.kinds import ONE_OFF, Kind, Pooling
from openslot.db.pool import Conn

PATH = "/event_types"
YARD = {"kind": "physical", "location": "The yard", "additional_info": "Ring twice"}


def wanted(organization: Organization, **values: Any) -> dict[str, Any]:
    return {"owner": URIS.user(organization.owner.id), "name": "Glaze talk", **values}


async def make(owner: Caller, organization: Organization, **values: Any) -> dict[str, Any]:
    answer = await owner.post(PATH, wanted(organization, **values))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["resource"]
    return made


async def test_a_new_one_has_what_was_wanted_and_is_inactive_whatever_was_sent(
    owner: Caller, organization: Organization
) -> None:
    host = organization.owner.user
    sent = wanted(
        organization,
        active=True,
        description="Bring <your> pots.",
        duration=45,
        duration_options=[45, 90],
        locations=[YARD],
        color="#B35900",
        locale="it",
    )

    answer = await owner.post(PATH, sent)

    made = answer.json()["resource"]
    assert (answer.status_code, made) == (
        201,
        {
            "uri": made["uri"],
            "name": "Glaze talk",
            "active": False,
            "slug": "glaze-talk",
            "scheduling_url": f"https://book.example/{host.slug}/glaze-talk",
            "duration": 45,
            "kind": "solo",
            "pooling_type": None,
            "type": "StandardEventType",
            "color": "#b35900",
            "created_at": "2027-01-04T08:00:00.000000Z",
            "updated_at": "2027-01-04T08:00:00.000000Z",
            "internal_note": None,
            "description_plain": "Bring <your> pots.",
            "profile": {"type": "User", "name": host.name, "owner": URIS.user(host.id)},
            "secret": False,
            "booking_method": "instant",
            "custom_questions": [],
            "deleted_at": None,
            "description_html": "<p>Bring &lt;your&gt; pots.</p>",
            "admin_managed": False,
            "duration_options": [45, 90],
            "is_paid": False,
            "locations": [YARD],
            "position": 0,
            "locale": "it",
            "kind_description": "One-on-One",
        },
    )
    assert (await owner.get(made["uri"].removeprefix(URIS.api))).json()["resource"] == made


async def test_a_name_is_enough_and_keys_that_are_not_known_are_ignored(
    owner: Caller, organization: Organization
) -> None:
    ignored = {"slug": "own", "custom_questions": "x", "kind": "group", "pooling_type": 1, "secret": True}

    made = await make(owner, organization, **ignored)

    shown = ("slug", "custom_questions", "kind", "pooling_type", "secret", "duration", "duration_options", "locations")
    assert [made[name] for name in shown] == ["glaze-talk", [], "solo", None, False, 30, None, []]


async def test_a_name_that_the_owner_has_already_gets_a_numbered_slug(
    owner: Caller, organization: Organization
) -> None:
    assert [(await make(owner, organization))["slug"] for _ in range(2)] == ["glaze-talk", "glaze-talk-2"]


async def test_it_is_booked_once_it_is_active(owner: Caller, organization: Organization) -> None:
    made = await make(owner, organization)
    times = f"/event_type_available_times?event_type={made['uri']}"
    times += "&start_time=2027-01-05T00:00:00Z&end_time=2027-01-06T00:00:00Z"
    path = made["uri"].removeprefix(URIS.api)

    closed = (await owner.get(times)).json()["collection"]
    changed = await owner.patch(path, {"active": True})
    offered = (await owner.get(times)).json()["collection"]

    assert (closed, changed.json()["resource"]["active"], len(offered)) == ([], True, 16)


async def test_what_is_left_out_of_a_change_stays_and_so_does_the_slug(
    owner: Caller, organization: Organization, clock: Clock
) -> None:
    made = await make(owner, organization, duration=45, duration_options=[45, 90], description="Pots", locations=[YARD])
    clock.advance(minutes=1)
    changes = {"name": "Kiln talk", "slug": "kiln-talk", "custom_questions": [{"name": "Why?"}], "owner": "x"}

    answer = await owner.patch(made["uri"].removeprefix(URIS.api), changes)

    later = {"name": "Kiln talk", "updated_at": "2027-01-04T08:01:00.000000Z"}
    assert (answer.status_code, answer.json()["resource"]) == (200, made | later)


async def test_an_empty_change_changes_nothing(owner: Caller, organization: Organization, clock: Clock) -> None:
    made = await make(owner, organization)
    clock.advance(minutes=1)

    assert (await owner.patch(made["uri"].removeprefix(URIS.api), {})).json()["resource"] == made


WRONG: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"name": " ", "duration": 0}, [("name", "must be filled"), ("duration", "must be from 1 to 720")]),
    ({"duration": 721}, [("duration", "must be from 1 to 720")]),
    ({"duration": 30, "duration_options": [45, 60]}, [("duration_options", "must contain duration")]),
    ({"duration": 30, "duration_options": [30, 30]}, [("duration_options", "must be unique")]),
    (
        {"duration": 30, "duration_options": [30, 10, 20, 40, 50]},
        [("duration_options", "must have at most 4 items")],
    ),
    (
        {"color": "red", "locale": "la", "locations": [{"kind": "moon"}, {"kind": "inbound_call"}]},
        [
            ("locations[0].kind", "invalid"),
            ("locations[1].phone_number", "must be filled"),
            ("color", "must be #rrggbb"),
            ("locale", "must be one of de, en, es, fr, it, nl, pt, th, uk"),
        ],
    ),
    ({"active": "yes", "description": 3}, [("active", "invalid"), ("description", "invalid")]),
]


@pytest.mark.parametrize(("values", "details"), WRONG)
async def test_all_that_is_wrong_is_named_in_one_answer(
    owner: Caller, organization: Organization, values: dict[str, Any], details: list[tuple[str, str]]
) -> None:
    path = f"{PATH}/{organization.event_type_id}"

    made, changed = await owner.post(PATH, wanted(organization, **values)), await owner.patch(path, values)

    for answer in (made, changed):
        found = [(one["parameter"], one["message"]) for one in answer.json()["details"]]
        assert (answer.status_code, sorted(found)) == (400, sorted(details))


async def test_owner_and_name_are_needed(owner: Caller) -> None:
    answer = await owner.post(PATH, {})

    assert [(one["parameter"], one["message"]) for one in answer.json()["details"]] == [
        ("name", "is missing"),
        ("owner", "is missing"),
    ]


async def test_an_admin_names_another_member_as_owner_and_changes_what_it_has(
    admin: Caller, member: Caller, organization: Organization
) -> None:
    host = organization.member.user

    made = (await admin.post(PATH, {"owner": URIS.user(host.id), "name": "Glaze talk"})).json()["resource"]
    changed = await admin.patch(made["uri"].removeprefix(URIS.api), {"duration": 20})

    assert made["profile"] == {"type": "User", "name": host.name, "owner": URIS.user(host.id)}
    assert (changed.status_code, changed.json()["resource"]["duration"]) == (200, 20)
    assert (await member.get(made["uri"].removeprefix(URIS.api))).status_code == 200


async def test_a_member_makes_and_changes_only_the_own(
    conn: Conn, member: Caller, organization: Organization, elsewhere: Organization, clock: Clock
) -> None:
    own = await make_event_type(conn, organization.member.user, now=clock.now)
    managed = await make_event_type(conn, organization.member.user, now=clock.now, admin_managed=True)
    owners = [organization.member.id, organization.owner.id, elsewhere.owner.id]
    changed = [own, managed, organization.event_type_id, elsewhere.event_type_id, new_id()]

    made = [await member.post(PATH, {"owner": URIS.user(one), "name": "Glaze talk"}) for one in owners]
    answers = [await member.patch(f"{PATH}/{one}", {"name": "Glaze talk"}) for one in changed]

    assert [(one.status_code, one.json().get("message")) for one in made] == [
        (201, None),
        (403, "You do not have permission"),
        (403, "This user is not in your organization"),
    ]
    assert [one.status_code for one in answers] == [200, 403, 403, 404, 404]


@pytest.mark.parametrize(
    "values",
    [
        {"kind": Kind.GROUP, "seats": 5},
        {"pooling_type": Pooling.ROUND_ROBIN},
        {"pooling_type": Pooling.COLLECTIVE},
        {"type": ONE_OFF},
    ],
)
async def test_only_one_on_one_types_are_changed_here(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock, values: dict[str, Any]
) -> None:
    event_type_id = await make_event_type(conn, organization.owner.user, now=clock.now, **values)

    answer = await owner.patch(f"{PATH}/{event_type_id}", {"name": "Glaze talk"})

    assert (answer.status_code, answer.json()["details"]) == (
        400,
        [{"message": "must be a one-on-one event type", "parameter": "event_type"}],
    )


async def test_a_deleted_one_is_not_there_to_be_changed(owner: Caller, organization: Organization) -> None:
    await owner.delete(f"/openslot/event_types/{organization.event_type_id}")

    assert (await owner.patch(f"{PATH}/{organization.event_type_id}", {"name": "x"})).status_code == 404
