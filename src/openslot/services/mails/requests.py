"""Mails about booking requests. A hold is gone once it is answered, so what they say goes with them."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from openslot.core.ids import new_id
from openslot.db import mails
from openslot.db.mails import NewMail
from openslot.db.pool import Conn
from openslot.services.mails.kinds import Kind


class RequestHost(Struct, frozen=True):
    """A host who may answer."""

    id: UUID
    email: str
    name: str


class RequestFacts(Struct, frozen=True, kw_only=True):
    """A request as it was made."""

    event_type_id: UUID
    start_time: datetime
    end_time: datetime
    name: str
    email: str
    """The invitee's, as ``name``."""
    timezone: str
    language: str | None
    guests: list[str]
    answers: list[tuple[str, str]]
    """Questions and answers."""
    hosts: list[RequestHost]


async def announce(
    conn: Conn,
    organization_id: UUID,
    hold_id: UUID,
    facts: RequestFacts,
    *,
    to_invitee: Kind,
    to_hosts: Kind | None = None,
    now: datetime,
) -> None:
    """Write what the invitee gets about a request, and the hosts if anything, in the caller's transaction."""

    def mail(kind: Kind, recipient: str, host: RequestHost | None = None) -> NewMail:
        return NewMail(
            id=new_id(),
            organization_id=organization_id,
            kind=kind,
            role="invitee" if host is None else "host",
            recipient=recipient,
            user_id=None if host is None else host.id,
            hold_id=hold_id,
            facts=msgspec.to_builtins(facts),
            due_at=now,
        )

    new = [mail(to_invitee, facts.email)]
    if to_hosts is not None:
        new += [mail(to_hosts, host.email, host) for host in facts.hosts]
    await mails.insert(conn, new, now=now)
