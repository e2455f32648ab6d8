"""The table of roles. Source: behaviours, section 7. What it means over the API is in tests/api/test_role_table.py."""

from pathlib import Path

import pytest

import openslot
from openslot.core.roles import TABLE, Action, Reach, group_reach, reach

SOURCE = Path(openslot.__file__).parent


def test_every_action_has_its_row() -> None:
    assert list(TABLE) == list(Action)


@pytest.mark.parametrize("action", Action)
def test_no_role_reaches_less_far_than_the_one_below(action: Action) -> None:
    row = TABLE[action]

    assert row.member <= row.group_admin <= row.admin
    assert row.member is not Reach.GROUP
    assert row.admin is not Reach.GROUP


@pytest.mark.parametrize("action", Action)
def test_owners_reach_as_far_as_admins(action: Action) -> None:
    assert (reach(action, "owner"), reach(action, "user")) == (reach(action, "admin"), TABLE[action].member)
    assert group_reach(action) is TABLE[action].group_admin


def test_every_action_is_checked_somewhere() -> None:
    texts = "".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py") if path.name != "roles.py")

    unused = {one for one in Action if f"Action.{one.name}" not in texts}
    assert unused == set()


def test_what_is_a_users_own_is_not_even_an_admins() -> None:
    assert {action for action, row in TABLE.items() if row.admin is Reach.OWN} == {
        Action.CHANGE_USER_LIMITS, Action.MANAGE_CONTACT, Action.MANAGE_RECAP,
    }  # fmt: skip
