"""What owners are written of a subscription that fails. Source: rules, section 14."""

from datetime import UTC, datetime

import pytest

from conftest import Clock
from factories import URIS, Organization, make_subscription
from mailing import notes
from openslot.db.pool import Conn
from openslot.security.vault import Vault
from openslot.services.webhooks import alarms
from openslot.services.webhooks.alarms import Failing

SINCE = datetime(2027, 1, 4, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "subject", "when"),
    [
        ("en", "A webhook receiver does not accept what happens", "Monday, January 4, 2027, 8:30"),
        ("it", "Un destinatario di webhook non accetta gli eventi", "lunedì 4 gennaio 2027, 08:30"),
        ("th", "ปลายทาง webhook ไม่รับเหตุการณ์ที่ส่งไป", "2570"),
    ],
)
async def test_the_maker_and_the_owner_are_written_to_once_each_in_the_own_language(
    conn: Conn, organization: Organization, clock: Clock, vault: Vault, *, locale: str, subject: str, when: str
) -> None:
    member, owner = organization.member.user, organization.owner.user
    await conn.execute("UPDATE users SET locale = %s, timezone = 'Europe/Rome' WHERE id = %s", (locale, member.id))
    hook = await make_subscription(conn, organization.member, vault=vault, now=clock.now, scope="user")
    alarm = Failing(
        organization_id=organization.id,
        subscription_id=hook.id,
        creator_id=member.id,
        callback_url=hook.callback_url,
        since=SINCE,
        answer="HTTP 503",
    )

    for _ in range(2):
        await alarms.failing(conn, alarm, uris=URIS, now=clock.now)

    written = {one.to: one for one in await notes(conn)}
    assert {to for to in written if to in {member.email, owner.email}} == {member.email, owner.email}
    assert written[member.email].subject == subject
    for part in (member.name, when, "https://hooks.example\n", "HTTP 503", str(hook.id)):
        assert part in written[member.email].text
    assert "/receiver" not in written[member.email].text  # many a path is a secret
