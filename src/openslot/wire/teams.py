"""Teams: members of an organization who show themselves on one page."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from openslot.wire.bounds import SLUG, named_uri
from openslot.wire.common import Open
from openslot.wire.names import Name


class Team(Open, kw_only=True):
    """Members who show themselves on one page. Source: GET /teams/{uuid}."""

    uri: str
    name: str
    organization: str
    scheduling_url: str
    """The page, which leads to those of the members."""


class TeamWithMembers(Team, kw_only=True):
    """The same with its members. Source: OpenSlot."""

    members: list[str]
    """URIs of users, in the order of the page."""


Members = Annotated[list[Annotated[str, named_uri("users")]], Meta(max_length=500)]
"""URIs of users of the organization, none twice, in the order in which the page is to show them."""


class CreateTeam(Struct, kw_only=True):
    """Body of POST /openslot/teams."""

    name: Name
    slug: Annotated[str, SLUG] | None = None
    """Of the page; left out, it is made of the name. It never changes."""
    members: Members = []


class ChangeTeam(Struct, kw_only=True):
    """Body of PATCH /openslot/teams/{uuid}; what is left out stays."""

    name: Name | UnsetType = UNSET
    members: Members | UnsetType = UNSET
    """The whole list."""
