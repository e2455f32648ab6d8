"""Why a time is not offered, on a page."""

from datetime import UTC, datetime

import pytest

from conftest import Clock
from console.conftest import SignIn
from factories import Organization, make_booking
from openslot.db.pool import Conn
from pages.plain_browser import PlainBrowser

START = datetime(2027, 1, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "time", "reasons"),
    [
        ("2027-01-05", "11:00", ["It is offered: nothing speaks against it."]),
        ("2027-01-05", "03:00", ["The host's hours do not include it."]),
        ("2027-01-05", "11:10", ["Meetings start at other minutes."]),
        ("2026-01-05", "11:00", ["It is too soon: the event type asks for notice."]),
    ],
)
async def test_each_reason_is_a_sentence(
    owner: PlainBrowser, organization: Organization, day: str, time: str, reasons: list[str]
) -> None:
    page = await owner.open(f"/app/event-types/{organization.event_type_id}")
    await owner.follow(text="Why is a time not offered?")
    page = await owner.send({"day": day, "time": time}, form=owner.document.one("form", class_="details"))

    text = page.one("section", aria_labelledby="moment").text
    assert [reason in text for reason in reasons] == [True] * len(reasons)


async def test_a_meeting_in_the_way_is_named_with_its_host_and_linked(
    owner: PlainBrowser, conn: Conn, organization: Organization, clock: Clock
) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now)

    page = await owner.open(f"/app/event-types/{organization.event_type_id}/why?day=2027-01-05&time=10:00")

    (reason,) = page.one("section", aria_labelledby="moment").all("li")
    assert reason.text.startswith(f"{organization.owner.user.name} : The host is busy.") or reason.text.startswith(
        f"{organization.owner.user.name}: The host is busy."
    )
    assert reason.one("a").attributes["href"] == f"/app/meetings/{booked.event.id}"


@pytest.mark.parametrize("query", ["", "?day=x&time=y", "?day=2027-01-05", "?day=2027-01-05&time=25:00"])
async def test_an_address_that_names_no_time_shows_the_form_alone(
    owner: PlainBrowser, organization: Organization, query: str
) -> None:
    page = await owner.open(f"/app/event-types/{organization.event_type_id}/why{query}")

    assert (owner.status, page.all("section", aria_labelledby="moment")) == (200, [])


async def test_it_is_for_the_hosts_and_those_who_run_the_organization(
    sign_in: SignIn, organization: Organization
) -> None:
    member = await sign_in(organization.member)

    answer = await member.client.get(f"/app/event-types/{organization.event_type_id}/why?day=2027-01-05&time=10:00")

    assert answer.status_code == 403
