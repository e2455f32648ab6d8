"""The contract's schemas as validators: what an answer must look like, by method, path and status."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from described import Described

FILE = Path(__file__).parent / "calendly-v2.openapi.yaml"
SINCE = FILE.with_name("since-september.openapi.yaml")
"""What Calendly added since; where both have something, this one counts."""


@cache
def contract() -> dict[str, Any]:
    loaded, since = _read(FILE), _read(SINCE)
    for path, operations in since["paths"].items():
        loaded["paths"].setdefault(path, {}).update(operations)
    loaded["components"]["schemas"].update(since["components"]["schemas"])
    return loaded


def _read(file: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.load(file.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return read


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
