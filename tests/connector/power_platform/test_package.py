"""The package for the Power Platform: against Microsoft's schemas, against the contract, and against itself as of now.

``openslot connector export tests/connector/power_platform/export --host connector.example.org`` makes the copy beside
this file again, once its difference has been looked at.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from openslot.connector import definition
from openslot.connector.definition import LANGUAGES, Language
from openslot.connector.definition.fields import OTHER_NAMES
from openslot.connector.power_platform import Package, icon

TESTS = Path(__file__).parents[2]
COPY = Path(__file__).parent / "export"
CONTRACT: dict[str, Any] = json.loads((TESTS / "contract" / "connector.json").read_text("utf-8"))
HOST = "connector.example.org"
Json = dict[str, Any]


def microsofts(name: str) -> Json:
    schema: Json = json.loads((TESTS / "contract" / "power-platform" / name).read_text("utf-8"))
    return schema


def test_the_files_are_those_of_the_copy() -> None:
    assert Package(HOST).files() == {path.name: path.read_bytes() for path in COPY.iterdir()}


def test_a_document_has_the_host_s_name_and_path() -> None:
    document = Package("example.org:8443/calendly").api_definition()

    assert (document["host"], document["basePath"], document["schemes"]) == ("example.org:8443", "/calendly", ["https"])


@pytest.mark.parametrize("code_page", ["ascii", "cp1252", "cp874", "utf-8"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_paconn_reads_the_files_in_whatever_code_page_a_machine_has(
    tmp_path: Path, language: Language, code_page: str
) -> None:
    """As paconn 0.0.21 reads them: ``open(file, "r")``, so in the machine's code page (``operations/upsert.py``).

    The command itself is not installed for tests, because it wants pylint 2.0, pytest and 40 packages more.
    """
    package = Package(HOST, language)
    package.write(tmp_path)
    settings = as_paconn_reads(tmp_path / "settings.json", code_page)
    definition_read = as_paconn_reads(tmp_path / settings["apiDefinition"], code_page)
    properties_read = as_paconn_reads(tmp_path / settings["apiProperties"], code_page)

    assert definition_read == package.api_definition()
    assert properties_read == package.api_properties()
    assert (tmp_path / settings["icon"]).read_bytes() == icon.png()


def as_paconn_reads(path: Path, code_page: str) -> Json:
    with path.open(encoding=code_page) as file:
        read: Json = json.load(file)
    return read


@pytest.mark.parametrize("language", LANGUAGES)
class TestValidity:
    def test_the_definition_is_valid_by_microsoft_s_schema(self, language: Language) -> None:
        schema = microsofts("apiDefinition.swagger.schema.json")
        errors = jsonschema.Draft4Validator(schema).iter_errors(Package(HOST, language).api_definition())

        assert [(list(error.absolute_path), error.message) for error in errors] == []

    def test_the_properties_are_valid_by_microsoft_s_schema(self, language: Language) -> None:
        schema = microsofts("paconn-apiProperties.schema.json")
        errors = jsonschema.Draft7Validator(schema).iter_errors(Package(HOST, language).api_properties())

        assert [(list(error.absolute_path), error.message) for error in errors] == []

    # the validator still uses what jsonschema is about to drop, from its import on
    @pytest.mark.filterwarnings("ignore:jsonschema.RefResolver is deprecated:DeprecationWarning")
    def test_the_definition_is_swagger(self, language: Language) -> None:
        from swagger_spec_validator import validator20  # noqa: PLC0415 -- it warns, see above

        validator20.validate_spec(Package(HOST, language).api_definition())

    def test_nothing_in_it_is_what_swagger_does_not_have(self, language: Language) -> None:
        words = {"anyOf", "oneOf", "null", "nullable", "const", "$defs"}

        assert words & set(keys(Package(HOST, language).api_definition())) == set()

    def test_names_are_as_long_as_the_platform_takes_them(self, language: Language) -> None:
        document = Package(HOST, language).api_definition()
        operations = [operation for path in document["paths"].values() for operation in path.values()]

        assert max(len(one["summary"]) for one in operations if "summary" in one) <= 80
        assert max(len(one["description"]) for one in operations) <= 1000
        assert len(document["info"]["title"]) <= 30


def keys(node: object) -> list[str]:
    if isinstance(node, dict):
        return [*node, *(key for value in node.values() for key in keys(value))]
    return [key for value in node for key in keys(value)] if isinstance(node, list) else []


def test_a_schema_that_is_broken_is_found_out() -> None:
    document = Package(HOST).api_definition()
    document["paths"]["/event_types"]["get"]["x-ms-visibility"] = "everybody"

    assert not jsonschema.Draft4Validator(microsofts("apiDefinition.swagger.schema.json")).is_valid(document)


def at(document: Json, schema: Json, path: str) -> Json:
    """The schema of a row, through lists and references."""
    for name in path.split("."):
        schema = resolved(document, schema)
        schema = resolved(document, schema["items"]) if schema["type"] == "array" else schema
        schema = schema["properties"][name]
    return schema


def resolved(document: Json, schema: Json) -> Json:
    if "$ref" not in schema:
        return schema
    found: Json = document["definitions"][schema["$ref"].removeprefix("#/definitions/")]
    return found


def as_row(document: Json, schema: Json) -> tuple[str, str]:
    """Type and name of a value, as the contract writes a row."""
    kind = schema["$ref"].rpartition("/")[2] if "$ref" in schema else word(schema)
    return kind, resolved(document, schema)["x-ms-summary"]


def word(schema: Json) -> str:
    if schema["type"] == "array":
        entry = schema["items"]
        listed: str = entry["$ref"].rpartition("/")[2] if "$ref" in entry else entry["type"]
        return f"array of {listed}"
    kind: str = schema.get("format") or schema["type"]
    return "integer" if kind == "int32" else kind  # the vendor's file has the format, the rows have not


def promised(row: Json, language: str, kind: str) -> tuple[str, str]:
    """Type and name of a row. Ours says of instants that they are some, where the contract has them as strings."""
    loose = row["type"] == "string" and kind == "date-time"
    return kind if loose else row["type"], row["name" if language == "en" else "name_it"]


@pytest.mark.parametrize("language", ["en", "it"])
class TestContract:
    def test_every_operation_is_there(self, language: Language) -> None:
        paths = Package(HOST, language).api_definition()["paths"]
        internal = {(one["method"], one["path"]): one["operation_id"] for one in CONTRACT["internal_operations"]}
        public = {
            (one["method"], one["path"]): (one["operation_id"], one["name" if language == "en" else "name_it"])
            for one in CONTRACT["operations"]
        }
        ours = {
            (method.upper(), path): operation
            for path, methods in paths.items()
            for method, operation in methods.items()
            if method != "x-ms-notification-content"
        }

        assert {key: (one["operationId"], one["summary"]) for key, one in ours.items() if key in public} == public
        assert {key: one["operationId"] for key, one in ours.items() if key not in public} == internal
        assert {key: one["x-ms-visibility"] for key, one in ours.items()} == (
            dict.fromkeys(public, "important") | dict.fromkeys(internal, "internal")
        )

    def test_every_parameter_of_an_action_is_there(self, language: Language) -> None:
        paths = Package(HOST, language).api_definition()["paths"]
        for action in CONTRACT["operations"]:
            if action["kind"] != "action":
                continue
            given = paths[action["path"]][action["method"].lower()]["parameters"]
            ours = []
            for one in given:
                if one["in"] == "body":
                    required = one["schema"]["required"]
                    ours += [(key, key in required, value) for key, value in one["schema"]["properties"].items()]
                else:
                    ours.append((one["name"], one["required"], one))
            assert [(key, required, one["type"], one["x-ms-summary"]) for key, required, one in ours] == [
                (one["key"], one["required"], one["type"], one["name" if language == "en" else "name_it"])
                for one in action["parameters"]
            ]

    def test_every_trigger_takes_what_the_connector_takes(self, language: Language) -> None:
        paths = Package(HOST, language).api_definition()["paths"]
        for trigger in CONTRACT["operations"]:
            if trigger["kind"] != "trigger":
                continue
            operation = paths[trigger["path"]]["post"]
            (body,) = operation["parameters"]
            properties = dict(body["schema"]["properties"])
            events = properties.pop("events")
            assert operation["x-ms-trigger"] == "single"
            assert events["items"] == {
                "type": "string", "enum": trigger["events_enum"], "default": trigger["events_default"],
            }  # fmt: skip
            for one in properties.values():
                one.pop("description", None)
            hidden: Json = {key: {"type": "string", "x-ms-visibility": "internal"} for key in trigger["hidden_body"]}
            hidden["url"]["x-ms-notification-url"] = True
            hidden["scope"] |= trigger["hidden_body"]["scope"]
            assert properties == hidden
            assert "Location" in operation["responses"]["201"]["headers"]
            assert trigger["unsubscribe"]["path"] in paths

    def test_every_row_is_in_its_place_with_its_type_and_its_name(self, language: Language) -> None:
        document = Package(HOST, language).api_definition()
        ours, expected = [], []
        for operation in CONTRACT["operations"]:
            path = document["paths"][operation["path"]]
            answer = path.get("x-ms-notification-content") or next(
                iter(path[operation["method"].lower()]["responses"].values())
            )
            for row in operation["returns"]:
                if row["path"] == "204":
                    assert answer["description"] == row["name" if language == "en" else "name_it"]
                    continue
                found = as_row(document, at(document, answer["schema"], row["path"]))
                ours.append((operation["operation_id"], row["path"], *found))
                expected.append((operation["operation_id"], row["path"], *promised(row, language, found[0])))
        for name, rows in CONTRACT["definitions"].items():
            for row in rows:
                found = as_row(document, at(document, document["definitions"][name], row["path"]))
                ours.append((name, row["path"], *found))
                expected.append((name, row["path"], *promised(row, language, found[0])))

        assert ours == expected
        assert len(ours) == CONTRACT["counts"]["operation_returns"] - 1 + CONTRACT["counts"]["definition_fields"]
        assert list(document["definitions"]) == list(CONTRACT["definitions"])

    def test_the_connection_is_the_connector_s(self, language: Language) -> None:
        properties = Package(HOST, language).api_properties()["properties"]
        (key,) = CONTRACT["connection"]["parameters"]
        shown = properties["connectionParameters"][key["key"]]
        (policy,) = properties["policyTemplateInstances"]

        assert list(properties["connectionParameters"]) == [key["key"]]
        assert (shown["type"], shown["uiDefinition"]["displayName"]) == (
            key["type"],
            key["name" if language == "en" else "name_it"],
        )
        header = CONTRACT["connection"]["request_headers"]["Authorization"]
        assert policy["parameters"]["x-ms-apimTemplateParameter.value"] == header.replace(
            f"{{{key['key']}}}", f"@connectionParameters('{key['key']}')"
        )


def test_an_event_type_is_chosen_from_those_there_are() -> None:
    paths = Package(HOST).api_definition()["paths"]
    (uuid,) = paths["/event_types/{uuid}"]["get"]["parameters"]

    assert uuid["x-ms-dynamic-values"] == {
        "operationId": "GetEventTypes",
        "parameters": {"count": 100},
        "value-collection": "collection",
        "value-title": "name",
        "value-path": "uri",
    }
    assert uuid["x-ms-url-encoding"] == "double"


@pytest.mark.parametrize("how", ["x-ms-dynamic-values", "x-ms-dynamic-list"])
def test_the_list_to_choose_from_is_where_it_is_declared(how: str) -> None:
    document = Package(HOST).api_definition()
    (uuid,) = document["paths"]["/event_types/{uuid}"]["get"]["parameters"]
    reference = uuid[how]
    where = {"x-ms-dynamic-values": "value-collection", "x-ms-dynamic-list": "itemsPath"}[how]
    shown = {
        "x-ms-dynamic-values": ("value-title", "value-path"),
        "x-ms-dynamic-list": ("itemTitlePath", "itemValuePath"),
    }
    (listing,) = [
        one
        for path in document["paths"].values()
        for one in path.values()
        if one.get("operationId") == reference["operationId"]
    ]
    answer = listing["responses"]["200"]["schema"]["properties"]
    count = reference["parameters"]["count"]

    entries = answer[reference[where]]
    assert entries["type"] == "array"
    assert (
        {reference[key] for key in shown[how]}
        == {"name", "uri"}
        <= set(resolved(document, entries["items"])["properties"])
    )
    assert (count if how == "x-ms-dynamic-values" else count["value"]) == 100
    assert set(reference["parameters"]) <= {one["name"] for one in listing["parameters"]}


def test_the_token_is_hidden_while_it_is_typed_and_kept_as_a_secret() -> None:
    token = Package(HOST).api_properties()["properties"]["connectionParameters"]["api_key"]

    assert token["type"] == "securestring"
    assert token["uiDefinition"]["constraints"] == {"tabIndex": 2, "clearText": False, "required": "true"}


def test_what_may_be_null_is_marked() -> None:
    document = Package(HOST).api_definition()
    payload = document["paths"]["/webhook_subscriptions"]["x-ms-notification-content"]["schema"]["properties"][
        "payload"
    ]

    nullable = {name for name, one in payload["properties"].items() if resolved(document, one).get("x-nullable")}
    assert nullable == {
        "first_name", "last_name", "timezone", "text_reminder_number", "old_invitee", "new_invitee",
        "routing_form_submission", "cancellation", "payment", "no_show", "reconfirmation", "scheduling_method",
        "invitee_scheduled_by", "canceled",
    }  # fmt: skip


def walk(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Every object of a document, with the keys that lead to it."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from walk(value, (*path, key))
    if isinstance(node, list):
        for place, value in enumerate(node):
            yield from walk(value, (*path, place))


def values(document: Json) -> dict[tuple[str | int, ...], Json]:
    """Every parameter and every property, by where it is; of a body its properties, as designers show it."""
    return {
        path: node
        for path, node in walk(document)
        if path[-2:-1] == ("properties",) or (path[-2:-1] == ("parameters",) and "in" in node and node["in"] != "body")
    }


def is_given(path: tuple[str | int, ...]) -> bool:
    """Whether the maker of a flow gives a value, rather than gets it."""
    return "parameters" in path


class TestDescriptions:
    def test_every_value_is_described_in_english(self) -> None:
        document = Package(HOST).api_definition()
        found = {path: resolved(document, value).get("description") for path, value in values(document).items()}

        assert [path for path, text in found.items() if not text] == []
        assert len(found) > 250

    @pytest.mark.parametrize("language", ["it", "th"])
    def test_what_one_gives_is_described_in_every_language(self, language: Language) -> None:
        english = values(Package(HOST).api_definition())
        document = Package(HOST, language).api_definition()
        given = {
            path: (english[path]["description"], value.get("description"))
            for path, value in values(document).items()
            if is_given(path) and value.get("x-ms-visibility") != "internal"
        }

        assert len(given) == CONTRACT["counts"]["operation_parameters"]
        assert [path for path, (ours, theirs) in given.items() if not theirs or ours == theirs] == []

    @pytest.mark.parametrize("language", ["it", "th"])
    def test_what_one_gets_is_described_in_one_language_or_not_at_all(self, language: Language) -> None:
        got = {
            path: value
            for path, value in values(Package(HOST, language).api_definition()).items()
            if not is_given(path)
        }

        assert [path for path, value in got.items() if "description" in value] == []

    def test_a_field_keeps_no_english_name_in_another_language(self) -> None:
        names = {
            language: {
                path: value.get("x-ms-summary")
                for path, value in values(Package(HOST, language).api_definition()).items()
            }
            for language in LANGUAGES
        }
        others = {text.en: text for text in OTHER_NAMES}
        here = {path: others[name] for path, name in names["en"].items() if name in others}

        assert {text.en for text in here.values()} == set(others)
        assert {path: names["it"][path] for path in here} == {path: text.it for path, text in here.items()}
        assert [
            name for name in names["th"].values() if name and not any("\u0e00" <= letter <= "\u0e7f" for letter in name)
        ] == []


def test_a_count_shows_which_numbers_it_takes() -> None:
    listing = Package(HOST).api_definition()["paths"]["/event_types"]["get"]
    (count,) = [one for one in listing["parameters"] if one["name"] == "count"]

    assert {key: count[key] for key in ("type", "format", "minimum", "maximum", "default")} == {
        "type": "integer", "format": "int32", "minimum": 1, "maximum": 100, "default": 20,
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_trigger_describes_how_to_make_it_happen(language: Language) -> None:
    paths = Package(HOST, language).api_definition()["paths"]
    hints = [paths[trigger.platform_path]["post"]["x-ms-trigger-hint"] for trigger in definition.TRIGGERS]

    assert hints == [definition.text_in(language, trigger.hint) for trigger in definition.TRIGGERS]


def test_every_operation_describes_how_it_fails() -> None:
    document = Package(HOST).api_definition()
    operations = [one for path in document["paths"].values() for one in path.values() if "operationId" in one]

    for operation in operations:
        success, *failures = operation["responses"]
        shown = {status: set(operation["responses"][status]["schema"]["properties"]) for status in failures}
        assert success in {"200", "201", "204"}
        assert shown == {
            "429": {"statusCode", "message"},
            "default": {"title", "message", "details", "required_scopes"},
        }


def test_thai_is_thai() -> None:
    document = Package(HOST, "th").api_definition()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    sentences = [operation["description"] for operation in operations]
    rows = [(entry.name, row) for entry in definition.DEFINITIONS for row in entry.rows]

    assert all(any("\u0e00" <= letter <= "\u0e7f" for letter in sentence) for sentence in sentences)
    assert {one["operationId"]: one["summary"] for one in operations if one.get("x-ms-visibility") == "important"} == {
        one.operation_id: one.name_th for one in (*definition.ACTIONS, *definition.TRIGGERS)
    }
    assert [as_row(document, at(document, document["definitions"][name], row.path))[1] for name, row in rows] == [
        row.name_th for _, row in rows
    ]


def test_the_icon_is_a_picture_of_the_size_that_the_platform_takes() -> None:
    content = icon.png()
    width, height, depth, kind = struct.unpack(">IIBB", content[16:26])
    pixels = zlib.decompress(content[content.index(b"IDAT") + 4 : -16])

    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert (width, height, depth, kind) == (icon.SIZE, icon.SIZE, 4, 3)
    assert 100 <= width <= 230
    assert len(pixels) == height * (1 + width // 2)
    assert len(content) < 1024 * 1024
