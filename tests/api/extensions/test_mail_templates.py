"""Mail templates: written by those who run an organization, and used by its mails alone."""

from typing import Any

import pytest

from factories import URIS, Caller, Organization

PATH = "/openslot/mail_templates"
REMINDER: dict[str, Any] = {"kind": "reminder", "recipient": "invitee", "subject": "See you, {invitee}"}


async def test_a_template_takes_the_place_of_the_one_for_the_same_mails(owner: Caller) -> None:
    made = (await owner.put(PATH, REMINDER | {"language": "it"})).json()["resource"]
    again = (await owner.put(PATH, REMINDER | {"language": "it", "subject": None, "opening": "Ciao"})).json()[
        "resource"
    ]
    other = (await owner.put(PATH, REMINDER)).json()["resource"]

    assert made == {
        "uri": made["uri"], "kind": "reminder", "recipient": "invitee", "language": "it",
        "subject": "See you, {invitee}", "opening": None, "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }  # fmt: skip
    assert again == made | {"subject": None, "opening": "Ciao"}
    assert (await owner.get(PATH)).json() == {"collection": [other, again]}

    path = made["uri"].removeprefix(URIS.api)
    assert (await owner.delete(path)).status_code == 204
    assert (await owner.delete(path)).status_code == 404
    assert (await owner.get(PATH)).json() == {"collection": [other]}


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"kind": "to_answer"}, "kind"),
        ({"kind": "lunch"}, "kind"),
        ({"recipient": "everybody"}, "recipient"),
        ({"language": "pl"}, "language"),
        ({"subject": "{event.__class__.__mro__}{x}"}, "subject"),
        ({"subject": None}, "subject"),
        ({"subject": "x" * 201}, "subject"),
        ({"opening": "x" * 5001}, "opening"),
        ({"kind": "booked", "subject": "Confirmed"}, "subject"),
    ],
)
async def test_what_is_no_template_is_refused(owner: Caller, changes: dict[str, Any], parameter: str) -> None:
    answer = await owner.put(PATH, REMINDER | changes)

    assert (answer.status_code, [one["parameter"] for one in answer.json()["details"]]) == (400, [parameter])


async def test_members_and_others_do_not_see_or_write_them(
    owner: Caller, member: Caller, elsewhere: Organization
) -> None:
    made = (await owner.put(PATH, REMINDER)).json()["resource"]
    path = made["uri"].removeprefix(URIS.api)

    stranger = Caller(owner.http, elsewhere.owner.headers)
    answers = [await member.put(PATH, REMINDER), await member.get(PATH), await member.delete(path)]
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert (await stranger.delete(path)).status_code == 404
    assert (await stranger.get(PATH)).json() == {"collection": []}
