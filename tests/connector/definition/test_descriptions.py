"""What people read of the connector where the public connector's rows say nothing."""

import re
from collections.abc import Iterator
from typing import get_origin

import pytest
from msgspec import Struct, inspect

from openslot.connector import definition
from openslot.connector.definition import Text, fields
from openslot.connector.power_platform import swagger
from openslot.wire.common import Resource
from openslot.wire.routing_forms import CustomMessage
from openslot.wire.webhooks import WebhookSubscription

OPERATIONS = (*definition.ACTIONS, *definition.TRIGGERS)
THAI = re.compile("[\u0e00-\u0e7f]")


def everything_described() -> list[Text]:
    """Every sentence of ours in the definition, once for each place."""
    triggers = definition.TRIGGERS
    texts = [definition.DESCRIPTION, definition.LOCATION, *(trigger.hint for trigger in triggers)]
    for operation in (*OPERATIONS, *definition.INTERNAL_OPERATIONS):
        texts += [operation.description, *(parameter.description for parameter in operation.parameters)]
    texts += [parameter.description for parameter in definition.CONNECTION.parameters]
    return texts + [entry.description for entry in (*definition.DEFINITIONS, *definition.FAILURES)]


def test_every_description_is_a_sentence_in_all_three_languages() -> None:
    texts = everything_described()

    assert len(texts) == 2 + 2 + 8 + 10 + 1 + 9 + 2
    assert [text for text in texts if not (text.en.endswith(".") and text.it.endswith("."))] == []
    assert [text for text in texts if not THAI.search(text.th) or THAI.search(text.it) or text.it == text.en] == []


def shapes_of(kind: inspect.Type) -> Iterator[type[Struct]]:
    """Every shape that a value of this type may consist of."""
    match kind:
        case inspect.UnionType(types):
            for one in types:
                yield from shapes_of(one)
        case inspect.ListType(item_type=entry):
            yield from shapes_of(entry)
        case inspect.StructType(cls=shape, fields=parts):
            yield get_origin(shape) or shape
            for part in parts:
                yield from shapes_of(part.type)


SHOWN: set[type[Struct]] = {
    shape
    for answer in (
        *(operation.answer for operation in (*OPERATIONS, *definition.INTERNAL_OPERATIONS) if operation.answer),
        *(failure.shape for failure in definition.FAILURES),
        Resource[WebhookSubscription],
    )
    for shape in shapes_of(inspect.type_info(answer))
} - {CustomMessage}
"""What answers and deliveries are made of. A message of a routing form is one of several, so it is just anything."""


def test_every_field_of_every_shape_is_described() -> None:
    names = {shape.__name__: set(shape.__struct_encode_fields__) for shape in SHOWN}
    described = {
        name: {field for field in known if fields.description_of(name, field)} for name, known in names.items()
    }

    assert described == names


def test_no_field_is_described_that_is_not_there() -> None:
    known = {shape: set(shape.__struct_encode_fields__) for shape in fields.DESCRIPTIONS}

    assert {
        shape.__name__: set(texts) - known[shape]
        for shape, texts in fields.DESCRIPTIONS.items()
        if set(texts) - known[shape]
    } == {}
    assert len({shape.__name__ for shape in known}) == len(known)
    shown = {shape.__name__ for shape in SHOWN} | {"Invitee", "CreateWebhookSubscription"}
    assert {shape.__name__ for shape in known} == shown


def test_a_field_without_a_row_has_a_name_in_every_language() -> None:
    rows = {row.name for operation in OPERATIONS for row in operation.returns}
    rows |= {row.name for entry in definition.DEFINITIONS for row in entry.rows}
    others = [text.en for text in fields.OTHER_NAMES]

    assert [name for name in others if name in rows] == []
    assert [text for text in fields.OTHER_NAMES if not (text.it and THAI.search(text.th))] == []
    assert others == sorted(set(others))


@pytest.mark.parametrize(
    ("field", "name"),
    [("updated_at", "Updated At"), ("avatar_url", "Avatar URL"), ("statusCode", "Status Code"), ("uri", "URI")],
)
def test_a_field_without_a_row_is_called_as_json_spells_it(field: str, name: str) -> None:
    assert fields.field_name_in("en", swagger.spelled(field)) == name


def test_a_field_without_a_row_is_called_as_a_row_with_its_english_name() -> None:
    names = [fields.field_name_in(language, "Updated At") for language in definition.LANGUAGES]

    assert names == ["Updated At", "Aggiornato all'indirizzo", "อัปเดตเมื่อ"]
