"""What was mailed, for those who run an organization."""

from uuid import UUID

from openslot.core.errors import NotFound
from openslot.core.roles import Action
from openslot.db import mails
from openslot.db.mails import Mail
from openslot.db.pool import Conn
from openslot.db.rows import Key, PageOf, PageRequest
from openslot.services.access import Principal
from openslot.services.mails.kinds import Kind

NEWEST_FIRST = (Key("mails.created_at", descending=True), Key("mails.id", descending=True))


async def list_page(conn: Conn, principal: Principal, page: PageRequest) -> PageOf[Mail]:
    """One page of the organization's mails, the newest first.

    Raises:
        Forbidden: a plain member.
    """
    principal.require(Action.READ_EVENT_LOG)
    return await mails.list_page(conn, principal.organization_id, page)


async def get(conn: Conn, principal: Principal, mail_id: UUID) -> Mail:
    """One mail of the organization.

    Raises:
        Forbidden: a plain member. NotFound: there is none.
    """
    principal.require(Action.READ_EVENT_LOG)
    found = await mails.get(conn, mail_id)
    if found is None or found.organization_id != principal.organization_id:
        raise NotFound("mail")
    return found


def holds_secret(mail: Mail) -> bool:
    """Whether the text may let its reader act for the recipient, as an invitation does: it is for nobody else."""
    return mail.kind == Kind.NOTE


async def send_again(conn: Conn, principal: Principal, mail_id: UUID) -> bool:
    """Have a mail sent once more, as it is; False where it waits, or its content is gone.

    Raises:
        Forbidden: a plain member. NotFound: there is none.
    """
    found = await get(conn, principal, mail_id)
    return await mails.send_again(conn, found.organization_id, found.id)
