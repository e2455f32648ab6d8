"""Calls that need a locked row: no other call waits with them, and an answer to a long wait names when to retry.

Another session holds rows as long as a test wants; nothing here depends on how quick anything is.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import LiteralString
from uuid import UUID

import httpx
import pytest

from conftest import Clock, in_one_task, serving
from contract.schemas import check_schema
from factories import URIS, Caller, Organization, booking_body, make_event_type, make_organization
from locks import held, until_requests_wait, until_sessions_wait
from openslot.config import Settings
from openslot.db.pool import Conn

STORM = 12
"""More than the pool has connections."""
MONDAY = datetime(2027, 1, 11, 8, tzinfo=UTC)


@pytest.fixture
async def patient(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """The service with its ten connections, where a request waits for longer than any test lasts."""
    waiting = replace(settings, database_lock_seconds=300, database_wait_seconds=300, database_statement_seconds=600)
    async with in_one_task(serving(waiting, clock)) as client:
        yield client


@pytest.fixture
async def brisk(settings: Settings, clock: Clock) -> AsyncIterator[httpx.AsyncClient]:
    """The service where a lock is waited for a second."""
    async with in_one_task(serving(replace(settings, database_lock_seconds=1), clock)) as client:
        yield client


HOST: LiteralString = "SELECT FROM users WHERE id = %s FOR UPDATE"


def starts(hour: int = 0) -> list[str]:
    """As many starts as come in a storm, each of its own."""
    first = MONDAY + timedelta(hours=hour)
    return [f"{first + timedelta(days=day % 5 + day // 5 * 7):%Y-%m-%dT%H:%M:%SZ}" for day in range(STORM)]


def book(
    http: httpx.AsyncClient, organization: Organization, start: str, event_type: UUID | None = None
) -> "asyncio.Task[httpx.Response]":
    body = booking_body(URIS.event_type(event_type or organization.event_type_id), start)
    return asyncio.create_task(Caller(http, organization.headers).post("/invitees", body))


async def all_is_well(http: httpx.AsyncClient, organization: Organization) -> None:
    """Every kind of call of an organization is answered."""
    owner = Caller(http, organization.headers)
    page = f"/{organization.owner.user.slug}"
    answers = [
        await owner.get("/users/me"),
        await owner.get("/scheduled_events", {"organization": URIS.organization(organization.id)}),
        await http.get(page),
        await http.get("/health/ready"),
        await book(http, organization, "2027-01-12T10:00:00Z"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 201]
    many = await asyncio.gather(*[owner.get("/users/me") for _ in range(STORM)])
    assert {answer.status_code for answer in many} == {200}


async def test_others_are_answered_while_bookings_of_one_host_wait_for_a_lock(
    patient: httpx.AsyncClient, database_url: str, conn: Conn, organization: Organization, clock: Clock
) -> None:
    elsewhere = await make_organization(conn, now=clock.now)
    async with held(database_url, HOST, organization.owner.id):
        storm = [book(patient, organization, start) for start in starts()]
        await until_requests_wait(patient, 2)
        await all_is_well(patient, elsewhere)
        assert not any(one.done() for one in storm)
    assert [(await one).status_code for one in storm] == [201] * STORM


async def test_other_hosts_of_the_organization_are_answered_as_well(
    patient: httpx.AsyncClient, database_url: str, conn: Conn, organization: Organization, clock: Clock
) -> None:
    theirs = await make_event_type(conn, organization.admin.user, now=clock.now)
    async with held(database_url, HOST, organization.owner.id):
        storm = [book(patient, organization, start) for start in starts()]
        await until_requests_wait(patient, 2)
        assert (await book(patient, organization, "2027-01-12T10:00:00Z", theirs)).status_code == 201
        assert (await Caller(patient, organization.headers).get("/users/me")).status_code == 200
        assert not any(one.done() for one in storm)
    assert [(await one).status_code for one in storm] == [201] * STORM


async def test_an_organization_whose_hosts_are_all_stuck_leaves_others_their_share(
    patient: httpx.AsyncClient, database_url: str, conn: Conn, organization: Organization, clock: Clock
) -> None:
    elsewhere = await make_organization(conn, now=clock.now)
    types = [await make_event_type(conn, organization.owner.user, now=clock.now) for _ in range(STORM)]
    async with held(database_url, HOST, organization.owner.id):
        storm = [
            book(patient, organization, start, event_type) for start, event_type in zip(starts(), types, strict=True)
        ]
        await until_requests_wait(patient, 2)
        await all_is_well(patient, elsewhere)
        assert not any(one.done() for one in storm)
    assert [(await one).status_code for one in storm] == [201] * STORM


async def test_a_call_that_waits_too_long_is_answered_with_a_time_to_retry_and_then_works_at_once(
    brisk: httpx.AsyncClient, database_url: str, organization: Organization
) -> None:
    async with held(database_url, HOST, organization.owner.id):
        storm = await asyncio.gather(*[book(brisk, organization, start) for start in starts()])
        assert {(answer.status_code, answer.headers.get("retry-after")) for answer in storm} == {(503, "5")}
        for answer in storm:
            check_schema("Error", answer.json())
            assert answer.json() == {
                "title": "Service Unavailable",
                "message": "What this call needs stayed locked for too long."
                " Nothing was done. Try again in a few seconds.",
            }
        assert (await brisk.get("/health/ready")).status_code == 200
    again = [await book(brisk, organization, start) for start in starts()]
    assert [answer.status_code for answer in again] == [201] * STORM


async def test_a_caller_who_gives_up_leaves_no_lock_and_no_connection_behind(
    patient: httpx.AsyncClient, database_url: str, conn: Conn, organization: Organization
) -> None:
    async with held(database_url, HOST, organization.owner.id):
        storm = [book(patient, organization, start) for start in starts()]
        await until_sessions_wait(conn, 2)
        await until_requests_wait(
            patient, STORM - 2
        )  # all at rest: Python 3.11 loses a cancellation that meets an answer
        for one in storm:
            one.cancel()
        await asyncio.gather(*storm, return_exceptions=True)
        assert all(one.cancelled() for one in storm)
    again = [await book(patient, organization, start) for start in starts()]
    assert [answer.status_code for answer in again] == [201] * STORM


async def test_a_statement_that_takes_too_long_is_ended_and_answered(
    settings: Settings, clock: Clock, database_url: str
) -> None:
    """A read waits for no row, only for a session that changes the table."""
    slow = replace(settings, database_statement_seconds=1, database_lock_seconds=0)
    async with in_one_task(serving(slow, clock)) as http:
        async with held(database_url, "LOCK TABLE scheduling_links IN ACCESS EXCLUSIVE MODE"):
            answer = await http.get(f"/d/{'x' * 22}/nothing")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert (await http.get(f"/d/{'x' * 22}/nothing")).status_code == 404
