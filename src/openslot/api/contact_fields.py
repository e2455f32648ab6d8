"""Custom fields of a user's contacts. Source: contract, contacts; since-september, section 1."""

from litestar import Response, get, post
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.contacts import READ, WRITE
from openslot.api.decoding import draft_of, path_id
from openslot.api.replies import CREATED, reply, resource
from openslot.api.shapes import unrelated
from openslot.core.errors import Invalid
from openslot.db import contact_fields
from openslot.edges import AnyRequest
from openslot.presenters import contact_fields as present
from openslot.services.contacts import custom_fields
from openslot.wire.common import Collection
from openslot.wire.contact_fields import CreateCustomFieldDefinition


@get("/contacts/custom_field_definitions", scope=READ)
async def list_definitions(call: ThisCall) -> Response[bytes]:
    """All of the caller's."""
    rows = await contact_fields.list_for_user(call.conn, call.organization_id, call.user_id)
    return reply(Collection([present.definition(row, call.uris) for row in rows]))


@get("/contacts/custom_field_definitions/{uuid:str}", scope=READ)
async def get_definition(call: ThisCall, uuid: FromPath[str]) -> Response[bytes]:
    """One of the caller's."""
    found = await custom_fields.get(call.conn, call.principal, path_id(uuid, "custom field"))
    return resource(present.definition(found, call.uris))


@post("/contacts/custom_field_definitions", scope=WRITE)
async def create_definition(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """A custom field of the caller's contacts.

    Raises:
        Invalid: every wrong field is named, and unknown keys.
    """
    body, wrong = await draft_of(request, CreateCustomFieldDefinition)
    if body is None:
        raise Invalid(*wrong)
    try:
        custom_fields.check(body)
    except Invalid as exc:
        has_type = all(one.parameter != "field_type" for one in wrong)  # else the stand-in's needs are not the caller's
        known = [one for one in exc.details if has_type or one.parameter == "label"]
        raise Invalid(*wrong, *unrelated(known, wrong)) from exc
    if wrong:
        raise Invalid(*wrong)
    made = await custom_fields.create(call.conn, call.principal, body, now=call.now)
    return resource(present.definition(made, call.uris), status=CREATED)


HANDLERS = [list_definitions, get_definition, create_definition]
