"""The contract's schemas as validators: what an answer must look like, by method, path and status."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from described import Described

FILE = Path(__file__).parent / "calendly-v2.openapi.yaml"


@cache
def contract() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load(FILE.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


@cache
def described() -> Described:
    return Described(contract())


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
    described().check_answer(method, path, status, body)


def check_schema(name: str, body: object) -> None:
    """See that a value is what ``components/schemas`` says.

    Raises:
        jsonschema.ValidationError: it is not.
    """
    described().check_schema(name, body)
