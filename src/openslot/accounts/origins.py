"""Where a form comes from: one that another site sends changes nothing.

The cookie of a session goes along with no form of another site (``SameSite``), a form has a token that no other session
has, and the browser names where it comes from. Each alone would do; browsers that lack one have another.
"""

from urllib.parse import urlsplit

from openslot.core.errors import Forbidden
from openslot.edges import AnyRequest

FROM_ELSEWHERE = "This form was sent from another site"


def require_own_origin(request: AnyRequest, base_url: str) -> None:
    """Check that a browser sends a form from a page of ours. Clients that are no browsers name nothing, and pass.

    Raises:
        Forbidden: it comes from another site.
    """
    site = request.headers.get("sec-fetch-site")
    if site not in {None, "same-origin", "none"}:
        raise Forbidden(FROM_ELSEWHERE)
    origin = request.headers.get("origin")
    if site is None and origin is not None and urlsplit(origin)[:2] != urlsplit(base_url)[:2]:
        raise Forbidden(FROM_ELSEWHERE)
