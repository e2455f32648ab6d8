"""What is cleared away once it has ended. Source: services/oauth/grants.py."""

from datetime import timedelta

import httpx
import pytest

from conftest import Clock
from factories import Organization
from oauth.conftest import Application, OAuthClients
from oauth.test_tokens import authorized, code_of
from openslot.db.pool import Conn
from openslot.services import sessions
from openslot.services.oauth import grants
from pages.plain_browser import PlainBrowser


async def rows(conn: Conn, application: Application) -> tuple[int, int, int]:
    """Grants, access tokens and refresh tokens of an application."""
    cursor = await conn.execute(
        """
        SELECT count(DISTINCT oauth_grants.id), count(DISTINCT access_tokens.id), count(DISTINCT token.digest)
        FROM oauth_grants LEFT JOIN access_tokens ON access_tokens.grant_id = oauth_grants.id
        LEFT JOIN oauth_refresh_tokens AS token ON token.grant_id = oauth_grants.id
        WHERE oauth_grants.application_id = %s
        """,
        (application.id,),
    )
    found = await cursor.fetchone()
    assert found is not None
    return found[0], found[1], found[2]


async def test_what_has_ended_goes_and_what_works_stays(
    signed_in: PlainBrowser, client_of: OAuthClients, application: Application, conn: Conn, clock: Clock
) -> None:
    client = client_of(application)
    await code_of(signed_in, client)
    token = await authorized(signed_in, client)
    await client.refresh_token(refresh_token=token["refresh_token"])
    assert await rows(conn, application) == (2, 2, 2)
    await grants.sweep(conn, now=clock.now + timedelta(hours=20))
    assert await rows(conn, application) == (2, 2, 2)
    await grants.sweep(conn, now=clock.now + timedelta(days=2))
    assert await rows(conn, application) == (1, 0, 2)
    await grants.sweep(conn, now=clock.now + timedelta(days=91))
    assert await rows(conn, application) == (1, 0, 1)


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
async def test_an_application_that_registered_itself_for_nothing_goes_after_a_month(
    http: httpx.AsyncClient, conn: Conn, clock: Clock, days: int, left: int
) -> None:
    made = await http.post("/oauth/register", json={"redirect_uris": ["https://app.example/cb"]})
    await grants.sweep(conn, now=clock.now + timedelta(days=days))
    cursor = await conn.execute("SELECT 1 FROM oauth_applications WHERE id = %s", (made.json()["client_id"],))
    assert len(await cursor.fetchall()) == left


@pytest.mark.parametrize(("seconds", "left"), [(0, 1), (1, 0)])
async def test_a_session_that_has_ended_goes(
    signed_in: PlainBrowser, organization: Organization, conn: Conn, clock: Clock, seconds: int, left: int
) -> None:
    assert signed_in.heading == "Your account"
    await sessions.sweep(conn, now=clock.now + timedelta(days=14, seconds=seconds))
    cursor = await conn.execute("SELECT 1 FROM sessions WHERE organization_id = %s", (organization.id,))
    assert len(await cursor.fetchall()) == left
