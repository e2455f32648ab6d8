"""The operations of the definition by where they are called."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from openslot.client.messages import resource_id
from openslot.client.operation import Operation
from openslot.connector import definition
from openslot.connector.definition import TriggerDefinition
from openslot.connector.gateway.replies import Declined, not_allowed, not_found


class Route(Struct, frozen=True):
    """An operation of the definition and where it is called."""

    operation_id: str
    path: str
    operation: type[Operation[Any]]
    trigger: TriggerDefinition | None = None
    """Which the operation registers."""
    ends_a_trigger: bool = False
    query: tuple[str, ...] = ()
    """The parameters that go on; the others are not the definition's."""

    @property
    def method(self) -> str:
        return self.operation.method

    def match(self, path: str) -> str | None:
        """The last part of ``path`` where an id is to be, empty where there is none to be; ``None``: somewhere else."""
        before, place, _ = self.path.partition("{")
        if not path.startswith(before):
            return None
        tail = path[len(before) :]
        return tail if bool(tail) == bool(place) else None

    @property
    def lists_an_organization(self) -> bool:
        return "organization" in self.operation.__struct_fields__

    @property
    def has_body(self) -> bool:
        return "body" in self.operation.__struct_fields__


def _routes() -> Iterator[Route]:
    test = definition.CONNECTION
    yield Route(test.test_operation_id, test.test_operation.path, test.test_operation)
    for action in definition.ACTIONS:
        keys = tuple(one.key for one in action.parameters if one.key in action.operation.__struct_fields__)
        query = tuple(key for key in keys if f"{{{key}}}" not in action.operation.path)
        yield Route(action.operation_id, action.operation.path, action.operation, query=query)
    for trigger in definition.TRIGGERS:
        yield Route(trigger.operation_id, trigger.platform_path, trigger.operation, trigger)
    leave = definition.INVITEE_TRIGGER.unsubscribe
    yield Route(definition.DELETE_TRIGGER.operation_id, leave.path, leave, ends_a_trigger=True)


_ROUTES = tuple(_routes())


def find(method: str, path: str) -> tuple[Route, str]:
    """What is called, and the last part of ``path`` where an id is to be.

    Raises:
        Declined: nothing is there, or not by this method.
    """
    there = [(route, tail) for route in _ROUTES if (tail := route.match(path)) is not None]
    if not there:
        raise Declined(not_found())
    for route, tail in there:
        if route.method == method:
            return route, tail
    raise Declined(not_allowed(", ".join(sorted({route.method for route, _ in there}))))


def id_in(tail: str) -> str:
    """The id in the last part of a path, which may be a whole URI, and encoded twice: see ``x-ms-url-encoding``.

    Raises:
        Declined: no id can be in it.
    """
    try:
        return resource_id(unquote(tail))
    except ValueError:
        raise Declined(not_found()) from None
