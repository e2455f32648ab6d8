"""Every parameter and every field of the contract is in our document, and nothing else, of the same type.

What may differ everywhere: answers are read loosely, so that ours may be null, or hold another text, where the contract
does not have it (ADR 0025; the answers themselves are held against the contract in test_operations.py). In a body null
counts as left out (since-september, section 7). Whatever else differs has its reason in ``DIFFERS``.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

from conftest import Service
from contract import fields, schemas
from contract.conftest import Scene
from contract.fields import Kind
from contract.test_coverage import unnamed
from contract.test_operations import LOOKING, Case, send
from described import committed

OURS, CONTRACT = committed(), schemas.described()
PAIRS = {
    (method, path): (ours, theirs)
    for (method, path), ours in OURS.operations().items()
    for (their_method, their_path), theirs in CONTRACT.operations().items()
    if unnamed([(method, path)]) == unnamed([(their_method, their_path)])
}
TABLES = {"parameters": fields.parameters, "body": fields.body, "answer": fields.answer}


class Difference(NamedTuple):
    """Fields that differ on purpose; patterns for the path of the operation and of the field."""

    what: str
    path: str
    field: str
    why: str


DIFFERS = [
    Difference(
        "answer", "*", "*.location.data.*", "the facts of each vendor, of any depth (since-september, section 7)"
    ),
    Difference("answer", "/sample_webhook_data", "payload.*", "test_webhooks.py holds payloads against the contract"),
    Difference("answer", "/scheduled_events*", "*.location", "never null: clients read its type without a guard"),
    Difference("answer", "/event_type_memberships", "*.*ated_at", "when a host was added is not kept, and is optional"),
    Difference("answer", "/group_relationships*", "*.owner.*", "of invitations, which are in no group here"),
    Difference("answer", "/contacts/custom_field_*", "*.source*", "of the kind invitee_question, which can't be made"),
    Difference("answer", "/activity_log_entries", "*.actor.group*", "nobody acts for a group"),
    Difference("parameters", "/activity_log_entries", "*", "comma lists, which are one text as they are sent"),
    Difference("parameters", "/contacts*", "exclude", "the contract names the only value in words"),
    Difference("parameters", "/sample_webhook_data", "event", "invitee.rescheduled is ours"),
    Difference("body", "/webhook_subscriptions*", "events[[]]", "invitee.rescheduled is ours"),
    Difference("body", "/event_types*", "locale", "pages are in Thai, too"),
]


def compared(what: str, ours: Kind | None, theirs: Kind | None) -> str:
    """What differs; empty if nothing does."""
    if ours is None or theirs is None:
        return "is missing" if ours is None else "is beyond the contract"
    if ours.types != theirs.types:
        return f"is {sorted(ours.types)}, not {sorted(theirs.types)}"
    if theirs.is_nullable and not ours.is_nullable:
        return "is never null"
    is_open = what == "answer" and ours.is_any_text
    is_same = (ours.choices, ours.is_any_text) == (theirs.choices, theirs.is_any_text)
    return "" if is_open or is_same else f"is of {sorted(ours.choices)}, not of {sorted(theirs.choices)}"


def differences() -> Iterator[tuple[str, str, str, str]]:
    """What differs: kind of table, path of the operation, path of the field, and how."""
    for (_, path), (ours, theirs) in PAIRS.items():
        for what, read in TABLES.items():
            own, contract_s = read(OURS, ours), read(CONTRACT, theirs)
            for name in own.keys() | contract_s.keys():
                if difference := compared(what, own.get(name), contract_s.get(name)):
                    yield what, path, name, difference


def explains(one: Difference, what: str, path: str, name: str) -> bool:
    return one.what == what and fnmatchcase(path, one.path) and fnmatchcase(name, one.field)


def test_the_document_has_every_parameter_and_field_of_the_contract_and_no_other() -> None:
    unexplained = [found for found in differences() if not any(explains(one, *found[:3]) for one in DIFFERS)]

    assert unexplained == []
    assert {(method, path) for method, path in OURS.operations() if not path.startswith("/openslot/")} == set(PAIRS)


def test_every_difference_that_is_listed_is_there() -> None:
    found = list(differences())

    assert [one for one in DIFFERS if not any(explains(one, *each[:3]) for each in found)] == []


OPEN = ("payload.*", "collection[].details.*")
"""Payloads of webhooks, which test_webhooks.py looks at, and what an entry of the log is about: anything."""


async def test_answers_have_no_field_that_the_contract_lacks(service: Service, standing_scene: Scene) -> None:
    beyond = set()
    for case in LOOKING:
        (contract_s,) = [theirs for (method, path), (_, theirs) in PAIRS.items() if is_of(case, method, path)]
        found = await send(service, standing_scene, case)
        assert found.status_code == 200
        named = fields.answer(CONTRACT, contract_s)
        beyond |= {(case.operation[1], path) for path in fields.fields_of(found.json()) if path not in named}

    assert {one for one in beyond if not any(fnmatchcase(one[1], pattern) for pattern in OPEN)} == set()


def is_of(case: Case, method: str, path: str) -> bool:
    return unnamed([(method, path)]) == unnamed([case.operation])


def test_a_difference_is_noticed() -> None:
    text, number = Kind(frozenset({"string"}), is_any_text=True), Kind(frozenset({"number"}))
    chosen = Kind(frozenset({"string"}), choices=frozenset({"user"}))
    null = Kind(frozenset({"string"}), is_nullable=True, is_any_text=True)

    assert compared("answer", None, text) == "is missing"
    assert compared("body", text, None) == "is beyond the contract"
    assert compared("body", text, number) == "is ['string'], not ['number']"
    assert compared("answer", text, null) == "is never null"
    assert (compared("answer", null, text), compared("body", null, text)) == ("", "")
    assert compared("answer", chosen, text) == "is of ['user'], not of []"
    assert (compared("answer", text, chosen), compared("body", text, chosen)) == ("", "is of [], not of ['user']")
