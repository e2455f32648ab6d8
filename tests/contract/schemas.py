"""The contract's schemas as validators: what an answer must look like, by method, path and status."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from described import Described

FILES = ("calendly-v2.openapi.yaml", "since-september.yaml")
"""What is later is laid over what is before it."""


@cache
def contract() -> dict[str, Any]:
    found: Any = {}
    for name in FILES:
        text = (Path(__file__).parent / name).read_text("utf-8")
        found = _laid_over(found, yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    loaded: dict[str, Any] = found
    return loaded


def _laid_over(below: Any, above: Any) -> Any:
    """``above`` on ``below``: objects are joined, lists are lengthened, anything else is replaced."""
    if isinstance(below, dict) and isinstance(above, dict):
        joined = {key: _laid_over(below[key], value) if key in below else value for key, value in above.items()}
        return below | joined
    return [*below, *above] if isinstance(below, list) and isinstance(above, list) else above


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


def with_fractions(body: Any) -> Any:
    """A list of available times, whose starts have no fraction on purpose, with those that the schema has.

    Strict clients parse the short form alone (behaviours, section 2).
    """
    assert body["collection"]
    for slot in body["collection"]:
        slot["start_time"] = slot["start_time"].replace("Z", ".000000Z")
    return body


def check_schema(name: str, body: object) -> None:
    """See that a value is what ``components/schemas`` says.

    Raises:
        jsonschema.ValidationError: it is not.
    """
    described().check_schema(name, body)
