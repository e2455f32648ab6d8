"""Personal access tokens: made, listed, ended. How the API takes them is in ``tests/api/test_authentication.py``."""

from datetime import timedelta

import pytest

from conftest import Clock
from factories import Organization
from openslot.core.errors import Invalid, NotFound
from openslot.core.ids import new_id
from openslot.db import access_tokens as rows
from openslot.db.pool import Conn
from openslot.security.tokens import digest
from openslot.services import access_tokens


async def test_a_token_works_as_soon_as_it_is_issued(conn: Conn, organization: Organization, clock: Clock) -> None:
    token = await access_tokens.issue(
        conn, organization.member.user, name="flows", now=clock.now, scopes=["webhooks:read", "users:read"]
    )

    owner = await rows.get_owner(conn, digest(token))

    assert owner is not None
    assert (owner.id, owner.role, owner.scopes, owner.revoked_at) == (
        organization.member.id, "user", ["users:read", "webhooks:read"], None,
    )  # fmt: skip


async def test_unknown_scopes_and_an_end_that_has_passed_are_refused_together(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    with pytest.raises(Invalid) as refused:
        await access_tokens.issue(
            conn, organization.member.user, name="flows", now=clock.now, scopes=["users:read", "x:read"],
            expires_at=clock.now,
        )  # fmt: skip

    assert [(one.parameter, one.message) for one in refused.value.details] == [
        ("scopes", "x:read is no scope"), ("expires_at", "must be in the future"),
    ]  # fmt: skip
    assert [one.name for one in await access_tokens.listing(conn, organization.member.user)] == ["test"]


async def test_of_the_tokens_of_a_user_each_is_ended_by_its_id_or_by_what_it_reads(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    user = organization.member.user
    first = (await access_tokens.listing(conn, user))[0]
    leaked = await access_tokens.issue(conn, user, name="leaked", now=clock.now)
    kept = await access_tokens.issue(conn, user, name="kept", now=clock.now + timedelta(seconds=1))
    clock.advance(minutes=1)

    ended = await access_tokens.revoke(conn, ids=[first.id], texts=[leaked], now=clock.now)

    assert sorted(one.name for one in ended) == ["leaked", "test"]
    ends = {one.name: access_tokens.ended_at(one, now=clock.now) for one in await access_tokens.listing(conn, user)}
    assert ends == {"test": clock.now, "leaked": clock.now, "kept": None}
    assert await rows.get_owner(conn, digest(kept)) is not None


async def test_where_one_of_several_is_unknown_none_is_ended(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    first = (await access_tokens.listing(conn, organization.member.user))[0]
    nobody_s = new_id()

    with pytest.raises(NotFound) as refused:
        await access_tokens.revoke(conn, ids=[first.id, nobody_s], texts=["osl_mistyped"], now=clock.now)

    assert str(refused.value) == f"no such token {nobody_s}, number 1 of those given"
    assert (await access_tokens.listing(conn, organization.member.user))[0].revoked_at is None


async def test_revoked_twice_a_token_keeps_its_first_time(conn: Conn, organization: Organization, clock: Clock) -> None:
    token, then = organization.member.token, clock.now
    await access_tokens.revoke(conn, texts=[token], now=then)
    clock.advance(days=1)

    (before,) = await access_tokens.revoke(conn, texts=[token], now=clock.now)

    assert access_tokens.ended_at(before, now=clock.now) == then
    assert (await access_tokens.listing(conn, organization.member.user))[0].revoked_at == then


async def test_all_of_a_user_are_ended_and_nobody_else_s(conn: Conn, organization: Organization, clock: Clock) -> None:
    user = organization.member.user
    await access_tokens.issue(conn, user, name="over", now=clock.now, expires_at=clock.now + timedelta(hours=1))
    await access_tokens.issue(conn, user, name="another", now=clock.now)
    clock.advance(hours=1)

    ended = await access_tokens.revoke_all(conn, user, now=clock.now)

    assert sorted(one.name for one in ended) == ["another", "test"]
    working = [
        one.user_id
        for member in (organization.owner, organization.admin, organization.member)
        for one in await access_tokens.listing(conn, member.user)
        if access_tokens.ended_at(one, now=clock.now) is None
    ]
    assert working == [organization.owner.id, organization.admin.id]
