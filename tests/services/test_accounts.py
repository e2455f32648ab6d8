"""New organizations and members. Source: design, section 2 (init)."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from conftest import Clock
from factories import URIS, Organization
from openslot.core.errors import Conflict, Invalid, NotFound
from openslot.core.ids import new_id
from openslot.db import served_event_types
from openslot.db.pool import Conn
from openslot.db.users import User
from openslot.security.passwords import verify_password
from openslot.services import accounts, publishing
from openslot.services.accounts import NewMember
from services.conftest import blocked


@pytest.fixture
async def organization_id(conn: Conn, clock: Clock) -> UUID:
    return await accounts.create_organization(conn, "  Kiln & Co ", now=clock.now)


def member(**changes: Any) -> NewMember:
    values = {"name": "Ada Lovelace", "email": f"{new_id().hex}@example.com", "timezone": "Europe/Rome"}
    return NewMember(**(values | changes))


async def add(conn: Conn, organization_id: UUID, clock: Clock, **changes: Any) -> User:
    return await accounts.add_member(conn, organization_id, member(**changes), now=clock.now)


async def test_a_member_has_a_schedule_from_monday_to_friday(conn: Conn, organization_id: UUID, clock: Clock) -> None:
    user = await add(conn, organization_id, clock, role="owner", password="correct horse")

    cursor = await conn.execute(
        "SELECT timezone, is_default, rules FROM availability_schedules WHERE user_id = %s", (user.id,)
    )
    hours = [{"from": "09:00", "to": "17:00"}]
    days = ["monday", "tuesday", "wednesday", "thursday", "friday"]
    assert await cursor.fetchall() == [
        ("Europe/Rome", True, [{"type": "wday", "wday": day, "intervals": hours} for day in days])
    ]
    cursor = await conn.execute(
        "SELECT m.role, u.password_hash FROM users u JOIN organization_memberships m ON m.user_id = u.id"
        " WHERE u.id = %s",
        (user.id,),
    )
    ((role, password_hash),) = await cursor.fetchall()
    assert role == "owner"
    assert verify_password(password_hash, "correct horse")


WRONG = [
    ({"name": " "}, "name", "must have 1 to 255 characters"),
    ({"name": "a" * 256}, "name", "must have 1 to 255 characters"),
    ({"name": "\u3164\u200b"}, "name", "must have 1 to 255 characters"),
    ({"email": "ada"}, "email", "is not an e-mail address"),
    ({"email": "a..b@example.com"}, "email", "is not an e-mail address"),
    ({"timezone": "Rome"}, "timezone", "is not an IANA time zone, such as Europe/Rome"),
]


@pytest.mark.parametrize(("changes", "parameter", "message"), WRONG)
async def test_a_member_that_can_t_be_is_refused(
    conn: Conn, organization_id: UUID, clock: Clock, changes: dict[str, str], parameter: str, *, message: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await add(conn, organization_id, clock, **changes)

    assert [(one.parameter, one.message) for one in refused.value.details] == [(parameter, message)]


@pytest.mark.parametrize("name", ["", "  ", "a" * 256])
async def test_an_organization_needs_a_name(conn: Conn, clock: Clock, name: str) -> None:
    with pytest.raises(Invalid):
        await accounts.create_organization(conn, name, now=clock.now)


async def test_an_address_belongs_to_one_user(conn: Conn, organization: Organization, clock: Clock) -> None:
    email = organization.owner.user.email

    with pytest.raises(Conflict, match="exists already"):
        await add(conn, organization.id, clock, email=email.upper())
    assert (await accounts.member_by_email(conn, email.upper())).id == organization.owner.id
    with pytest.raises(NotFound):
        await accounts.member_by_email(conn, "nobody@example.com")


async def test_a_slug_is_free_and_none_of_the_service_s_own(conn: Conn, organization_id: UUID, clock: Clock) -> None:
    unique = f"Zoë {new_id().hex}"
    slugs = [(await add(conn, organization_id, clock, name=name)).slug for name in (unique, unique, "api", "Health")]

    first = f"zoe-{unique[4:]}"
    assert slugs[:2] == [first, f"{first}-2"]
    assert slugs[2].startswith("api-")
    assert slugs[3].startswith("health-")
    assert not set(slugs) & accounts.RESERVED_SLUGS


async def test_the_first_event_type_is_active_and_on_the_profile(
    conn: Conn, organization_id: UUID, clock: Clock
) -> None:
    user = await add(conn, organization_id, clock)

    made = await accounts.add_first_event_type(conn, user, uris=URIS, now=clock.now)

    found = await served_event_types.get(conn, organization_id, made)
    assert found is not None
    assert (found.active, found.duration_minutes, found.slug) == (True, 30, "30min")
    assert [host.user_id for host in found.hosts] == [user.id]
    shown = await publishing.profile(conn, user.slug)
    assert [one.id for one in shown.event_types] == [made]
    assert (await publishing.event_type(conn, user.slug, "30min")).id == made


async def test_of_two_who_join_at_once_with_one_address_one_is_refused(
    conn: Conn, pair: list[Conn], organization: Organization, clock: Clock
) -> None:
    """Both saw the address free; the index has the last word."""
    first, second = pair
    address = f"mario-{new_id().hex}@example.com"
    member = NewMember(name=f"Mario {new_id().hex}", email=address, timezone="Europe/Rome")

    async def join() -> object:
        async with second.transaction():
            return await accounts.add_member(second, organization.id, member, now=clock.now)

    async with first.transaction():
        await accounts.add_member(first, organization.id, member, now=clock.now)
        waiting = asyncio.create_task(join())
        await blocked(conn, second)
    with pytest.raises(Conflict, match="was just made; try again"):
        await waiting


async def test_two_of_one_name_at_once_have_a_page_each(
    conn: Conn, pair: list[Conn], organization: Organization, clock: Clock
) -> None:
    """Both saw the page free; the second waits for the first and takes the next."""
    first, second = pair
    name = f"\u0410\u0434\u0430 {new_id().hex}"

    async def join(conn: Conn) -> User:
        async with conn.transaction():
            return await add(conn, organization.id, clock, name=name)

    async with first.transaction():
        made = await join(first)
        waiting = asyncio.create_task(join(second))
        await blocked(conn, second)

    assert made.slug == f"ada-{name.split()[1]}"
    assert (await waiting).slug == f"{made.slug}-2"


@pytest.mark.parametrize("written", ["\u200e{}", "{}\u200b", " {}\u00a0", "\ufeff{}"])
async def test_a_member_is_known_however_the_address_is_written(
    conn: Conn, organization_id: UUID, clock: Clock, written: str
) -> None:
    address = f"{new_id().hex}@b\u00fccher.example"
    made = await add(
        conn, organization_id, clock, email=written.format(address), name="\u202e Ada\u00a0 Lovelace\u200b"
    )

    assert (made.name, made.email) == ("Ada Lovelace", address)
    for one in (address, written.format(address), address.upper(), address.replace("b\u00fccher", "xn--bcher-kva")):
        assert await accounts.member_by_email(conn, one) == made
        with pytest.raises(Conflict):
            await add(conn, organization_id, clock, email=one)


async def test_a_member_who_was_stored_with_invisible_characters_is_known(
    conn: Conn, organization_id: UUID, clock: Clock
) -> None:
    made = await add(conn, organization_id, clock)
    await conn.execute("UPDATE users SET email = email || E'\\u200b' WHERE id = %s", (made.id,))

    assert (await accounts.member_by_email(conn, made.email)).id == made.id
