"""The contract's schemas as validators: what an answer must look like, by method, path and status."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FILE = Path(__file__).parent / "calendly-v2.openapi.yaml"
ROOT = "urn:contract"


@cache
def contract() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(FILE.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def _registry() -> Registry[Any]:
    registry: Registry[Any] = Registry().with_resource(ROOT, DRAFT202012.create_resource(contract()))
    return registry


def _validator(pointer: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"{ROOT}#{pointer}"},
        registry=_registry(),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )


def _escaped(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")


def core_operations() -> list[tuple[str, str]]:
    """Method and path of every operation of tier core."""
    return [
        (method, path)
        for path, operations in contract()["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and operation.get("x-tier") == "core"
    ]


def check_answer(method: str, path: str, status: int, body: object) -> None:
    """See that a body is what the contract says of this status.

    Raises:
        jsonschema.ValidationError: it is not. KeyError: the contract knows no such operation or status.
    """
    responses = contract()["paths"][path][method.lower()]["responses"]
    response = responses[str(status)]
    pointer = f"/paths/{_escaped(path)}/{method.lower()}/responses/{status}"
    if "$ref" in response:
        pointer = response["$ref"].removeprefix("#")
        response = contract()["components"]["responses"][pointer.rsplit("/", 1)[-1]]
    if "content" not in response:
        assert not body
        return
    _validator(f"{pointer}/content/application~1json/schema").validate(body)


def check_schema(name: str, body: object) -> None:
    """See that a value is what ``components/schemas`` says.

    Raises:
        jsonschema.ValidationError: it is not.
    """
    _validator(f"/components/schemas/{name}").validate(body)
