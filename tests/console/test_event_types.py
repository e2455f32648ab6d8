"""Event types in the console: made in a short form, and changed in a long one by two people at once."""

from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from console.conftest import SignIn
from factories import Organization, make_event_type, make_organization
from openslot.db import served_event_types
from openslot.db.pool import Conn
from openslot.db.served_event_types import ServedEventType
from openslot.wire.event_types import LocationConfiguration
from pages.offers import KILNS, NOTE
from pages.plain_browser import Node, PlainBrowser


async def row_of(conn: Conn, organization: Organization, event_type_id: UUID) -> ServedEventType:
    found = await served_event_types.get(conn, organization.id, event_type_id)
    assert found is not None
    return found


def form_of(page: Node) -> Node:
    return page.one("form", class_="cards")


async def test_one_is_made_in_a_short_form_and_can_be_booked(
    owner: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    await owner.open("/app/event-types")
    page = await owner.follow(text="New event type")
    page = await owner.send({"name": "", "duration": "0"}, form=page.one("form", class_="details"))
    assert owner.status == 422
    assert [link.attributes["href"] for link in page.one("div", id="problems").all("a")] == ["#name", "#duration"]

    page = await owner.send(
        {"name": "Glaze class", "duration": "45", "kind": "group"}, form=page.one("form", class_="details")
    )

    assert owner.heading == "Glaze class"
    made = await row_of(conn, organization, UUID(owner.url.path.rpartition("/")[2]))
    assert (made.name, made.slug, made.duration_minutes, made.kind, made.active) == (
        "Glaze class", "glaze-class", 45, "group", True,
    )  # fmt: skip
    assert dict(owner.held(form_of(page)))["seats"] == "2"


async def test_every_setting_is_stored_and_shown_again(
    owner: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    path = f"/app/event-types/{organization.event_type_id}"
    page = await owner.open(path)
    changes: dict[str, Any] = {
        "name": "Tour", "slug": "tour", "duration": "60", "duration_options": "30, 60", "color": "#0b6e4f",
        "description": "Two\r\nlines", "internal_note": "For us", "notice": "120", "buffer_before": "5",
        "buffer_after": "10", "increment": "15", "splits_name": "1", "text_reminders": "1", "requires_approval": "1",
        "redirect_url": "https://shop.example/thanks", "reminders": "1440, 60", "cancel_cutoff": "30",
        "reschedule_cutoff": "", "requires_cancel_reason": "1", "range-kind": "rolling", "range-days": "14",
        "range-business": "1", "l0-kind": "physical", "l0-where": "4 Brickyard Lane", "l0-info": "Ring twice",
        "q0-name": "Second?", "q0-type": "single_select", "q0-choices": "Yes\r\nNo\r\n", "q0-place": "2",
        "q0-other": "1",
    }  # fmt: skip

    page = await owner.send(changes, form=form_of(page))

    assert page.one("div", class_="note").text == "Saved."
    row = await row_of(conn, organization, organization.event_type_id)
    assert (row.name, row.slug, row.duration_minutes, row.duration_options, row.color) == (
        "Tour", "tour", 60, [30, 60], "#0b6e4f",
    )  # fmt: skip
    assert (row.notice_minutes, row.buffer_before_minutes, row.buffer_after_minutes, row.increment_minutes) == (
        120, 5, 10, 15,
    )  # fmt: skip
    assert (row.splits_name, row.text_reminders, row.requires_approval, row.requires_cancel_reason) == (True,) * 4
    assert (row.redirect_url, row.reminder_minutes, row.cancel_cutoff_minutes, row.reschedule_cutoff_minutes) == (
        "https://shop.example/thanks", [60, 1440], 30, None,
    )  # fmt: skip
    assert (row.range_kind, row.range_days, row.range_business_days) == ("rolling", 14, True)
    assert [(one.kind, one.location, one.additional_info) for one in row.locations] == [
        ("physical", "4 Brickyard Lane", "Ring twice")
    ]
    assert [(one.name, one.type, one.answer_choices, one.include_other) for one in row.custom_questions] == [
        ("Second?", "single_select", ["Yes", "No"], True)
    ]
    shown = dict(owner.held(form_of(page)))
    assert {name: shown.get(name) for name in ("reminders", "duration_options", "l0-where", "q0-choices")} == {
        "reminders": "60, 1440", "duration_options": "30, 60", "l0-where": "4 Brickyard Lane",
        "q0-choices": "Yes\r\nNo",
    }  # fmt: skip


async def test_a_form_that_is_saved_as_it_was_shown_changes_nothing(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(
        conn, organization.owner.user, now=clock.now, custom_questions=[NOTE, KILNS], description_plain="One\n\nTwo",
        buffer_before_minutes=5, range_kind="fixed", range_first="2027-01-01", range_last="2027-06-30",
    )  # fmt: skip
    before = await row_of(conn, organization, made)
    page = await owner.open(f"/app/event-types/{made}")

    await owner.send({}, form=form_of(page))

    assert await row_of(conn, organization, made) == before


async def test_more_places_than_a_form_usually_has_are_all_kept(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    places = [LocationConfiguration("custom", location=f"Room {number}") for number in range(15)]
    made = await make_event_type(conn, organization.owner.user, now=clock.now, locations=places)
    page = await owner.open(f"/app/event-types/{made}")

    await owner.send({"l3-where": "The attic"}, form=form_of(page))

    row = await row_of(conn, organization, made)
    assert [one.location for one in row.locations] == [
        "The attic" if number == 3 else f"Room {number}" for number in range(15)
    ]


async def test_questions_are_ordered_by_number_and_left_out_when_empty(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    made = await make_event_type(conn, organization.owner.user, now=clock.now, custom_questions=[NOTE, KILNS])
    page = await owner.open(f"/app/event-types/{made}")
    names = {name: value for name, value in owner.held(form_of(page)) if name.endswith("-name")}
    assert names == {"q0-name": KILNS.name, "q1-name": NOTE.name, "q2-name": ""}

    page = await owner.send({"q0-place": "9", "q2-name": "New one", "q2-place": "0"}, form=form_of(page))
    row = await row_of(conn, organization, made)
    assert [one.name for one in sorted(row.custom_questions, key=lambda one: one.position)] == [
        "New one", NOTE.name, KILNS.name,
    ]  # fmt: skip
    await owner.send({"q0-name": ""}, form=form_of(page))
    row = await row_of(conn, organization, made)
    assert [one.name for one in sorted(row.custom_questions, key=lambda one: one.position)] == [NOTE.name, KILNS.name]


async def test_all_that_is_wrong_is_named_and_what_was_typed_stays(
    owner: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    before = await row_of(conn, organization, organization.event_type_id)
    page = await owner.open(f"/app/event-types/{organization.event_type_id}")

    page = await owner.send({"duration": "half an hour", "name": ""}, form=form_of(page))
    assert [link.attributes["href"] for link in page.one("div", id="problems").all("a")] == ["#duration"]
    page = await owner.send(
        {"duration": "5000", "l0-kind": "inbound_call", "l0-where": "12", "redirect_url": "javascript:alert(1)"},
        form=form_of(page),
    )

    assert owner.status == 422
    links = [link.attributes["href"] for link in page.one("div", id="problems").all("a")]
    assert links == ["#name", "#duration", "#redirect_url", "#l0-kind"]
    assert dict(owner.held(form_of(page)))["duration"] == "5000"
    assert await row_of(conn, organization, organization.event_type_id) == before


async def test_of_two_who_change_one_at_once_the_second_sees_what_the_first_did_and_nothing_is_lost(
    owner: PlainBrowser, sign_in: SignIn, conn: Conn, organization: Organization
) -> None:
    path = f"/app/event-types/{organization.event_type_id}"
    admin = await sign_in(organization.admin)
    first, second = await admin.open(path), await owner.open(path)
    await admin.send({"name": "Named by the admin", "notice": "60"}, form=form_of(first))

    page = await owner.send({"name": "Named by the owner", "buffer_after": "15"}, form=form_of(second))

    assert owner.status == 409
    assert "They changed: Name, Minutes of notice." in page.one("div", id="theirs").text
    held = dict(owner.held(form_of(page)))
    assert (held["name"], held["notice"], held["buffer_after"]) == ("Named by the owner", "60", "15")
    await owner.send({}, form=form_of(page))
    row = await row_of(conn, organization, organization.event_type_id)
    assert (row.name, row.notice_minutes, row.buffer_after_minutes) == ("Named by the owner", 60, 15)


async def test_one_is_switched_off_and_on_and_deleted(
    owner: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    path = f"/app/event-types/{organization.event_type_id}"
    for expected in (False, True):
        page = await owner.open("/app/event-types")
        await owner.send({}, form=page.one("form", action=f"{path}/switch"))
        assert (await row_of(conn, organization, organization.event_type_id)).active is expected
    page = await owner.open(path)
    await owner.send({}, form=page.one("form", action=f"{path}/deletion"))
    assert (owner.heading, owner.document.all("ul", class_="tiles")) == ("Event types", [])


async def test_members_change_their_own_and_strangers_none(
    sign_in: SignIn, conn: Conn, organization: Organization, clock: Clock
) -> None:
    path = f"/app/event-types/{organization.event_type_id}"
    stranger = await sign_in((await make_organization(conn, now=clock.now)).owner)
    member = await sign_in(organization.member)
    for browser, status in ((member, 403), (stranger, 404)):
        page = await browser.open("/app")
        token = page.all("input", name="_csrf_token")[0].attributes["value"]
        headers, data = {"Origin": "https://book.example"}, {"_csrf_token": token, "name": "Mine"}
        answers = [
            await browser.client.get(path),
            *[
                await browser.client.post(f"{path}{end}", headers=headers, data=data)
                for end in ("", "/switch", "/deletion")
            ],
        ]
        assert {answer.status_code for answer in answers} <= {status, 403, 404}
    assert (await member.client.get(f"/app/event-types?host={organization.owner.id}")).status_code == 403
    assert (await row_of(conn, organization, organization.event_type_id)).active is True


@pytest.mark.parametrize(
    "path",
    ["/app/event-types", "/app/event-types/new", "/app/availability", "/app/meetings", "/app/members", "/app/tokens"],
)
async def test_pages_need_somebody_who_is_signed_in(browser: PlainBrowser, path: str) -> None:
    await browser.open(path)

    assert browser.heading == "Sign in"
