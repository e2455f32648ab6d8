"""Addresses of web pages that users give."""

import re

# Without credentials: an @ before the path would hide the host that is meant.
_WEB = re.compile(r"https?://[^\s/?#@]+([/?#]\S*)?", re.IGNORECASE)


def is_web_address(text: str) -> bool:
    """Whether a browser can open ``text``: http or https, a host without credentials, no blanks."""
    return _WEB.fullmatch(text) is not None
