"""Teams as the API shows them."""

from openslot.db import teams
from openslot.presenters.uris import Uris
from openslot.wire.teams import Team, TeamWithMembers


def team(row: teams.Team, uris: Uris) -> Team:
    """The shape of GET /teams/{uuid}."""
    return Team(
        uri=uris.team(row.id),
        name=row.name,
        organization=uris.organization(row.organization_id),
        scheduling_url=uris.profile_page(row.slug),
    )


def with_members(row: teams.Team, uris: Uris) -> TeamWithMembers:
    """The shape of GET /openslot/teams/{uuid}."""
    shown = team(row, uris)
    return TeamWithMembers(
        uri=shown.uri,
        name=shown.name,
        organization=shown.organization,
        scheduling_url=shown.scheduling_url,
        members=[uris.user(one.user_id) for one in row.members],
    )
