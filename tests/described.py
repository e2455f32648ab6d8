"""An OpenAPI document as validators: what an answer must look like, by method, path and status."""

import json
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from openslot.api.openapi import FILE

ROOT = "urn:document"
JSON = "application/json"


class Described:
    """One document; paths are spelled as it has them."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        registry: Registry[Any] = Registry()
        self._registry = registry.with_resource(ROOT, DRAFT202012.create_resource(document))

    def operations(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Every operation, by method in capitals and path."""
        methods = ("get", "post", "put", "patch", "delete")
        return {
            (method.upper(), path): operation
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
            if method in methods
        }

    def resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        """What a node refers to, or itself."""
        if "$ref" not in node:
            return node
        found = self.document
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
        return found

    def check_answer(self, method: str, path: str, status: int, body: object, *, kind: str = JSON) -> None:
        """See that a body is what the document says of this status, or of any other that it does not name.

        Of another ``kind`` than JSON, it is one line.

        Raises:
            jsonschema.ValidationError: it is not. KeyError: the document knows no such operation or status.
        """
        responses = self.document["paths"][path][method.lower()]["responses"]
        key = str(status) if str(status) in responses else "default"
        pointer = f"/paths/{_escaped(path)}/{method.lower()}/responses/{key}"
        response = responses[key]
        if "$ref" in response:
            pointer = response["$ref"].removeprefix("#")
            response = self.resolved(response)
        if "content" not in response:
            assert not body
            return
        self._validator(f"{pointer}/content/{_escaped(kind)}/schema").validate(body)

    def check_body(self, method: str, path: str, body: object) -> None:
        """See that a request's body is what the document says.

        Raises:
            jsonschema.ValidationError: it is not. KeyError: the operation has none.
        """
        pointer = f"/paths/{_escaped(path)}/{method.lower()}/requestBody/content/{_escaped(JSON)}/schema"
        self._validator(pointer).validate(body)

    def check_request(self, method: str, path: str, query: Mapping[str, str], body: object) -> None:
        """See that a request is what the document says: what it must have is there, and nothing that has no name.

        Raises:
            jsonschema.ValidationError: a value is not. KeyError: the operation has no such parameter, or no body.
        """
        operation = self.document["paths"][path][method.lower()]
        shared = self.document["paths"][path].get("parameters", [])
        entries = [self.resolved(one) for one in (*shared, *operation.get("parameters", []))]
        parameters = {one["name"]: one for one in entries if one["in"] == "query"}
        assert {name for name, one in parameters.items() if one.get("required")} <= query.keys()
        for name, text in query.items():
            self._valid(parameters[name]["schema"], _typed(self.resolved(parameters[name]["schema"]), text))
        if body is not None:
            self._valid(self.resolved(operation["requestBody"])["content"][JSON]["schema"], body)
        else:
            assert not self.resolved(operation.get("requestBody", {})).get("required")

    def check_schema(self, name: str, body: object) -> None:
        """See that a value is what ``components/schemas`` says.

        Raises:
            jsonschema.ValidationError: it is not.
        """
        self._validator(f"/components/schemas/{name}").validate(body)

    def _valid(self, schema: Any, value: object) -> None:
        """A schema of the document, whose references are relative to it."""
        text = json.dumps(schema).replace('"#/', f'"{ROOT}#/')
        self._validating(json.loads(text)).validate(value)

    def _validator(self, pointer: str) -> Draft202012Validator:
        return self._validating({"$ref": f"{ROOT}#{pointer}"})

    def _validating(self, schema: Any) -> Draft202012Validator:
        return Draft202012Validator(
            schema,
            registry=self._registry,
            format_checker=Draft202012Validator.FORMAT_CHECKER,
        )


def committed() -> Described:
    """The document of our API as it lies in the package."""
    return Described(json.loads(FILE.read_bytes()))


def _typed(schema: dict[str, Any], text: str) -> object:
    """The text of a query as the type that it stands for."""
    if schema.get("type") == "array":
        return text.split(",")
    is_text = schema.get("type", "string") == "string" or "string" in schema.get("type", [])
    return text if is_text else json.loads(text)


def _escaped(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")
