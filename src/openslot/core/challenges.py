"""Proof of work: a small computation that a browser does for each form, so that thousands of forms cost something.

Nobody else is involved and nothing is stored: the puzzle is the token of the form, which can be sent once (ADR 0048).
"""

from hashlib import sha256

BITS = 16
"""Zero bits at the start of the digest: 65,536 tries on average, well under a second in the browser of a phone."""
MAX_SOLUTION_LENGTH = 20
"""Digits."""


def is_solved(puzzle: str, solution: str, bits: int = BITS) -> bool:
    """Whether SHA-256 of ``puzzle``, a colon and ``solution``, a decimal number, begins with so many zero bits."""
    if not (solution.isascii() and solution.isdecimal() and len(solution) <= MAX_SOLUTION_LENGTH):
        return False
    digest = sha256(f"{puzzle}:{solution}".encode()).digest()
    return int.from_bytes(digest, "big") >> (len(digest) * 8 - bits) == 0


def solve(puzzle: str, bits: int = BITS) -> str:
    """The smallest solution: what ``static/challenge.js`` finds in the browser."""
    number = 0
    while not is_solved(puzzle, str(number), bits):
        number += 1
    return str(number)
