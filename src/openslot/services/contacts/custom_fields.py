"""Custom fields of contacts: which a user has, and which values a contact gets. Source: since-september, sections 1, 2.

They are a user's own, as contacts are.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from openslot.core.booking_form import MUST_BE_FILLED
from openslot.core.contact_fields import FieldType, Option, Value, is_currency, read_value
from openslot.core.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from openslot.core.ids import new_id, ordered_id, parse_id
from openslot.core.roles import Action
from openslot.db import contact_fields
from openslot.db.contact_fields import Definition
from openslot.db.pool import Conn
from openslot.services.access import Principal
from openslot.wire.characters import one_line
from openslot.wire.contact_fields import CreateCustomFieldDefinition, NewOption
from openslot.wire.contacts import NewFieldValue

LABEL_TAKEN = "A custom field with this label exists already"
NOT_A_FIELD = "is not a custom field"
NAMED_TWICE = "is named more than once"
OF_ANOTHER_TYPE = "is of no use to this field_type"


async def get(conn: Conn, principal: Principal, definition_id: UUID) -> Definition:
    """One of the caller's definitions.

    Raises:
        NotFound: there is none in the organization. Forbidden: it is a colleague's.
    """
    found = await contact_fields.get(conn, principal.organization_id, definition_id)
    if found is None:
        raise NotFound("custom field")
    if not principal.reaches(Action.MANAGE_CONTACT, found.user_id):
        raise Forbidden
    return found


async def create(conn: Conn, principal: Principal, wanted: CreateCustomFieldDefinition, *, now: datetime) -> Definition:
    """Store a definition of the caller's; its options get their UUIDs.

    Raises:
        Conflict: another one has the label. Invalid: as ``check``.
    """
    check(wanted)
    label = one_line(wanted.label)
    made = Definition(
        id=ordered_id(now),
        organization_id=principal.organization_id,
        user_id=principal.user.id,
        label=label,
        field_type=wanted.field_type,
        options=None if not wanted.options else [Option(new_id(), one_line(one.label)) for one in wanted.options],
        currency=None if wanted.currency is None else wanted.currency.upper(),
        created_at=now,
        updated_at=now,
    )
    if not await contact_fields.insert(conn, made, label_key=label.casefold()):
        raise Conflict(LABEL_TAKEN)
    return made


def check(wanted: CreateCustomFieldDefinition) -> None:
    """Check that a definition has a label, and what its type needs and nothing else.

    Raises:
        Invalid: it has not; every field is named.
    """
    errors = [] if one_line(wanted.label) else [FieldError("label", MUST_BE_FILLED)]
    kind = FieldType(wanted.field_type)
    is_select = kind is FieldType.SINGLE_SELECT
    if bool(wanted.options) != is_select:
        errors.append(FieldError("options", MUST_BE_FILLED if is_select else OF_ANOTHER_TYPE))
    errors += _unlabeled(wanted.options or [])
    is_amount = kind is FieldType.CURRENCY
    if (wanted.currency is not None) != is_amount:
        errors.append(FieldError("currency", MUST_BE_FILLED if is_amount else OF_ANOTHER_TYPE))
    elif wanted.currency is not None and not is_currency(wanted.currency.upper()):
        errors.append(FieldError("currency", "is not a known currency"))
    if errors:
        raise Invalid(*errors)


def _unlabeled(options: Sequence[NewOption]) -> list[FieldError]:
    return [
        FieldError(f"options[{index}].label", MUST_BE_FILLED)
        for index, one in enumerate(options)
        if not one_line(one.label)
    ]


def read_values(
    definitions: Sequence[Definition], given: Sequence[NewFieldValue]
) -> tuple[dict[UUID, Value], list[FieldError]]:
    """The values by definition, None where one is to be removed, and what is wrong with the others."""
    known = {one.id: one for one in definitions}
    values: dict[UUID, Value] = {}
    errors = []
    for index, one in enumerate(given):
        definition = known.get(parse_id(one.uuid) or new_id())
        if definition is None or definition.id in values:
            problem = NOT_A_FIELD if definition is None else NAMED_TWICE
            errors.append(FieldError(f"custom_fields[{index}].uuid", problem))
            continue
        values[definition.id] = None
        try:
            parameter = f"custom_fields[{index}].value"
            values[definition.id] = read_value(definition.field_type, definition.options or [], one.value, parameter)
        except Invalid as exc:
            errors += exc.details
    return values, errors
