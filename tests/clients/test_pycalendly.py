"""An SDK for Python: https://pypi.org/project/pycalendly. It sends the parameters of a GET as a JSON body."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
import requests
from calendly import CalendlyAPI, CalendlyException, CalendlyOauth2

from clients.conftest import Calendly
from conftest import Clock
from factories import API, PAGES
from oauth.conftest import make_application, query_of
from openslot.core.oauth import Resources
from openslot.db.pool import Conn
from openslot.services.oauth import authorizing

pytestmark = pytest.mark.usefixtures("requests_lead_here")
Json = dict[str, Any]


@pytest.fixture
def sdk(calendly: Calendly) -> CalendlyAPI:
    return CalendlyAPI(calendly.owner)


async def test_it_reads_what_there_is(calendly: Calendly, sdk: CalendlyAPI) -> None:
    def read() -> tuple[Any, ...]:
        me = sdk.about()["resource"]
        types = sdk.list_event_types(organization=me["current_organization"], user_uri=me["uri"], count=1)
        events = sdk.list_events(organization=me["current_organization"], status="active", sort="start_time:desc")
        event = sdk.get_event_details(calendly.id("ahead"))["resource"]
        invitees = sdk.list_event_invitees(calendly.id("ahead"))["collection"]
        invitee = sdk.get_event_invitee(calendly.id("ahead"), calendly.id("ahead_invitee"))["resource"]
        one_type = sdk.get_event_type(calendly.id("event_type"))["resource"]
        return me, types, events, event, invitees, invitee, one_type

    me, types, events, event, invitees, invitee, one_type = await asyncio.to_thread(read)

    assert me["uri"] == calendly.uri("users", "owner")
    assert types["collection"] == [one_type]
    ahead, past, _missed = [one["uri"] for one in events["collection"]]
    assert (ahead, past) == (calendly.uri("scheduled_events", "ahead"), calendly.uri("scheduled_events", "past"))
    assert event["uri"] == calendly.uri("scheduled_events", "ahead")
    assert invitees == [invitee]


async def test_it_follows_pages_to_their_end(calendly: Calendly, sdk: CalendlyAPI) -> None:
    def read() -> tuple[Json, list[Json], list[Json]]:
        me = sdk.about()["resource"]["uri"]
        return (
            sdk.list_events(user_uri=me, count=2),
            sdk.get_all_scheduled_events(me),
            sdk.get_all_event_types(me),
        )

    first, events, types = await asyncio.to_thread(read)

    assert len(first["collection"]) == 2
    assert first["pagination"]["next_page"].startswith(calendly.api)
    assert len(events) == 4
    assert [one["uri"] for one in types] == [calendly.uri("event_types", "event_type")]


async def test_it_keeps_subscriptions(calendly: Calendly, sdk: CalendlyAPI) -> None:
    def change() -> tuple[Json, Json, Json, Json]:
        me = sdk.about()["resource"]
        organization = me["current_organization"]
        made = sdk.create_webhook("https://crm.example/calendly", "user", organization, "5f" * 16, me["uri"])
        found = sdk.get_webhook(made["resource"]["uri"].rpartition("/")[2])
        listed = sdk.list_webhooks(organization, "user", me["uri"], sort="created_at:desc")
        with suppress(requests.JSONDecodeError):  # it reads a body where none may be; its own kind of error varies
            sdk.delete_webhook(made["resource"]["uri"].rpartition("/")[2])
        return made, found, listed, sdk.list_webhooks(organization, "user", me["uri"])

    made, found, listed, left = await asyncio.to_thread(change)

    assert made["resource"]["events"] == ["invitee.canceled", "invitee.created"]
    assert found == made
    assert listed["collection"] == [made["resource"]]
    assert left["collection"] == []
    assert ("DELETE", "/webhook_subscriptions/{webhook_uuid}", 204) in calendly.answered


async def test_it_shows_what_is_wrong(calendly: Calendly) -> None:
    sdk, stranger = CalendlyAPI(calendly.owner), CalendlyAPI("nobody")

    with pytest.raises(CalendlyException) as missing:
        await asyncio.to_thread(sdk.list_events)
    with pytest.raises(CalendlyException, match=r"^Unauthenticated: The access token is invalid"):
        await asyncio.to_thread(stranger.about)

    assert missing.value.message == "Invalid Argument: The supplied parameters are invalid."
    assert missing.value.details != []


async def test_it_gets_renews_and_revokes_tokens(calendly: Calendly, conn: Conn, clock: Clock) -> None:
    owner = calendly.scene.organization.owner.user
    application = await make_application(conn, calendly.scene.organization, clock)
    oauth = CalendlyOauth2(application.id, application.secret, application.callback)
    request = await authorizing.read(conn, query_of(oauth.authorization_url), Resources(PAGES, API))
    code = await authorizing.allow(conn, owner, request, now=clock.now)

    def use() -> tuple[Json, Json, Json, Json, Json, Json]:
        first = oauth.get_access_token(code)
        me = CalendlyAPI(first["access_token"]).about()["resource"]
        second = oauth.refresh_access_token(first["refresh_token"])
        known = oauth.introspect_access_token(second["access_token"])
        revoked = oauth.revoke_access_token(second["access_token"])
        return first, me, second, known, revoked, oauth.introspect_access_token(second["access_token"])

    first, me, second, known, revoked, after = await asyncio.to_thread(use)

    assert (me["uri"], first["owner"]) == (calendly.uri("users", "owner"), calendly.uri("users", "owner"))
    assert first["refresh_token"] != second["refresh_token"]
    assert (known["active"], revoked, after) == (True, {}, {"active": False})
