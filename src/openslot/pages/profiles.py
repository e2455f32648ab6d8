"""The start page, a host's profile with the event types on offer, and a team's page with the hosts in it."""

from litestar.params import FromPath
from litestar.response import Response

from openslot.core.errors import NotFound, NotOffered
from openslot.db.pool import Conn
from openslot.db.teams import Team
from openslot.edges import status_of
from openslot.html.page import read
from openslot.html.text import paragraphs
from openslot.pages import embed
from openslot.pages.connections import ThisConn
from openslot.pages.visitor import ThisPage, VisitorPage
from openslot.presenters import places
from openslot.services import publishing
from openslot.services.publishing import Profile

VIEWED = embed.message(embed.PROFILE_VIEWED)


@read("/")
async def start(page: ThisPage) -> Response[bytes]:
    """An explanation for visitors who come without a link."""
    return page.render("start.html", {"address": page.address()})


@read("/{profile:str}")
async def show(page: ThisPage, conn: ThisConn, profile: FromPath[str]) -> Response[bytes]:
    """A host and what can be booked, or a team and who is in it."""
    found = await publishing.page(conn, profile)
    if isinstance(found, Team):
        await page.shows_for(conn, found.organization_id)
        return _show_team(page, found)
    await page.shows_for(conn, found.user.organization_id)
    page = page.for_host(locale=found.user.locale, timezone=found.user.timezone)
    face = page.face(found.user.name, found.user.avatar_url)
    context = {
        "user": found.user,
        "face": face,
        "image": page.preview(face),
        "offers": offers_of(page, found),
        "address": page.address(profile),
        "message": VIEWED,
    }
    return page.render("profile.html", context)


def offers_of(page: VisitorPage, profile: Profile) -> list[dict[str, object]]:
    """What can be booked with a host."""
    back = {"back": "1"} if page.embed.sends_messages else {}  # a frame has no button for it
    return [
        {
            "event_type": event_type,
            "url": page.trail.to(profile.user.slug, event_type.slug, **back),
            "places": [places.offered(page, one) for one in event_type.locations],
            "description": paragraphs(event_type.description_plain),
        }
        for event_type in profile.event_types
    ]


async def show_not_offered(page: VisitorPage, conn: Conn, error: NotOffered) -> Response[bytes]:
    """In place of an event type that is turned off: what else its host offers.

    Raises:
        NotOffered: the host is not known.
    """
    if error.host is None:
        raise error
    found = await publishing.profile(conn, error.host.slug)
    await page.shows_for(conn, found.user.organization_id)
    page = page.for_host(locale=found.user.locale, timezone=found.user.timezone)
    context = {
        "user": found.user,
        "offers": offers_of(page, found),
        "host_url": page.trail.lean.to(found.user.slug),
    }
    return page.render("not_offered.html", context, status=status_of(error))


def _show_team(page: VisitorPage, team: Team) -> Response[bytes]:
    members = [
        {"name": one.name, "url": page.trail.to(one.slug), "face": page.face(one.name, one.avatar_url)}
        for one in team.members
    ]
    context = {
        "team": team,
        "face": page.face(team.name),
        "image": page.preview(),
        "members": members,
        "address": page.address(team.slug),
        "message": VIEWED,
    }
    return page.render("team.html", context)


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
