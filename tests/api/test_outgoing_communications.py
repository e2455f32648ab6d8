"""Messages that were sent about scheduled events: none yet. Source: behaviours, section 7."""

from typing import Any

import pytest

from factories import URIS, Caller, Organization

PATH = "/outgoing_communications"


async def test_the_list_is_empty(owner: Caller, organization: Organization) -> None:
    query = {"organization": URIS.organization(organization.id), "max_created_at": "2027-01-05T00:00:00Z"}

    answer = await owner.get(PATH, query)

    neighbours = dict.fromkeys(("next_page", "previous_page", "next_page_token", "previous_page_token"))
    assert (answer.status_code, answer.json()) == (
        200,
        {"collection": [], "pagination": {"count": 0, **neighbours}, "total_count": 0},
    )


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
