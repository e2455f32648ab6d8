"""What a check finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    check: str
    state: str
    """``ok``, ``warning`` or ``problem``."""
    message: str
    remedy: str | None = None
