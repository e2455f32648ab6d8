"""Sites that may show pages within theirs. Source: Content Security Policy Level 3, 2.3.1 (host-source)."""

import re
from collections.abc import Sequence

from openslot.core.errors import FieldError, Invalid
from openslot.wire.characters import trimmed

NOT_A_SITE = "is not a site such as https://example.org, https://*.example.org or https://example.org:8443"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_SITE = re.compile(rf"https?://(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?")


def tidy_sites(given: Sequence[str], parameter: str = "frame_ancestors") -> list[str]:
    """The sites in lower case, each once; a slash at the end is left out.

    Domains with other letters are given as browsers send them, with ``xn--``.

    Raises:
        Invalid: what is no site; each is named.
    """
    tidy = [trimmed(one).lower().removesuffix("/") for one in given]
    errors = [
        FieldError(f"{parameter}[{index}]", NOT_A_SITE) for index, one in enumerate(tidy) if not _SITE.fullmatch(one)
    ]
    if errors:
        raise Invalid(*errors)
    return list(dict.fromkeys(tidy))
