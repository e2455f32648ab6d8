"""Teams and their members."""

from typing import ClassVar

from openslot.client.operation import Nothing, One
from openslot.client.parameters import Id
from openslot.wire import teams
from openslot.wire.teams import TeamWithMembers


class CreateTeam(One[TeamWithMembers]):
    """Create a team with its page."""

    method: ClassVar = "POST"
    path = "/openslot/teams"
    scopes: ClassVar = ("organizations:write",)
    conflicts: ClassVar = "Another page has, or had, the slug."
    body: teams.CreateTeam


class GetTeamWithMembers(One[TeamWithMembers]):
    """One team with its members."""

    path = "/openslot/teams/{uuid}"
    scopes: ClassVar = ("organizations:read",)
    uuid: Id


class UpdateTeam(One[TeamWithMembers]):
    """Change a team; what is left out stays as it is."""

    method: ClassVar = "PATCH"
    path = "/openslot/teams/{uuid}"
    scopes: ClassVar = ("organizations:write",)
    uuid: Id
    body: teams.ChangeTeam


class DeleteTeam(Nothing):
    """Delete a team with its page; its members and what they offer stay."""

    method: ClassVar = "DELETE"
    path = "/openslot/teams/{uuid}"
    scopes: ClassVar = ("organizations:write",)
    uuid: Id
