"""What a tool for agents is."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from openslot.connector.agents.runs import Run
from openslot.connector.agents.schemas import input_schema, output_schema


class Tool(Struct, frozen=True, kw_only=True):
    """Something that an agent can have done."""

    name: str
    title: str
    description: str
    arguments: type[Struct]
    answer: Any
    """The shape of what comes back; an object in JSON."""
    run: Run
    read_only: bool
    destructive: bool = False
    """Takes away or changes what is there."""
    idempotent: bool = False
    """Doing it again changes nothing more."""
    is_extension: bool = False
    """Only OpenSlot has it."""
    read: Callable[[Mapping[str, Any]], Any] | None = None
    """How arguments are read that may be spelled in other ways than ``arguments`` has them."""


def schemas_of(tool: Tool, described_by: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of what a tool is given and of what it answers with; ``described_by``: as for ``output_schema``."""
    return input_schema(tool.arguments), output_schema(tool.answer, described_by)
