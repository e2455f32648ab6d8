"""The mail of an invitation, from the inviter's transaction to a real SMTP server."""

import re

from conftest import Clock
from factories import URIS, Organization, principal_of
from mailing import notes, sending
from openslot.db.pool import Conn
from openslot.services import inviting
from openslot.services.inviting import LinkState
from providers.mail.test_smtp import mailer, serving


async def test_the_link_in_the_mail_opens_the_invitation_and_stays_nowhere_else(
    conn: Conn, own_database_url: str, organization: Organization, clock: Clock
) -> None:
    owner = await principal_of(conn, organization.owner, now=clock.now)
    async with serving() as server, sending(own_database_url, mailer(server), clock) as send:
        async with conn.transaction():
            await inviting.invite(conn, owner, "ada@new.example", uris=URIS, now=clock.now)
            await send()
            sent_before = len(server.taken)
        await send()

    assert sent_before == 0
    ((_, recipients, taken),) = server.taken
    assert recipients == ["ada@new.example"]
    assert str(taken["Subject"]) == f"{organization.owner.user.name} invites you to join Kiln & Co"
    found = re.search(r"https://book\.example/app/invitations/(\S+)", taken.get_content())
    assert found is not None
    assert (await inviting.follow(conn, found[1], now=clock.now)).state is LinkState.OPEN
    assert await notes(conn) == []
    cursor = await conn.execute("SELECT state, facts, text FROM mails")
    assert await cursor.fetchall() == [("sent", None, None)]
