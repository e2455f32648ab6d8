"""Organizations."""

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class Organization(Open, kw_only=True):
    """An organization: users, and all that belongs to them. Source: GET /organizations/{uuid}."""

    uri: str
    name: str
    kind: str = "single"
    """``single`` or ``multiple``: how many users it was made for."""
    plan: str = "enterprise"
    """A plan of Calendly's. Nothing here depends on it; ``enterprise`` is the one that has all that there is."""
    stage: str = "paid"
    """``trial``, ``free`` or ``paid``."""
    created_at: Timestamp
    updated_at: Timestamp
