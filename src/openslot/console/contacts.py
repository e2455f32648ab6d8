"""Contacts: whom a member has met, found by name or address; one of them, with notes and meetings."""

from datetime import datetime
from uuid import UUID

from litestar import post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from openslot.accounts.sessions import Account, ThisAccount
from openslot.console.page import render
from openslot.console.paging import neighbours, page_of
from openslot.core.errors import Invalid, NotFound
from openslot.core.ids import parse_id
from openslot.db import contacts, notes
from openslot.db.contacts import Contact, Filters
from openslot.db.rows import Key, PageRequest
from openslot.html.fields import Field, filled, first
from openslot.html.page import read
from openslot.services.contacts import keeping, noting
from openslot.wire.characters import address_key
from openslot.wire.notes import CreateNote

ROWS, NOTES = 50, 50
NOTES_NEWEST_FIRST = (Key("contact_notes.created_at", descending=True), Key("contact_notes.id", descending=True))
NEWEST_FIRST = (Key("contacts.created_at", descending=True), Key("contacts.id", descending=True))


@read("/app/contacts")
async def show(account: ThisAccount) -> Response[bytes]:
    """The member's own; ``find`` is a part of a name, or an address."""
    page, now = account.page, account.now
    wanted = page.query.get("find", "").strip()
    filters = Filters()
    if wanted:
        filters = Filters(email=[address_key(wanted)]) if "@" in wanted else Filters(name=[wanted])
    request = page_of(page, NEWEST_FIRST, (datetime, UUID), limit=ROWS)
    found = await contacts.list_page(
        account.conn, account.user.organization_id, account.user.id, request, filters, now=now
    )
    context = {
        "contacts": [_row(account, one) for one in found.rows],
        "pages": neighbours(page, "/app/contacts", found, **({"find": wanted} if wanted else {})),
        "field": Field("find", page.gettext("Name or email"), value=wanted),
        "is_narrowed": bool(wanted),
        "action": page.to("/app/contacts"),
    }
    return render(account, "contacts.html", "contacts", context)


@read("/app/contacts/{contact_id:str}")
async def show_contact(account: ThisAccount, contact_id: FromPath[str]) -> Response[bytes]:
    """One of them."""
    return await _contact(account, _id(contact_id))


@post("/app/contacts/{contact_id:str}/notes", include_in_schema=False, status_code=303)
async def add_note(account: ThisAccount, contact_id: FromPath[str]) -> Redirect | Response[bytes]:
    """Write a note, which the member alone reads."""
    known = _id(contact_id)
    text = first(filled(account.page.request), "note")
    try:
        async with account.conn.transaction():
            wanted = CreateNote(contact=account.page.uris.contact(known), body=text)
            await noting.create(account.conn, account.principal, known, wanted, now=account.now)
    except Invalid:
        return await _contact(account, known, text, account.page.gettext("Write something"))
    return account.page.redirect(account.page.to(f"/app/contacts/{known}"))


@post("/app/contacts/{contact_id:str}/deletion", include_in_schema=False, status_code=303)
async def delete(account: ThisAccount, contact_id: FromPath[str]) -> Redirect:
    """Delete a contact with its notes; meetings stay."""
    page = account.page
    await keeping.delete(account.conn, account.principal, _id(contact_id), uris=page.uris, now=account.now)
    return page.redirect(page.to("/app/contacts"))


async def _contact(account: Account, contact_id: UUID, note: str = "", problem: str | None = None) -> Response[bytes]:
    page = account.page
    one = await keeping.own(account.conn, account.principal, contact_id, now=account.now)
    request = PageRequest(NOTES_NEWEST_FIRST, NOTES)
    written = await notes.list_page(account.conn, one.organization_id, one.user_id, [one.id], request)
    facts = [
        (page.gettext("Phone number"), ", ".join(one.phone_numbers)),
        (page.gettext("Company"), one.company),
        (page.gettext("Job title"), one.job_title),
        (page.gettext("City"), one.city),
        (page.gettext("Time zone"), one.timezone),
        *((value.label, str(value.value)) for value in one.custom_fields),
    ]
    context = {
        "one": _row(account, one),
        "emails": [(email.email, page.to("/app/meetings", when="past", email=email.email)) for email in one.emails],
        "facts": [(name, value) for name, value in facts if value],
        "notes": [
            {"title": row.title, "body": row.body, "when": page.formats.moment(row.created_at)} for row in written.rows
        ],
        "field": Field("note", page.gettext("New note"), "textarea", required=True, value=note, error=problem),
        "add": page.to(f"/app/contacts/{one.id}/notes"),
        "deletion": page.to(f"/app/contacts/{one.id}/deletion"),
        "back": page.to("/app/contacts"),
    }
    return render(account, "contact.html", "contacts", context, status=422 if problem else 200)


def _row(account: Account, one: Contact) -> dict[str, object]:
    formats, meetings = account.page.formats, one.meetings

    def day(moment: datetime | None) -> str:
        return "" if moment is None else formats.moment(moment)

    return {
        "name": one.name or (one.emails[0].email if one.emails else ""),
        "url": account.page.to(f"/app/contacts/{one.id}"),
        "email": next((email.email for email in one.emails if email.is_primary), ""),
        "next": day(meetings.next),
        "last": day(meetings.last),
    }


def _id(text: str) -> UUID:
    known = parse_id(text)
    if known is None:
        raise NotFound("contact")
    return known
