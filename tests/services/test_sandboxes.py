"""Sandboxes: what makes one, who changes it, what it leaves behind. Source: ADR 0041."""

from typing import Any

import pytest

from conftest import Clock
from factories import URIS, Organization, principal_of
from openslot.core.errors import Forbidden, NotFound
from openslot.core.ids import new_id
from openslot.db import kept_mails
from openslot.db.kept_mails import KeptMail
from openslot.db.pool import Conn
from openslot.db.sandboxes import Changes
from openslot.services import erasure, sandboxes


async def test_an_organization_is_no_sandbox_unless_it_is_made_one(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    with pytest.raises(NotFound, match="sandbox"):
        await sandboxes.get(conn, owner)
    await sandboxes.make(conn, organization.id, now=clock.now)

    found = await sandboxes.get(conn, owner)
    assert (found.sends_mail, found.sends_webhooks, found.plan) == (False, False, None)


async def test_members_see_it_and_admins_change_it(conn: Conn, organization: Organization, clock: Clock) -> None:
    await sandboxes.make(conn, organization.id, now=clock.now)
    member = await principal_of(conn, organization.member, now=clock.now)
    admin = await principal_of(conn, organization.admin, now=clock.now)

    changed = await sandboxes.change(conn, admin, Changes(sends_mail=True, plan="free"), now=clock.now)

    assert await sandboxes.get(conn, member) == changed
    for refused in (
        sandboxes.change(conn, member, Changes(sends_mail=False), now=clock.now),
        sandboxes.reset(conn, member, now=clock.now),
        sandboxes.open_outbox(conn, member),
    ):
        with pytest.raises(Forbidden):
            await refused


async def test_erasing_a_person_deletes_the_kept_mail_to_and_about_them(
    conn: Conn, organization: Organization, clock: Clock
) -> None:
    await sandboxes.make(conn, organization.id, now=clock.now)
    texts: list[tuple[str, str]] = [
        ("ADA@example.org", "Hello"),
        ("bo@example.org", "You meet ada@example.org."),
        ("bo@example.org", "You meet ada@example.org.uk."),
    ]
    for to, text in texts:
        assert await kept_mails.keep(conn, KeptMail(new_id(), organization.id, to, "A meeting", text, clock.now))
    async with conn.transaction():
        made = await erasure.erase_invitees(conn, organization.id, ["ada@example.org"], uris=URIS, now=clock.now)

    assert await left(conn, organization) == ["You meet ada@example.org.uk."]
    assert made.counts["kept_mails"] == 2


async def left(conn: Conn, organization: Organization) -> list[Any]:
    cursor = await conn.execute("SELECT text FROM kept_mails WHERE organization_id = %s", (organization.id,))
    return [text for (text,) in await cursor.fetchall()]
