"""Messages that were sent about scheduled events. Source: behaviours, section 7."""

from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Caller, Organization, make_booking
from openslot.db import mails
from openslot.db.pool import Conn
from openslot.db.rows import Key, PageRequest

PATH = "/outgoing_communications"
START = datetime(2027, 1, 5, 9, tzinfo=UTC)


async def test_before_anything_was_sent_the_list_is_empty(owner: Caller, organization: Organization) -> None:
    query = {"organization": URIS.organization(organization.id), "max_created_at": "2027-01-05T00:00:00Z"}

    answer = await owner.get(PATH, query)

    neighbours = dict.fromkeys(("next_page", "previous_page", "next_page_token", "previous_page_token"))
    assert (answer.status_code, answer.json()) == (
        200,
        {"collection": [], "pagination": {"count": 0, **neighbours}, "total_count": 0},
    )


async def test_a_mail_about_an_event_is_listed_once_it_is_sent(
    conn: Conn, owner: Caller, organization: Organization, clock: Clock
) -> None:
    booked = await make_booking(conn, organization, START, now=clock.now)
    query = {"organization": URIS.organization(organization.id)}
    before = (await owner.get(PATH, query)).json()
    page = PageRequest((Key("mails.created_at"), Key("mails.id")), 10)
    written = await mails.list_page(conn, organization.id, page, invitee_id=booked.invitee.id)
    (mail,) = [one for one in written.rows if one.role == "invitee"]
    await mails.keep_content(conn, mail, mails.Content(subject="Kiln tour", text="You are scheduled."))
    await mails.finish(conn, mail, "sent", now=clock.now)

    answer = (await owner.get(PATH, query)).json()

    assert (before["collection"], before["total_count"]) == ([], 0)
    (one,) = answer["collection"]
    host = organization.owner.user
    assert (answer["total_count"], one) == (
        1,
        {
            "type": "email",
            "subject": "Kiln tour",
            "to": "ada@example.org",
            "body": "You are scheduled.",
            "sender_uri": URIS.user(host.id),
            "sender_email": host.email,
            "event_type_uri": URIS.event_type(organization.event_type_id),
            "event_uri": URIS.scheduled_event(booked.event.id),
            "sent_at": "2027-01-04T08:00:00.000000Z",
            "created_at": "2027-01-04T08:00:00.000000Z",
            "scheduling_url": one["scheduling_url"],
            "from": "openslot@book.example",
        },
    )
    assert one["scheduling_url"].startswith(f"https://book.example/{host.slug}/")
    later = query | {"min_created_at": "2027-01-04T08:00:01Z"}
    assert (await owner.get(PATH, later)).json()["total_count"] == 0


async def test_only_admins_and_owners_read_it(
    owner: Caller, admin: Caller, member: Caller, organization: Organization, elsewhere: Organization
) -> None:
    query, foreign = [{"organization": URIS.organization(one.id)} for one in (organization, elsewhere)]

    answers = [await admin.get(PATH, query), await member.get(PATH, query), await owner.get(PATH, foreign)]

    assert [one.status_code for one in answers] == [200, 403, 403]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [({"count": 101}, "count"), ({"min_created_at": "x"}, "min_created_at"), ({"page_token": "x"}, "page_token")],
)
async def test_what_is_wrong_is_named(
    owner: Caller, organization: Organization, query: dict[str, Any], parameter: str
) -> None:
    answer = await owner.get(PATH, {"organization": URIS.organization(organization.id), **query})

    assert (answer.status_code, [one["parameter"] for one in answer.json()["details"]]) == (400, [parameter])
