"""Links that sign a member in once: mailed to who has the member's address, or printed for who runs the service.

Only a digest of a link's secret is stored. Opening the page of a link uses nothing up, which mail programs do.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from openslot.core.errors import NotFound
from openslot.core.ids import new_id
from openslot.db import memberships, sandboxes, sign_in_links, users
from openslot.db.pool import Conn
from openslot.db.sign_in_links import LinkOwner
from openslot.db.users import User
from openslot.i18n.reader import Reader
from openslot.presenters.uris import Uris
from openslot.providers.mail import Message
from openslot.security.tokens import digest, new_session_secret
from openslot.services import notifications, sessions

log = logging.getLogger(__name__)

VALID = timedelta(minutes=20)
MOST = 5
"""Links of a member that work at a time, so that nobody's mailbox is filled from many network addresses."""


async def issue(
    conn: Conn, organization_id: UUID, user_id: UUID, *, uris: Uris, now: datetime, valid: timedelta = VALID
) -> str:
    """The address of a new link. ``now``: the real time."""
    secret = new_session_secret()
    await sign_in_links.insert(
        conn,
        organization_id=organization_id,
        user_id=user_id,
        digest=digest(secret),
        now=now,
        expires_at=now + valid,
    )
    return uris.sign_in_page(secret)


async def mail(conn: Conn, email: str, *, uris: Uris, now: datetime) -> None:
    """Mail a link to the member with this address; nothing happens where there is none.

    A sandbox keeps its mails, where its admins read them, so its members get no links.
    """
    user = await users.get_by_email(conn, email)
    if user is None or await memberships.of_user(conn, user.organization_id, user.id) is None:
        return
    if await sandboxes.get(conn, user.organization_id) is not None:
        log.warning("no link was mailed for signing in: the member belongs to a sandbox")
        return
    if await sign_in_links.count_of_user(conn, user.organization_id, user.id, now=now) >= MOST:
        log.warning("no further link was mailed for signing in: the member has %s that work", MOST)
        return
    link = await issue(conn, user.organization_id, user.id, uris=uris, now=now)
    await notifications.defer_mail(conn, _message(user, link), organization_id=user.organization_id, now=now)


async def find(conn: Conn, secret: str, *, now: datetime) -> LinkOwner:
    """Whom the link signs in.

    Raises:
        NotFound: nobody: it is unknown, was used or has expired.
    """
    found = await sign_in_links.find(conn, digest(secret))
    if found is None or found.expires_at <= now:
        raise NotFound("link")
    return found


async def use(conn: Conn, secret: str, *, now: datetime) -> str:
    """Sign the member in; the secret of the session.

    Raises:
        NotFound: as ``find``; of two who use a link at once, the second gets it.
    """
    found = await find(conn, secret, now=now)
    if not await sign_in_links.delete(conn, digest(secret)):
        raise NotFound("link")
    return await sessions.begin_as(conn, found.organization_id, found.user_id, now=now)


async def sweep(conn: Conn, *, now: datetime) -> None:
    """Delete what has expired."""
    await sign_in_links.delete_expired(conn, now=now)


def _message(user: User, link: str) -> Message:
    reader = Reader.of(user.timezone, user.locale)
    facts = {"url": link, "minutes": int(VALID.total_seconds()) // 60}
    subject = reader.gettext("Your link for signing in")
    text = reader.gettext(
        "Hello,\n\n"
        "sign in here:\n\n"
        "    %(url)s\n\n"
        "The link works once, within %(minutes)s minutes. Keep it to yourself: whoever has it can sign in as you.\n\n"
        "If you have not requested it, leave this message unanswered, and nothing happens.\n",
        **facts,
    )
    return Message(id=new_id(), to=user.email, subject=subject, text=text)
