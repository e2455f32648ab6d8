"""Teams. Source: GET /teams; ``extensions`` has the calls that make them."""

from litestar import Response, get
from litestar.params import FromPath

from openslot.api.calls import ThisCall
from openslot.api.decoding import UserUri, optional_uri_id, path_id, query_of
from openslot.api.organizations import READ
from openslot.api.pagination import UnsortedPageQuery, by_creation, page_request, paged
from openslot.api.replies import resource
from openslot.core.roles import Action
from openslot.db import teams
from openslot.edges import AnyRequest
from openslot.presenters import teams as present
from openslot.services import access, teaming


class ListTeams(UnsortedPageQuery, kw_only=True):
    """Source: GET /teams."""

    user: UserUri | None = None


@get("/teams", scope=READ)
async def list_teams(call: ThisCall, request: AnyRequest) -> Response[bytes]:
    """Of the caller's organization, or those of them that a user is in."""
    query = await query_of(request, ListTeams)
    wanted = page_request(query, by_creation("teams"))
    user_id = optional_uri_id(query.user, "users", "user")
    if user_id is not None:
        await access.colleague(call.conn, call.principal, user_id, Action.READ_TEAM)
    page = await teams.list_page(call.conn, call.organization_id, wanted, user_id=user_id)
    return paged(request, call.uris, "/teams", query, page, lambda row: present.team(row, call.uris))


@get("/teams/{team_uuid:str}", scope=READ)
async def get_team(call: ThisCall, team_uuid: FromPath[str]) -> Response[bytes]:
    """One of the caller's organization."""
    return resource(present.team(await teaming.get(call.conn, call.principal, path_id(team_uuid, "team")), call.uris))


HANDLERS = [list_teams, get_team]
