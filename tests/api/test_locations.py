"""Where a user can meet. Source: behaviours, section 13."""

from factories import URIS, Caller, Organization


async def test_kinds_that_need_no_account_are_listed_and_conferences_are_not(
    owner: Caller, organization: Organization
) -> None:
    answer = await owner.get(f"/locations?user={URIS.user(organization.member.id)}")

    kinds = ["physical", "custom", "inbound_call", "ask_invitee", "outbound_call"]
    assert (answer.status_code, answer.json()) == (200, {"collection": [{"kind": kind} for kind in kinds]})


async def test_members_see_their_own_alone(member: Caller, organization: Organization) -> None:
    users = (organization.member.id, organization.owner.id)

    answers = [await member.get(f"/locations?user={URIS.user(one)}") for one in users]

    assert [one.status_code for one in answers] == [200, 403]


async def test_the_user_is_named_in_full(owner: Caller) -> None:
    answers = [await owner.get("/locations"), await owner.get("/locations?user=me")]

    assert [one.json()["details"] for one in answers] == [
        [{"message": "is missing", "parameter": "user"}],
        [{"message": "invalid", "parameter": "user"}],
    ]
