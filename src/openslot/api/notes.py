"""Notes of a user about contacts. Source: since-september, section 1."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Meta, Struct

from openslot.api.calls import ThisCall
from openslot.api.contacts import READ, WRITE, items
from openslot.api.decoding import draft_of, path_id, query_of, uri_id
from openslot.api.pagination import DEFAULT_COUNT, PageQuery, SortField, Sorting, page_request, paged
from openslot.api.replies import CREATED, resource
from openslot.api.shapes import unrelated
from openslot.core.errors import Invalid, invalid
from openslot.db import notes
from openslot.edges import AnyRequest
from openslot.presenters import notes as present
from openslot.services.contacts import noting
from openslot.wire.notes import CreateNote

SORTING = Sorting(
    {"updated_at": SortField("contact_notes.updated_at", datetime), "id": SortField("contact_notes.id", UUID)},
    "updated_at:desc,id",
    "contact_notes.id",
)
MAX_CONTACTS = 10


class ListNotes(Struct, kw_only=True, forbid_unknown_fields=True):
    """Source: GET /notes, which refuses other keys, ``sort`` too."""

    contact: str
    """A comma list of URIs."""
    count: Annotated[int, Meta(ge=1, le=100)] = DEFAULT_COUNT
    page_token: str | None = None


@get("/notes", scope=READ)
async def list_notes(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The caller's own about some contacts, the last changed first."""
    query = await query_of(request, ListNotes)
    contact_ids = _contact_ids(query.contact)
    await noting.require_own(call.conn, call.principal, contact_ids)
    wanted = page_request(PageQuery(count=query.count, page_token=query.page_token), SORTING)
    page = await notes.list_page(call.conn, call.organization_id, call.user_id, contact_ids, wanted)
    return paged(request, call.uris, "/notes", query, page, lambda row: present.note(row, call.uris))


@get("/notes/{uuid:str}", scope=READ)
async def get_note(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """One of the caller's own."""
    return resource(present.note(await noting.get(call.conn, call.principal, path_id(uuid, "note")), call.uris))


@post("/notes", scope=WRITE)
async def create_note(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """A note of the caller's.

    Raises:
        Invalid: every wrong field is named.
    """
    body, wrong = await draft_of(request, CreateNote)
    if body is None:
        raise Invalid(*wrong)
    errors = list(wrong)
    contact_id = None
    try:
        contact_id = uri_id(body.contact, "contacts", "contact")
    except Invalid as exc:
        errors += unrelated(exc.details, wrong)
    try:
        noting.check(body)
    except Invalid as exc:
        errors += unrelated(exc.details, wrong)
    if errors or contact_id is None:
        raise Invalid(*errors)
    made = await noting.create(call.conn, call.principal, contact_id, body, now=call.now)
    return resource(present.note(made, call.uris), status=CREATED)


def _contact_ids(text: str) -> list[UUID]:
    """The contacts of a comma list, each once.

    Raises:
        Invalid: none, more than may be, or what is no URI of a contact.
    """
    ids = list(dict.fromkeys(uri_id(one, "contacts", "contact") for one in items(text)))
    if not ids:
        raise invalid("contact")
    if len(ids) > MAX_CONTACTS:
        raise invalid("contact", f"is too long (maximum is {MAX_CONTACTS})")
    return ids


HANDLERS = [list_notes, get_note, create_note]
