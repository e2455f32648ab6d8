"""A member's hours, changed on a page."""

from console.conftest import SignIn
from factories import Organization
from openslot.db import availability_schedules
from openslot.db.pool import Conn
from pages.plain_browser import PlainBrowser

NINE_TO_FIVE = "09:00\u201317:00"


async def rules_of(conn: Conn, organization: Organization) -> dict[str, list[tuple[str, str]]]:
    """The hours of the owner by weekday or date."""
    (found,) = await availability_schedules.list_all(conn, organization.id, organization.owner.id)
    return {
        str(rule.get("wday") or rule.get("date")): [(one["from"], one["to"]) for one in rule["intervals"]]
        for rule in found.rules
    }


async def test_the_week_and_single_days_are_shown_changed_and_kept(
    owner: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    page = await owner.open("/app/availability")
    form = page.one("form", class_="cards")
    held = dict(owner.held(form))
    assert (held["monday"], held["sunday"], held["timezone"]) == (NINE_TO_FIVE, "", "Europe/Rome")

    page = await owner.send(
        {"monday": "8-12, 13-16:30", "friday": "", "d0-day": "2027-02-01", "d1-day": "2027-02-02", "d1-hours": "10-11"},
        form=form,
    )

    assert page.one("div", class_="note").text == "Saved."
    rules = await rules_of(conn, organization)
    assert (rules["monday"], rules.get("friday", []), rules["tuesday"]) == (
        [("08:00", "12:00"), ("13:00", "16:30")], [], [("09:00", "17:00")],
    )  # fmt: skip
    assert (rules["2027-02-01"], rules["2027-02-02"]) == ([], [("10:00", "11:00")])
    again = dict(owner.held(page.one("form", class_="cards")))
    assert (again["monday"], again["d0-day"], again["d1-hours"]) == (
        "08:00\u201312:00, 13:00\u201316:30", "2027-02-01", "10:00\u201311:00",
    )  # fmt: skip


async def test_what_names_no_hours_is_listed_and_nothing_is_changed(
    owner: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    before = await rules_of(conn, organization)
    page = await owner.open("/app/availability")

    page = await owner.send(
        {"monday": "all day", "d0-day": "2027-02-01", "d0-hours": "x", "name": " "},
        form=page.one("form", class_="cards"),
    )

    assert owner.status == 422
    assert [link.attributes["href"] for link in page.one("div", id="problems").all("a")] == ["#monday", "#d0-hours"]
    assert dict(owner.held(page.one("form", class_="cards")))["monday"] == "all day"
    assert await rules_of(conn, organization) == before


async def test_nobody_changes_the_hours_of_others(sign_in: SignIn, conn: Conn, organization: Organization) -> None:
    (schedule,) = await availability_schedules.list_all(conn, organization.id, organization.owner.id)
    member = await sign_in(organization.member)
    page = await member.open("/app/availability")
    form = page.one("form", class_="cards")
    data = dict(member.held(form)) | {"monday": ""}

    answer = await member.client.post(
        f"/app/availability/{schedule.id}", headers={"Origin": "https://book.example"}, data=data
    )

    assert answer.status_code == 404
    assert (await rules_of(conn, organization))["monday"] == [("09:00", "17:00")]
