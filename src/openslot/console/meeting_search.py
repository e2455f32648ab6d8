"""What a list of meetings is narrowed to, in the query of its address."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from openslot.accounts.sessions import Account
from openslot.core.ids import parse_id
from openslot.core.roles import Action
from openslot.db import memberships
from openslot.html.fields import Choice, Field
from openslot.services.meetings import Search, When

KEYS = ("when", "host", "email", "from", "to")


@dataclass(frozen=True)
class Narrowed:
    """The search of an address, and the query that stands for it."""

    search: Search
    query: Mapping[str, str]


def read(account: Account) -> Narrowed:
    """The search; what makes no sense is left out."""
    given = {key: value for key in KEYS if (value := account.page.query.get(key, "").strip())}
    when = When.UPCOMING
    with suppress(ValueError):
        when = When(given.get("when", When.UPCOMING))
    first, last = _day(given.get("from")), _day(given.get("to"))
    zone = account.page.formats.zone
    return Narrowed(
        Search(
            when=when,
            host_id=parse_id(given.get("host", "")),
            invitee_email=given.get("email"),
            since=None if first is None else datetime.combine(first, time(), zone),
            until=None if last is None else datetime.combine(last + timedelta(days=1), time(), zone) - _INSTANT,
        ),
        given,
    )


_INSTANT = timedelta(microseconds=1)


async def fields(account: Account, narrowed: Narrowed) -> Sequence[Field]:
    """The questions of the form that narrows a list."""
    page, query = account.page, narrowed.query
    found = []
    if account.principal.reaches_all(Action.LIST_EVENTS):
        hosts = await memberships.list_all(account.conn, account.user.organization_id)
        chosen: UUID | None = narrowed.search.host_id
        choices = tuple(
            Choice(str(one.user.id), one.user.name, is_chosen=one.user.id == chosen)
            for one in sorted(hosts, key=lambda one: one.user.name.casefold())
        )
        found.append(Field("host", page.gettext("Host"), "select", choices=choices))
    found.append(Field("email", page.gettext("Email of the invitee"), "email", value=query.get("email", "")))
    found.append(Field("from", page.gettext("From"), "date", value=query.get("from", "")))
    found.append(Field("to", page.gettext("Until"), "date", value=query.get("to", "")))
    return found


def _day(text: str | None) -> date | None:
    with suppress(ValueError):
        return None if text is None else date.fromisoformat(text)
    return None
