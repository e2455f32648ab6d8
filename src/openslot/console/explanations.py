"""Why a time of an event type is not offered, in words."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time
from uuid import UUID

from litestar.params import FromPath
from litestar.response import Response

from openslot.accounts.sessions import Account, ThisAccount
from openslot.console.page import render
from openslot.core.errors import NotFound
from openslot.core.ids import parse_id
from openslot.core.refusals import Refusal
from openslot.db import memberships
from openslot.html.fields import Field
from openslot.html.page import read
from openslot.presenters.explanations import SENTENCES, SET_ASIDE
from openslot.services import explaining, serving


@read("/app/event-types/{event_type_id:str}/why")
async def show(account: ThisAccount, event_type_id: FromPath[str]) -> Response[bytes]:
    """The reasons against the day and time of the address, on the member's clock."""
    page, known = account.page, parse_id(event_type_id)
    if known is None:
        raise NotFound("event type")
    row = await serving.find(account.conn, account.user.organization_id, known)
    explaining.require_insight(account.principal, row)
    moment = _moment(account)
    context: dict[str, object] = {"moment": None, "reasons": [], "set_aside": []}
    if moment is not None:
        found = await explaining.why_not(account.conn, account.user.organization_id, row.id, moment, now=account.now)
        found = await explaining.seen_by(account.conn, account.principal, found, now=account.now)
        members = await memberships.list_all(account.conn, account.user.organization_id)
        names = {one.user.id: one.user.name for one in members}
        context = {
            "moment": page.formats.moment(moment),
            "reasons": [_reason(account, one, SENTENCES[one.code], names) for one in found.refusals],
            "set_aside": [_reason(account, one, SET_ASIDE, names) for one in found.set_aside],
        }
    context |= {
        "name": row.name,
        "zone": page.formats.zone_name,
        "fields": [
            Field("day", page.gettext("Day"), "date", required=True, value=page.query.get("day", "")),
            Field("time", page.gettext("Time"), "time", required=True, value=page.query.get("time", "")),
        ],
        "action": page.to(f"/app/event-types/{row.id}/why"),
        "back": page.to(f"/app/event-types/{row.id}"),
    }
    return render(account, "why_not.html", "event-types", context)


def _moment(account: Account) -> datetime | None:
    """The instant that the address names; None where it names none."""
    query = account.page.query
    with suppress(ValueError):
        day, hours = date.fromisoformat(query.get("day", "")), time.fromisoformat(query.get("time", ""))
        return datetime.combine(day, hours.replace(tzinfo=None), account.page.formats.zone)
    return None


def _reason(account: Account, one: Refusal, sentence: str, names: Mapping[UUID, str]) -> dict[str, object]:
    is_meeting = one.source == "scheduled_event" and one.source_id is not None
    return {
        "text": account.page.gettext(sentence),
        "host": None if one.host is None else names.get(one.host),
        "meeting": account.page.to(f"/app/meetings/{one.source_id}") if is_meeting else None,
    }
