"""A user's contacts over the API. Source: contract, contacts; since-september, section 2."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from conftest import Clock
from factories import API, PAGES, Caller, Organization, make_booking
from openslot.db.pool import Conn

ADA = {"name": "Ada Example", "emails": [{"email": "ada@example.org", "is_primary": True}]}
FULL = {
    "name": " Ada  Example ",
    "emails": [
        {"email": "ada@example.org", "is_primary": True},
        {"email": "Ada@Work.example", "is_primary": False},
    ],
    "phone_numbers": [{"phone_number": "+39 06 5550 0123"}],
    "timezone": "Europe/Rome",
    "job_title": "Potter",
    "company": "Example Tiles",
    "country": "IT",
    "state": "Lazio",
    "city": "Rome",
    "linkedin": "https://www.linkedin.com/in/ada",
}


def one_of(*emails: str, **fields: Any) -> dict[str, Any]:
    addresses = [{"email": email, "is_primary": index == 0} for index, email in enumerate(emails)]
    return {"name": "Ada Example", "emails": addresses} | fields


async def made(caller: Caller, body: Any = None) -> dict[str, Any]:
    answer = await caller.post("/contacts", ADA if body is None else body)
    assert answer.status_code == 201, answer.text
    resource: dict[str, Any] = answer.json()["resource"]
    return resource


def path_of(contact: dict[str, Any]) -> str:
    uri: str = contact["uri"]
    return uri.removeprefix(API)


def wrong(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 400, answer.text
    return [(one["parameter"], one["message"]) for one in answer.json()["details"]]


async def names(caller: Caller, query: str) -> list[str]:
    answer = await caller.get(f"/contacts?{query}")
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["collection"]]


async def field(caller: Caller, **body: Any) -> dict[str, Any]:
    answer = await caller.post("/contacts/custom_field_definitions", {"label": "Budget"} | body)
    assert answer.status_code == 201, answer.text
    resource: dict[str, Any] = answer.json()["resource"]
    return resource


def uuid_of(resource: dict[str, Any]) -> str:
    return str(resource["uri"]).rpartition("/")[2]


async def test_a_contact_is_answered_as_it_is_kept(owner: Caller) -> None:
    contact = await made(owner, FULL)

    uuid = uuid_of(contact)
    assert contact == {
        "uri": f"{API}/contacts/{uuid}",
        "app_url": f"{PAGES}/app/contacts/{uuid}",
        "name": "Ada Example",
        "emails": FULL["emails"],
        "phone_numbers": [{"phone_number": "+390655500123"}],
        "timezone": "Europe/Rome",
        "job_title": "Potter",
        "company": "Example Tiles",
        "country": "IT",
        "state": "Lazio",
        "city": "Rome",
        "linkedin": "https://www.linkedin.com/in/ada",
        "custom_fields": [],
        "created_at": "2027-01-04T08:00:00Z",
        "updated_at": "2027-01-04T08:00:00Z",
        "first_email_date": None,
        "last_email_date": None,
        "next_meeting_date": None,
        "last_meeting_date": None,
        "last_interaction_date": None,
    }
    assert (await owner.get(path_of(contact))).json() == {"resource": contact}


async def test_all_that_is_wrong_is_named_in_one_answer(owner: Caller) -> None:
    answer = await owner.post(
        "/contacts",
        {
            "name": " ",
            "emails": [
                {"email": "ada@example.org", "is_primary": True},
                {"email": "ADA@example.org", "is_primary": True},
                {"email": "ada", "is_primary": False},
                {"is_primary": False},
            ],
            "phone_numbers": [{"phone_number": "5550123"}],
            "timezone": "Europe/Atlantis",
            "company": 5,
            "country": "Italy",
            "linkedin": "ada",
            "custom_fields": [{"uuid": "x", "value": "y"}],
        },
    )

    assert sorted(wrong(answer)) == [
        ("company", "invalid"),
        ("country", "invalid"),
        ("custom_fields[0].uuid", "is not a custom field"),
        ("emails[0].email", "is named more than once"),
        ("emails[1].email", "is named more than once"),
        ("emails[2].email", "invalid"),
        ("emails[3].email", "is missing"),
        ("linkedin", "invalid"),
        ("name", "must be filled"),
        ("phone_numbers[0].phone_number", "must begin with the country code, such as +39"),
        ("timezone", "invalid"),
    ]


@pytest.mark.parametrize(
    ("emails", "wanted"),
    [
        ([], [("emails", "is too short (minimum is 1)")]),
        ([{"email": f"a{n}@example.org", "is_primary": n == 0} for n in range(11)],
         [("emails", "is too long (maximum is 10)")]),
        ([{"email": "ada@example.org", "is_primary": False}], [("emails", "must have exactly one primary address")]),
    ],
)  # fmt: skip
async def test_a_contact_has_one_to_ten_addresses_and_one_is_primary(owner: Caller, emails: Any, wanted: Any) -> None:
    assert wrong(await owner.post("/contacts", ADA | {"emails": emails})) == wanted


async def test_unknown_keys_are_ignored_when_a_contact_is_made_and_refused_when_it_is_changed(owner: Caller) -> None:
    contact = await made(owner, ADA | {"nickname": "A"})

    answer = await owner.patch(path_of(contact), {"nickname": "A", "city": "Rome"})

    assert wrong(answer) == [("nickname", "is not a known key")]
    assert (await owner.get(path_of(contact))).json() == {"resource": contact}


async def test_a_change_of_nothing_is_refused(owner: Caller) -> None:
    contact = await made(owner)

    assert wrong(await owner.patch(path_of(contact), {})) == [("body", "must be filled")]


async def test_what_is_left_out_stays_and_null_removes(owner: Caller, clock: Clock) -> None:
    contact = await made(owner, FULL)
    clock.advance(minutes=5)

    answer = await owner.patch(path_of(contact), {"company": None, "city": "Milan", "phone_numbers": []})

    assert answer.json()["resource"] == contact | {
        "company": None, "city": "Milan", "phone_numbers": [], "updated_at": "2027-01-04T08:05:00Z",
    }  # fmt: skip


async def test_addresses_are_replaced_by_a_change(owner: Caller) -> None:
    contact = await made(owner, FULL)
    emails = [
        {"email": "ada@home.example", "is_primary": True},
        {"email": "ada@work.example", "is_primary": False},
    ]

    changed = (await owner.patch(path_of(contact), {"emails": emails})).json()["resource"]

    assert changed["emails"] == emails
    await made(owner)  # the address that was given up is free


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@Example.ORG"])
async def test_no_two_contacts_of_a_user_have_one_address(owner: Caller, email: str) -> None:
    await made(owner)
    other = await made(owner, one_of("bob@example.org"))
    taken = {"title": "Already Exists", "message": "Contact with this email already exists"}

    created = await owner.post("/contacts", one_of("new@example.org", email))
    changed = await owner.patch(path_of(other), {"name": "Bob", "emails": one_of(email)["emails"]})

    assert [(one.status_code, one.json()) for one in (created, changed)] == [(409, taken)] * 2
    assert (await owner.get(path_of(other))).json() == {"resource": other}
    assert (await owner.get("/contacts?email=new@example.org")).json()["collection"] == []


async def test_contacts_are_their_user_s_own(owner: Caller, member: Caller, elsewhere: Organization) -> None:
    contact = await made(member)
    stranger = Caller(owner.http, elsewhere.owner.headers)

    calls = [
        [await one.get(path_of(contact)), await one.patch(path_of(contact), {"city": "Rome"}),
         await one.delete(path_of(contact))]
        for one in (owner, stranger)
    ]  # fmt: skip

    assert [[answer.status_code for answer in answers] for answers in calls] == [[403] * 3, [404] * 3]
    assert calls[0][0].json()["message"] == "You do not have permission to access this resource."
    assert await names(owner, "count=5") == []
    await made(owner)  # the address is taken only among the member's
    assert (await member.get(path_of(contact))).json() == {"resource": contact}


async def test_a_deleted_contact_is_gone(owner: Caller) -> None:
    contact = await made(owner)

    answer = await owner.delete(path_of(contact))

    assert (answer.status_code, answer.content) == (204, b"")
    assert [(await owner.get(path_of(contact))).status_code, (await owner.delete(path_of(contact))).status_code] == [
        404,
        404,
    ]


@pytest.fixture
async def three(owner: Caller, clock: Clock) -> None:
    """Ada, Bob and Cy, a minute apart."""
    for body in (
        FULL,
        one_of("bob@example.org", name="Bob 100%", company="Tiles_and_More", country="DE", timezone="Etc/GMT+5"),
        one_of("cy@example.org", name="Cy", city="Nea Roma", state="Lazio", job_title="Head potter"),
    ):
        await made(owner, body)
        clock.advance(minutes=1)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("email=ADA@work.example", ["Ada Example"]),
        ("email=bob@example.org, cy@example.org", ["Bob 100%", "Cy"]),
        ("email=bob@example", []),
        ("phone_number=%2B390655500123", ["Ada Example"]),
        ("phone_number=+390655500123", ["Ada Example"]),
        ("phone_number=%2B39065550", []),
        ("timezone=Europe/Rome", ["Ada Example"]),
        ("timezone=Etc/GMT+5,Asia/Tokyo", ["Bob 100%"]),
        ("name=ADA,cy", ["Ada Example", "Cy"]),
        ("name=%25", ["Bob 100%"]),
        ("job_title=potter", ["Ada Example", "Cy"]),
        ("company=s_a", ["Bob 100%"]),
        ("country=it", ["Ada Example"]),
        ("country=IT,DE", ["Ada Example", "Bob 100%"]),
        ("state=Lazio", ["Ada Example", "Cy"]),
        ("state=Laz", []),
        ("city=rom", ["Ada Example", "Cy"]),
        ("city=rom&state=Lazio&name=cy", ["Cy"]),
        ("email=,", ["Ada Example", "Bob 100%", "Cy"]),
        ("sort=created_at:desc", ["Cy", "Bob 100%", "Ada Example"]),
        ("whatever=x", ["Ada Example", "Bob 100%", "Cy"]),
    ],
)
async def test_contacts_are_filtered(owner: Caller, query: str, wanted: list[str]) -> None:
    assert await names(owner, query) == wanted


@pytest.mark.usefixtures("three")
async def test_contacts_are_sorted_by_their_last_change(owner: Caller) -> None:
    (ada,) = (await owner.get("/contacts?name=ada")).json()["collection"]
    await owner.patch(path_of(ada), {"city": "Milan"})

    assert await names(owner, "sort=updated_at") == ["Bob 100%", "Cy", "Ada Example"]
    assert await names(owner, "sort=updated_at:desc,created_at") == ["Ada Example", "Cy", "Bob 100%"]


@pytest.mark.usefixtures("three")
async def test_pages_keep_their_filters(owner: Caller) -> None:
    first = (await owner.get("/contacts?state=Lazio&count=1&sort=created_at:desc")).json()
    second = (await owner.get(first["pagination"]["next_page"].removeprefix(API))).json()

    found = [one["name"] for page in (first, second) for one in page["collection"]]
    assert found == ["Cy", "Ada Example"]
    assert second["pagination"]["next_page"] is None


@pytest.mark.parametrize(
    ("query", "parameter"), [("sort=name", "sort"), ("exclude=emails", "exclude"), ("count=0", "count")]
)
async def test_what_a_list_does_not_have_is_refused(owner: Caller, query: str, parameter: str) -> None:
    assert wrong(await owner.get(f"/contacts?{query}")) == [(parameter, "invalid")]


async def test_custom_fields_can_be_left_out(owner: Caller) -> None:
    contact = await made(owner)
    without = {name: value for name, value in contact.items() if name != "custom_fields"}

    one = await owner.get(f"{path_of(contact)}?exclude=custom_fields")
    many = await owner.get("/contacts?exclude=custom_fields")

    assert (one.json(), many.json()["collection"]) == ({"resource": without}, [without])


async def test_meetings_are_those_of_the_user_with_the_contact(
    conn: Conn, owner: Caller, member: Caller, organization: Organization, clock: Clock
) -> None:
    """Whatever becomes of them: nothing is stored that could be left behind."""
    for day in (5, 6, 7):
        clock.now = datetime(2027, 1, 4, 8, day, tzinfo=UTC)
        await make_booking(conn, organization, datetime(2027, 1, day, 10, tzinfo=UTC), now=clock.now)
    await conn.execute(
        "UPDATE invitees SET status = 'canceled' WHERE organization_id = %s AND created_at = %s",
        (organization.id, datetime(2027, 1, 4, 8, 6, tzinfo=UTC)),
    )
    clock.now = datetime(2027, 1, 5, 12, tzinfo=UTC)
    body = one_of("ADA@example.org", "ada@work.example")
    dates = []
    for caller in (owner, member):
        for known in (await caller.get("/contacts")).json()["collection"]:
            await caller.delete(path_of(known))
        contact = await made(caller, body)
        dates.append([contact[name] for name in ("last_meeting_date", "next_meeting_date", "last_interaction_date")])

    assert dates == [["2027-01-05T10:00:00Z", "2027-01-07T10:00:00Z", "2027-01-04T08:07:00Z"], [None, None, None]]


# Custom fields


async def test_a_custom_field_is_answered_as_it_is_kept(owner: Caller) -> None:
    plain = await field(owner, label=" Budget ", field_type="currency", currency="eur")
    choice = await field(
        owner, label="Kiln", field_type="single_select", options=[{"label": " Large "}, {"label": "Small"}]
    )

    stamps = {"created_at": "2027-01-04T08:00:00Z", "updated_at": "2027-01-04T08:00:00Z"}
    uuids = [one.pop("uuid") for one in choice["options"]]
    assert len(set(uuids)) == 2
    assert plain == {
        "uri": f"{API}/contacts/custom_field_definitions/{uuid_of(plain)}", "label": "Budget",
        "field_type": "currency", "currency": "EUR",
    } | stamps  # fmt: skip
    assert choice == {
        "uri": f"{API}/contacts/custom_field_definitions/{uuid_of(choice)}", "label": "Kiln",
        "field_type": "single_select",
        "options": [{"label": label, "color": None, "is_active": True} for label in ("Large", "Small")],
    } | stamps  # fmt: skip
    listed = (await owner.get("/contacts/custom_field_definitions")).json()
    assert listed.keys() == {"collection"}
    assert sorted(one["label"] for one in listed["collection"]) == ["Budget", "Kiln"]
    assert (await owner.get(path_of(plain))).json() == {"resource": plain}


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({}, [("label", "is missing"), ("field_type", "is missing")]),
        ({"label": " ", "field_type": "boolean", "color": "red"},
         [("field_type", "invalid"), ("color", "is not a known key"), ("label", "must be filled")]),
        ({"label": "x", "field_type": "invitee_question"}, [("field_type", "invalid")]),
        ({"label": "x" * 256, "field_type": "text"}, [("label", "is too long (maximum is 255)")]),
        ({"label": "x", "field_type": "single_select"}, [("options", "must be filled")]),
        ({"label": "x", "field_type": "single_select", "options": []}, [("options", "must be filled")]),
        ({"label": "x", "field_type": "single_select", "options": [{"label": "a", "color": "red"}, {"label": " "}]},
         [("options[0].color", "is not a known key"), ("options[1].label", "must be filled")]),
        ({"label": "x", "field_type": "text", "options": [{"label": "a"}]},
         [("options", "is of no use to this field_type")]),
        ({"label": "x", "field_type": "text", "currency": "EUR"}, [("currency", "is of no use to this field_type")]),
        ({"label": "x", "field_type": "currency"}, [("currency", "must be filled")]),
        ({"label": "x", "field_type": "currency", "currency": "xyz"}, [("currency", "is not a known currency")]),
    ],
)  # fmt: skip
async def test_a_custom_field_has_what_its_type_needs_and_nothing_else(owner: Caller, body: Any, wanted: Any) -> None:
    assert wrong(await owner.post("/contacts/custom_field_definitions", body)) == wanted
    assert (await owner.get("/contacts/custom_field_definitions")).json() == {"collection": []}


async def test_a_label_is_taken_once_by_each_user(owner: Caller, member: Caller) -> None:
    await field(owner, field_type="text")
    await field(member, field_type="text")

    answer = await owner.post("/contacts/custom_field_definitions", {"label": " BUDGET", "field_type": "number"})

    assert (answer.status_code, answer.json()) == (
        409,
        {"title": "Already Exists", "message": "A custom field with this label exists already"},
    )


async def test_custom_fields_are_their_user_s_own(owner: Caller, member: Caller, elsewhere: Organization) -> None:
    known = await field(member, field_type="text")
    stranger = Caller(owner.http, elsewhere.owner.headers)

    statuses = [(await one.get(path_of(known))).status_code for one in (member, owner, stranger)]
    answer = await owner.post("/contacts", ADA | {"custom_fields": [{"uuid": uuid_of(known), "value": "x"}]})

    assert statuses == [200, 403, 404]
    assert wrong(answer) == [("custom_fields[0].uuid", "is not a custom field")]


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("text", " much ", "much"),
        ("number", 2.5, 2.5),
        ("number", -3, -3),
        ("currency", 85000, 85000),
        ("currency", 0.01, 0.01),
        ("date", "2027-02-28", "2027-02-28"),
        ("tags", ["new", " old ", "new"], ["new", "old"]),
        ("single_select", "Large", "{Large}"),
        ("single_select", "{Small}", "{Small}"),
    ],
)
async def test_a_custom_field_takes_values_of_its_type(owner: Caller, kind: str, value: Any, kept: Any) -> None:
    """A currency's value is an amount in it, 85000 for 85,000.00, not minor units."""
    more: Any = {
        "currency": {"currency": "USD"},
        "single_select": {"options": [{"label": "Large"}, {"label": "Small"}]},
    }
    known = await field(owner, field_type=kind, **more.get(kind, {}))
    for option in known.get("options", []):
        value = value.replace("{" + option["label"] + "}", option["uuid"])
        kept = kept.replace("{" + option["label"] + "}", option["uuid"])

    contact = await made(owner, ADA | {"custom_fields": [{"uuid": uuid_of(known), "value": value}]})

    assert contact["custom_fields"] == [{"uri": known["uri"], "label": "Budget", "value": kept}]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", 5), ("text", ["x"]), ("text", "x" * 10_001), ("number", "5"), ("number", True), ("currency", "85000"),
        ("date", "2027-02-29"), ("date", "28.02.2027"), ("date", 5), ("tags", "new"), ("tags", ["new", " "]),
        ("tags", ["x" * 256]), ("tags", [str(n) for n in range(101)]),
    ],
)  # fmt: skip
async def test_a_custom_field_takes_no_other_values(owner: Caller, kind: str, value: Any) -> None:
    more = {"currency": "USD"} if kind == "currency" else {}
    known = await field(owner, field_type=kind, **more)

    answer = await owner.post("/contacts", ADA | {"custom_fields": [{"uuid": uuid_of(known), "value": value}]})

    assert [parameter for parameter, _ in wrong(answer)] == ["custom_fields[0].value"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("large", "is not an option"), ("Huge", "is not an option"), (5, "is not an option"),
        ("Small", "is the label of several options"),
    ],
)  # fmt: skip
async def test_an_option_is_named_exactly_and_the_error_lists_what_there_is(
    owner: Caller, value: Any, problem: str
) -> None:
    options = [{"label": "Large"}, {"label": "Small"}, {"label": "Small"}]
    known = await field(owner, field_type="single_select", options=options)

    answer = await owner.post("/contacts", ADA | {"custom_fields": [{"uuid": uuid_of(known), "value": value}]})

    listed = ", ".join(f'"{one["label"]}" ({one["uuid"]})' for one in known["options"])
    assert wrong(answer) == [("custom_fields[0].value", f"{problem}; the options are {listed}")]


async def test_values_that_are_not_named_stay_and_null_removes_one(owner: Caller) -> None:
    first, second = [await field(owner, label=label, field_type="text") for label in ("First", "Second")]
    values = [{"uuid": uuid_of(one), "value": "x"} for one in (first, second)]
    contact = await made(owner, ADA | {"custom_fields": values})

    changes = [{"uuid": uuid_of(first), "value": None}]
    changed = (await owner.patch(path_of(contact), {"custom_fields": changes})).json()["resource"]

    assert changed["custom_fields"] == [{"uri": second["uri"], "label": "Second", "value": "x"}]
    twice = await owner.patch(path_of(contact), {"custom_fields": changes * 2})
    assert wrong(twice) == [("custom_fields[1].uuid", "is named more than once")]
