"""What a challenged booking form holds besides the answers: ADR 0048."""

from dataclasses import dataclass

from openslot.core.challenges import BITS

SOLUTION, CODE = "challenge-solution", "challenge-code"
"""Fields: of the puzzle, which the browser fills in, and of the code that came by mail."""
CHALLENGE, BY_MAIL = "challenge", "mail"
"""The name and the value of the button that has a code mailed."""


@dataclass(frozen=True, kw_only=True)
class Challenge:
    """What a form shows that has to be solved."""

    puzzle: str
    """The form's own token."""
    solution: str = ""
    """Where it is solved already."""
    can_mail: bool = False
    """Whether a code can be mailed: there is a mail server."""
    mailed_to: str | None = None
    """Where a code was mailed to just now, or before."""
    is_wrong: bool = False
    """Whether a code was typed in that is not the right one."""
    is_late: bool = False
    """Whether a form came without a solution."""
    bits: int = BITS
