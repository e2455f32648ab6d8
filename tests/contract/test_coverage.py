"""Every operation of the contract is answered. Source: calendly-v2.openapi.yaml; since-september, section 1."""

import re
from collections.abc import Iterable

from contract.schemas import contract
from described import committed
from openslot import api
from openslot.oauth import authorize, tokens

NEW = {
    ("post", "/user_availability_schedules"),
    ("patch", "/user_availability_schedules/{}"),
    ("get", "/contact_lists"),
    ("post", "/contact_lists"),
    ("get", "/contact_lists/{}"),
    ("patch", "/contact_lists/{}"),
    ("post", "/contact_lists/{}/memberships"),
    ("post", "/contact_lists/{}/memberships/removal"),
    ("get", "/notes"),
    ("post", "/notes"),
    ("get", "/notes/{}"),
    ("post", "/contacts/custom_field_definitions"),
    ("get", "/user_meeting_limits"),
    ("patch", "/user_meeting_limits"),
}
"""The table of since-september: what came after the contract file was written."""


def unnamed(operations: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The operations by method and path, with ``{}`` for every parameter, whatever its name."""
    return {(method.lower(), re.sub(r"\{[^}]*\}", "{}", path)) for method, path in operations}


def promised() -> set[tuple[str, str]]:
    return unnamed(
        (method, path)
        for path, operations in contract()["paths"].items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and "responses" in operation
    )


def answered() -> set[tuple[str, str]]:
    return unnamed((method, path) for one in api.ROUTES for path in one.paths for method in one.http_methods)


def answered_by_oauth() -> set[tuple[str, str]]:
    """Those on a host of its own at Calendly (behaviours, section 4), and beside the API here."""
    handlers = [authorize.show, *tokens.HANDLERS]
    found = unnamed((method, path) for one in handlers for path in one.paths for method in one.http_methods)
    return {one for one in found if one[0] != "head"}


def test_the_contract_has_84_operations() -> None:
    assert len(promised()) == 84
    assert promised() >= NEW


def test_every_operation_is_answered() -> None:
    assert promised() - answered() - answered_by_oauth() == set()


def test_every_operation_that_is_answered_is_in_the_document() -> None:
    assert answered() == unnamed(committed().operations())


def test_calls_that_the_contract_does_not_have_are_below_a_path_of_ours() -> None:
    assert {path for _, path in answered() - promised() if not path.startswith("/openslot/")} == set()
