"""Members: members, invitations and removals, for those who run the organization."""

import pytest

from conftest import Clock
from console.conftest import SignIn
from factories import Organization, make_organization
from mailing import notes
from openslot.db import memberships
from openslot.db.pool import Conn
from pages.plain_browser import PlainBrowser

INVITE = "/app/members/invitations"


def names(browser: PlainBrowser) -> list[str]:
    return [row.all("td")[0].text for row in browser.document.one("tbody").all("tr")]


async def test_somebody_is_invited_by_mail_and_the_invitation_taken_back(
    owner: PlainBrowser, conn: Conn, organization: Organization
) -> None:
    page = await owner.open("/app/members")
    listed = (organization.owner, organization.admin, organization.member)
    assert names(owner) == sorted(one.user.name for one in listed)

    email = f"bob-{organization.id}@example.org"
    page = await owner.send({"email": email, "role": "admin"}, form=page.one("form", action=INVITE))

    assert f"{email} (Admin)" in page.one("section", aria_labelledby="pending").text
    assert len(await notes(conn, to=email)) == 1
    (form,) = [one for one in page.all("form") if one.attributes["action"].endswith("/revocation")]
    page = await owner.send({}, form=form)
    assert page.all("section", aria_labelledby="pending") == []


@pytest.mark.parametrize(
    ("email", "reason"),
    [
        ("nobody", "Enter an email address in the form name@example.com"),
        ("", "Enter an email address in the form name@example.com"),
        ("{member}", "This person belongs to the organization already"),
        ("{invited}", "This address is invited already"),
    ],
)
async def test_who_is_not_invited_is_named_with_the_reason(
    owner: PlainBrowser, organization: Organization, email: str, reason: str
) -> None:
    invited = f"ida-{organization.id}@example.org"
    page = await owner.open("/app/members")
    page = await owner.send({"email": invited}, form=page.one("form", action=INVITE))

    typed = email.format(member=organization.member.user.email, invited=invited)
    page = await owner.send({"email": typed}, form=page.one("form", action=INVITE))

    assert owner.status == 422
    assert [link.text for link in page.one("div", id="problems").all("a")] == [reason]
    assert page.one("input", id="email").attributes["value"] == typed


async def test_a_member_is_removed_and_can_not_sign_in_any_more(
    owner: PlainBrowser, sign_in: SignIn, conn: Conn, organization: Organization
) -> None:
    member = await sign_in(organization.member)
    found = await memberships.of_user(conn, organization.id, organization.member.id)
    assert found is not None
    page = await owner.open("/app/members")
    assert len([one for one in page.all("form") if one.attributes["action"].endswith("/removal")]) == 2

    await owner.send({}, form=page.one("form", action=f"/app/members/{found.id}/removal"))

    assert names(owner) == sorted([organization.owner.user.name, organization.admin.user.name])
    await member.open("/app")
    assert member.heading == "Sign in"


async def test_members_and_strangers_see_and_change_nobody(
    sign_in: SignIn, conn: Conn, organization: Organization, clock: Clock
) -> None:
    found = await memberships.of_user(conn, organization.id, organization.admin.id)
    assert found is not None
    stranger = await sign_in((await make_organization(conn, now=clock.now)).owner)
    for browser, seen in ((await sign_in(organization.member), 403), (stranger, 200)):
        page = await browser.open("/app")
        token = page.all("input", name="_csrf_token")[0].attributes["value"]
        headers, data = {"Origin": "https://book.example"}, {"_csrf_token": token}
        assert (await browser.client.get("/app/members")).status_code == seen
        answer = await browser.client.post(f"/app/members/{found.id}/removal", headers=headers, data=data)
        assert answer.status_code in {403, 404}
    assert await memberships.of_user(conn, organization.id, organization.admin.id) is not None
