"""Teams."""

from typing import ClassVar

from openslot.client.operation import Many, One
from openslot.client.parameters import Id, UserUri
from openslot.wire.teams import Team


class ListTeams(Many[Team], kw_only=True):
    """The teams of the caller's organization, or of one ``user`` of it."""

    path = "/teams"
    scopes: ClassVar = ("organizations:read",)
    user: UserUri | None = None


class GetTeam(One[Team]):
    """One team of the caller's organization."""

    path = "/teams/{team_uuid}"
    scopes: ClassVar = ("organizations:read",)
    team_uuid: Id
