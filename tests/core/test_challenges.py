"""Proof of work. Source: ADR 0048."""

from hashlib import sha256

import pytest

from openslot.core.challenges import is_solved, solve


def test_a_solution_makes_the_digest_begin_with_zero_bits() -> None:
    solution = solve("puzzle", 12)

    digest = sha256(f"puzzle:{solution}".encode()).hexdigest()
    assert digest.startswith("000")
    assert is_solved("puzzle", solution, 12)
    assert not is_solved("puzzle", solution, 40)
    assert not any(is_solved("puzzle", str(smaller), 12) for smaller in range(int(solution)))


@pytest.mark.parametrize("solution", ["", "x", "-1", "1.0", "٣", "0" * 21, " 1"])
def test_what_is_no_short_number_solves_nothing(solution: str) -> None:
    assert not is_solved("puzzle", solution, 0)
