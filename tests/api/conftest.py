"""Callers of the API: one per role, and one from somewhere else."""

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from conftest import Clock, Service
from factories import API, Caller, Organization, make_organization
from openslot.db.pool import Conn


@dataclass(frozen=True)
class House:
    """Callers by name, and how paths and bodies are filled in."""

    callers: dict[str, Caller]
    names: dict[str, str]

    def fill(self, value: Any) -> Any:
        match value:
            case str():
                for name, text in self.names.items():
                    value = value.replace("{" + name + "}", text)
                return value
            case dict():
                return {key: self.fill(inner) for key, inner in value.items()}
            case list():
                return [self.fill(inner) for inner in value]
            case _:
                return value

    async def call(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        caller = self.callers[who]
        return await caller.http.request(
            method, API + self.fill(path), json=self.fill(body), headers=dict(caller.headers)
        )


@pytest.fixture
def http(service: Service, clock: Clock) -> httpx.AsyncClient:
    """The shared service, with this test's clock."""
    service.clock = clock
    return service.client


@pytest.fixture
def owner(http: httpx.AsyncClient, organization: Organization) -> Caller:
    return Caller(http, organization.owner.headers)


@pytest.fixture
def admin(http: httpx.AsyncClient, organization: Organization) -> Caller:
    return Caller(http, organization.admin.headers)


@pytest.fixture
def member(http: httpx.AsyncClient, organization: Organization) -> Caller:
    return Caller(http, organization.member.headers)


@pytest.fixture
async def elsewhere(conn: Conn, clock: Clock) -> Organization:
    """Another organization."""
    return await make_organization(conn, now=clock.now)


async def booked_rows(conn: Conn, organization: Organization) -> tuple[int, int]:
    """How many invitees and holds an organization has."""
    cursor = await conn.execute(
        "SELECT (SELECT count(*) FROM invitees WHERE organization_id = %(id)s),"
        " (SELECT count(*) FROM holds WHERE organization_id = %(id)s)",
        {"id": organization.id},
    )
    row = await cursor.fetchone()
    assert row is not None
    return row[0], row[1]
