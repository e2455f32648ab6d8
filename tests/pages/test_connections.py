"""Changes at many addresses that were never seen before, all of one organization that is stuck: nobody else waits.

Another session holds rows as long as a test wants; what comes before what shows who waited.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import httpx
import pytest

from conftest import Clock, Statements, in_one_task, serving
from factories import URIS, Caller, Organization, booking_body, make_booking, make_organization, make_routing_form
from factories import make_token as make_access_token
from locks import held, until_requests_wait, until_sessions_wait
from openslot.config import Settings
from openslot.core.ids import new_id
from openslot.db import connection_shares, event_types
from openslot.db.pool import Conn
from openslot.html.page import FORM_TOKEN
from openslot.services import scheduling_links
from pages.plain_browser import read

MONDAY = datetime(2027, 1, 11, 8, tzinfo=UTC)
STORM = 60
"""Far more than the pool has connections."""
START = "2027-01-12T15:00:00Z"
HOSTS: LiteralString = "SELECT FROM users WHERE organization_id = %s FOR UPDATE"
EVENTS: LiteralString = "SELECT FROM scheduled_events WHERE organization_id = %s FOR UPDATE"
Send = Callable[[], "list[asyncio.Task[httpx.Response]]"]


@pytest.fixture
async def patient(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """The service where a request waits for longer than any test lasts."""
    waiting = replace(settings, database_lock_seconds=300, database_wait_seconds=300, database_statement_seconds=600)
    async with in_one_task(serving(waiting, clock)) as client:
        yield client


@pytest.fixture
async def brisk(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """The service where a lock is waited for a second, and a connection for longer than any test lasts."""
    quick = replace(settings, database_lock_seconds=1, database_wait_seconds=300)
    async with in_one_task(serving(quick, clock)) as client:
        yield client


@dataclass
class Place:
    """An organization of which this process has seen nothing yet."""

    conn: Conn
    organization: Organization
    clock: Clock

    async def invitees(self, number: int) -> list[str]:
        """So many bookings, by the ids of their invitees."""
        starts = [MONDAY + timedelta(days=index % 5, minutes=30 * (index // 5)) for index in range(number)]
        made = [await make_booking(self.conn, self.organization, start, now=self.clock.now) for start in starts]
        await self.conn.execute(
            "UPDATE invitees SET reconfirmation = jsonb_build_object('created_at', '2027-01-04T08:00:00.000000Z',"
            " 'confirmed_at', NULL) WHERE organization_id = %s",
            (self.organization.id,),
        )
        return [str(one.invitee.id) for one in made]

    async def link(self) -> str:
        """The address of a start, behind a new private link."""
        event_type = await event_types.get(self.conn, self.organization.id, self.organization.event_type_id)
        assert event_type is not None
        made = await scheduling_links.create(self.conn, event_type, self.organization.owner.id, now=self.clock.now)
        return f"/d/{made.token}/{event_type.slug}/{START}"

    async def bookable(self) -> str:
        """The address of a start on a page that everybody may see."""
        event_type = await event_types.get(self.conn, self.organization.id, self.organization.event_type_id)
        assert event_type is not None
        return f"/{event_type.owner_slug}/{event_type.slug}/{START}"


async def form_token(http: httpx.AsyncClient, conn: Conn, clock: Clock) -> str:
    """The token of a form of some third organization's."""
    address = await Place(conn, await make_organization(conn, now=clock.now), clock).bookable()
    return read((await http.get(address)).text).one("input", name=FORM_TOKEN).attributes["value"]


def post(http: httpx.AsyncClient, path: str, token: str) -> "asyncio.Task[httpx.Response]":
    return asyncio.create_task(
        http.post(path, data={FORM_TOKEN: token, "name": "Ada", "email": "ada@example.org", "location": "0"})
    )


async def all_is_read(http: httpx.AsyncClient, place: Place, invitees: tuple[str, str]) -> None:
    """Whatever only reads is answered where an organization's address or token comes for the first time."""
    organization = place.organization
    fresh = await make_access_token(place.conn, organization.member, now=place.clock.now)
    addresses = [
        f"/cancellations/{invitees[0]}", f"/reschedulings/{invitees[1]}", await place.link(), await place.bookable(),
        f"/{organization.admin.user.slug}", "/nobody", f"/cancellations/{new_id()}",
    ]  # fmt: skip
    answers = [(await http.get(address)).status_code for address in addresses]
    assert answers == [200, 200, 200, 200, 200, 404, 404]
    wrong = Caller(http, {"authorization": "Bearer wrong"})
    calls = [await Caller(http, fresh.headers).get("/users/me"), await wrong.get("/users/me")]
    calls.append(await wrong.post("/invitees", {}))
    assert [call.status_code for call in calls] == [200, 401, 401]


async def all_is_changed(http: httpx.AsyncClient, place: Place, invitee: str, token: str) -> None:
    """The same of what changes something."""
    fresh = await make_access_token(place.conn, place.organization.owner, now=place.clock.now)
    body = booking_body(URIS.event_type(place.organization.event_type_id), "2027-01-13T15:00:00Z")
    answers = [
        await post(http, f"/cancellations/{new_id()}", token),
        await post(http, f"/cancellations/{invitee}", token),
        await post(http, await place.link(), token),
        await Caller(http, fresh.headers).post("/invitees", body),
    ]
    assert [answer.status_code for answer in answers] == [404, 303, 303, 201]


@asynccontextmanager
async def stuck_organization(database_url: str, place: Place) -> AsyncIterator[None]:
    """While another session has locked an organization's hosts and all that is booked with them."""
    async with held(database_url, HOSTS, place.organization.id) as other:
        await other.execute(EVENTS, (place.organization.id,))
        yield


async def changes_of(place: Place, http: httpx.AsyncClient, token: str) -> Send:
    """Changes of one organization, each at an address, or with a token, of its own."""
    paths = [
        [f"/cancellations/{one}", f"/reconfirmations/{one}", f"/reschedulings/{one}/{START}"][index % 3]
        for index, one in enumerate(await place.invitees(STORM))
    ]
    paths += [await place.link() for _ in range(5)]
    callers = [await make_access_token(place.conn, place.organization.owner, now=place.clock.now) for _ in range(10)]
    body = booking_body(URIS.event_type(place.organization.event_type_id), START)
    return lambda: [
        *[post(http, path, token) for path in paths],
        *[asyncio.create_task(Caller(http, one.headers).post("/invitees", body)) for one in callers],
    ]


async def test_others_are_answered_at_addresses_that_were_never_seen(
    patient: httpx.AsyncClient, database_url: str, conn: Conn, organization: Organization, clock: Clock
) -> None:
    stuck_one = Place(conn, organization, clock)
    elsewhere = Place(conn, await make_organization(conn, now=clock.now), clock)
    first, second, third = await elsewhere.invitees(3)
    token, another = [await form_token(patient, conn, clock) for _ in range(2)]
    begin = await changes_of(stuck_one, patient, token)
    async with stuck_organization(database_url, stuck_one):
        storm = begin()
        await until_sessions_wait(conn, 5)
        await until_requests_wait(patient, STORM)
        await all_is_read(patient, elsewhere, (first, second))
        await all_is_changed(patient, elsewhere, third, another)
        assert not any(one.done() for one in storm)
    assert {(await one).status_code for one in storm} <= {201, 303, 400, 409, 200}


async def test_its_own_changes_are_refused_together_while_it_is_still_stuck(  # noqa: PLR0917 -- fixtures
    brisk: httpx.AsyncClient,
    database_url: str,
    conn: Conn,
    organization: Organization,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(connection_shares, "LONG_WAIT_SECONDS", 0)
    stuck_one = Place(conn, organization, clock)
    begin = await changes_of(stuck_one, brisk, await form_token(brisk, conn, clock))
    async with stuck_organization(database_url, stuck_one):
        answers = await asyncio.gather(*begin())
        assert {(answer.status_code, answer.headers.get("retry-after")) for answer in answers} == {(503, "5")}
    waited_for_the_lock = [record for record in caplog.records if "LockNotAvailable" in record.getMessage()]
    assert len(waited_for_the_lock) < STORM / 2  # the others were refused with them


async def test_forms_sent_to_nobody_take_no_more_than_an_organization_does(
    patient: httpx.AsyncClient, database_url: str, conn: Conn, organization: Organization, clock: Clock
) -> None:
    elsewhere = Place(conn, organization, clock)
    first, second, third = await elsewhere.invitees(3)
    token = await form_token(patient, conn, clock)
    async with held(database_url, "LOCK TABLE form_tokens IN SHARE MODE"):
        storm = [post(patient, f"/nobody-{number}/nothing/{START}", token) for number in range(STORM)]
        await until_sessions_wait(conn, 5)
        await until_requests_wait(patient, STORM - 5)
        await all_is_read(patient, elsewhere, (first, second))
        assert (await post(patient, f"/cancellations/{third}", token)).status_code == 303
        assert not any(one.done() for one in storm)
    assert {(await one).status_code for one in storm} == {404}


@pytest.mark.parametrize("kind", ["profile", "former", "link", "secret", "invitee", "form", "nothing"])
async def test_whose_an_address_is_costs_one_statement_where_a_form_is_sent_and_only_once(
    http: httpx.AsyncClient, conn: Conn, organization: Organization, clock: Clock, statements: Statements, kind: str
) -> None:
    place = Place(conn, organization, clock)
    match kind:
        case "profile":
            address = await place.bookable()
        case "former":
            address = await place.bookable()
            await conn.execute("UPDATE users SET slug = slug || '-now' WHERE id = %s", (organization.owner.id,))
            await conn.execute(
                "INSERT INTO former_slugs (slug, organization_id, user_id, given_up_at) VALUES (%s, %s, %s, %s)",
                (address.split("/")[1], organization.id, organization.owner.id, clock.now),
            )
        case "link":
            address = await place.link()
        case "secret":
            token = new_id().hex
            await conn.execute(
                "UPDATE event_types SET secret = true, link_token = %s WHERE id = %s",
                (token, organization.event_type_id),
            )
            address = f"/d/{token}/{(await place.bookable()).split('/', 2)[2]}"
        case "invitee":
            address = f"/cancellations/{(await place.invitees(1))[0]}"
        case "form":
            address = f"/routing_forms/{(await make_routing_form(conn, organization, now=clock.now)).id}"
        case _:
            address = f"/nobody/nothing/{START}"
    costs = []
    for _ in range(2):
        with statements.counting() as sent:
            answer = await http.post(address)
        costs.append(len(sent))
        assert answer.status_code == {"former": 308, "nothing": 404}.get(kind, 422)
    assert costs[0] - costs[1] == (0 if kind == "nothing" else 1)


async def test_reading_costs_no_statement_more_where_an_address_was_never_seen(
    http: httpx.AsyncClient, conn: Conn, organization: Organization, clock: Clock, statements: Statements
) -> None:
    address = await Place(conn, organization, clock).bookable()
    costs = []
    for _ in range(2):
        with statements.counting() as sent:
            assert (await http.get(address)).status_code == 200
        costs.append(len(sent))
    assert costs[0] == costs[1]
