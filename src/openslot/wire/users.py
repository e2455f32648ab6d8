"""Users: the owners of tokens, and the members of an organization."""

from openslot.wire.codec import Timestamp
from openslot.wire.common import Open


class User(Open):
    """A member of an organization. Source: GET /users/me, GET /users/{uuid}."""

    uri: str
    name: str
    slug: str
    email: str
    scheduling_url: str
    timezone: str
    """IANA name."""
    avatar_url: str | None
    created_at: Timestamp
    updated_at: Timestamp
    current_organization: str
    resource_type: str = "User"
    locale: str = "en"
    time_notation: str = "12h"
    """``12h`` or ``24h``."""


class MembershipUser(Open, kw_only=True):
    """A user as part of a membership: without the organization."""

    uri: str
    name: str
    slug: str
    email: str
    scheduling_url: str
    timezone: str
    """IANA name."""
    avatar_url: str | None
    locale: str
    created_at: Timestamp
    updated_at: Timestamp


class OrganizationMembership(Open, kw_only=True):
    """A user's membership in an organization, with the role. Source: GET /organization_memberships/{uuid}."""

    uri: str
    role: str
    """``owner``, ``admin`` or ``user``."""
    user: MembershipUser
    organization: str
    updated_at: Timestamp
    created_at: Timestamp
