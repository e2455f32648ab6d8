"""A user's contacts. Source: contract, contacts; since-september, section 2."""

from datetime import datetime
from typing import Literal, TypeVar

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath
from msgspec import Struct

from openslot.api.calls import Call, ThisCall
from openslot.api.decoding import ContactListUri, draft_of, optional_uri_id, path_id, query_of
from openslot.api.pagination import PageQuery, SortField, Sorting, page_request, paged
from openslot.api.replies import CREATED, no_content, resource
from openslot.api.shapes import unrelated
from openslot.core.booking_form import MUST_BE_FILLED
from openslot.core.errors import Invalid, invalid
from openslot.core.phones import phone_number
from openslot.db import contacts
from openslot.db.contacts import Filters
from openslot.edges import AnyRequest
from openslot.presenters import contacts as present
from openslot.services.contacts import keeping, listing
from openslot.services.contacts.keeping import Changes
from openslot.wire.characters import address_key
from openslot.wire.contacts import CreateContact, UpdateContact

READ = "contacts:read"
WRITE = "contacts:write"
SORTING = Sorting(
    {
        "created_at": SortField("contacts.created_at", datetime),
        "updated_at": SortField("contacts.updated_at", datetime),
    },
    "created_at:asc",
    "contacts.id",
)

B = TypeVar("B", CreateContact, UpdateContact)


class GetContact(Struct):
    """Source: GET /contacts/{uuid}."""

    exclude: Literal["custom_fields"] | None = None


class ListContacts(PageQuery, kw_only=True):
    """Source: GET /contacts. Each filter is a comma list."""

    email: str | None = None
    phone_number: str | None = None
    timezone: str | None = None
    name: str | None = None
    job_title: str | None = None
    company: str | None = None
    country: str | None = None
    state: str | None = None
    city: str | None = None
    contact_list: ContactListUri | None = None
    exclude: Literal["custom_fields"] | None = None


@get("/contacts", scope=READ)
async def list_contacts(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """The caller's own, all or those of a list."""
    query = await query_of(request, ListContacts)
    wanted = page_request(query, SORTING)
    list_id = optional_uri_id(query.contact_list, "contact_lists", "contact_list")
    if list_id is not None:
        await listing.own(call.conn, call.principal, list_id)
    page = await contacts.list_page(
        call.conn, call.organization_id, call.user_id, wanted, _filters(query), list_id=list_id, now=call.now
    )
    full = query.exclude is None
    return paged(
        request, call.uris, "/contacts", query, page, lambda row: present.contact(row, call.uris, custom_fields=full)
    )


@get("/contacts/{uuid:str}", scope=READ)
async def get_contact(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """One of the caller's own."""
    query = await query_of(request, GetContact)
    found = await keeping.own(call.conn, call.principal, path_id(uuid, "contact"), now=call.now)
    return resource(present.contact(found, call.uris, custom_fields=query.exclude is None))


@post("/contacts", scope=WRITE)
async def create_contact(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """A contact of the caller's."""
    changes = await _changes(call, request, CreateContact)
    made = await keeping.create(call.conn, call.principal, changes, uris=call.uris, now=call.now)
    return resource(present.contact(made, call.uris), status=CREATED)


@patch("/contacts/{uuid:str}", scope=WRITE)
async def update_contact(call: ThisCall, request: AnyRequest, uuid: FromPath[str]) -> Response[bytes]:
    """One of the caller's own; what is left out stays.

    Raises:
        Invalid: nothing is to change, or keys are unknown.
    """
    contact_id = path_id(uuid, "contact")
    changes = await _changes(call, request, UpdateContact)
    if not changes:
        raise invalid("body", MUST_BE_FILLED)
    changed = await keeping.update(call.conn, call.principal, contact_id, changes, uris=call.uris, now=call.now)
    return resource(present.contact(changed, call.uris))


@delete("/contacts/{uuid:str}", status_code=204, scope=WRITE)
async def delete_contact(call: ThisCall, uuid: FromPath[str]) -> Response[None]:
    """One of the caller's own."""
    await keeping.delete(call.conn, call.principal, path_id(uuid, "contact"), uris=call.uris, now=call.now)
    return no_content()


async def _changes(call: Call, request: AnyRequest, kind: type[B]) -> Changes:
    """What the body sets.

    Raises:
        Invalid: fields that can't be read, or that the rules refuse; every one is named.
    """
    body, wrong = await draft_of(request, kind)
    if body is None:
        raise Invalid(*wrong)
    try:
        changes = await keeping.read(call.conn, call.principal, body)
    except Invalid as exc:
        raise Invalid(*wrong, *unrelated(exc.details, wrong)) from exc
    if wrong:
        raise Invalid(*wrong)
    return changes


def _filters(query: ListContacts) -> Filters:
    return Filters(
        email=[address_key(one) for one in items(query.email)],
        phone_number=[phone_number(one) or one for one in items(query.phone_number)],
        timezone=items(query.timezone),
        name=items(query.name),
        job_title=items(query.job_title),
        company=items(query.company),
        country=[one.upper() for one in items(query.country)],
        state=items(query.state),
        city=items(query.city),
    )


def items(text: str | None) -> list[str]:
    """The values of a comma list."""
    return [one.strip() for one in (text or "").split(",") if one.strip()]


HANDLERS = [list_contacts, get_contact, create_contact, update_contact, delete_contact]
