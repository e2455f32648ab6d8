"""The start page, a host's profile with the event types on offer, and a team's page with the hosts in it."""

from litestar.params import FromPath
from litestar.response import Response

from openslot.core.errors import NotFound
from openslot.db.teams import Team
from openslot.html.page import read
from openslot.html.text import initials, paragraphs
from openslot.pages import embed, locations
from openslot.pages.connections import ThisConn
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.services import publishing

VIEWED = embed.message(embed.PROFILE_VIEWED)


@read("/")
async def start(page: ThisPage) -> Response[bytes]:
    """An explanation for visitors who come without a link."""
    return page.render("start.html", {})


@read("/{profile:str}")
async def show(page: ThisPage, conn: ThisConn, profile: FromPath[str]) -> Response[bytes]:
    """A host and what can be booked, or a team and who is in it."""
    found = await publishing.page(conn, profile)
    if isinstance(found, Team):
        return _show_team(page, found)
    page.belongs_to(found.user.organization_id)
    page = page.for_host(locale=found.user.locale, timezone=found.user.timezone)
    back = {"back": "1"} if page.embed.sends_messages else {}  # a frame has no button for it
    offers = [
        {
            "event_type": event_type,
            "url": page.trail.to(profile, event_type.slug, **back),
            "places": [locations.offered(page, one) for one in event_type.locations],
            "description": paragraphs(event_type.description_plain),
        }
        for event_type in found.event_types
    ]
    context = {"user": found.user, "initials": initials(found.user.name), "offers": offers, "message": VIEWED}
    return page.render("profile.html", context)


def _show_team(page: VisitorPage, team: Team) -> Response[bytes]:
    page.belongs_to(team.organization_id)
    members = [{"name": one.name, "url": page.trail.to(one.slug)} for one in team.members]
    return page.render(
        "team.html", {"team": team, "initials": initials(team.name), "members": members, "message": VIEWED}
    )


@read("/{profile:str}/{event_type:str}/{start:str}/{more:str}")
async def show_nothing(conn: ThisConn, profile: FromPath[str]) -> Response[bytes]:
    """An address below a host's page that leads nowhere; the error page leads back to the host.

    Raises:
        NotFound: always.
    """
    raise NotFound("page", host=await publishing.host_of(conn, profile))


@read("/{profile:str}/{event_type:str}/{start:str}/{more:str}/{yet_more:str}")
async def show_nothing_deeper(conn: ThisConn, profile: FromPath[str]) -> Response[bytes]:
    """The same, one step further down.

    Raises:
        NotFound: always.
    """
    raise NotFound("page", host=await publishing.host_of(conn, profile))
