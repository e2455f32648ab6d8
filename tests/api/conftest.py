"""Callers of the API: one per role, and one from somewhere else."""

import httpx
import pytest

from conftest import Clock, Service
from factories import Caller, Organization, make_organization
from openslot.db.pool import Conn


@pytest.fixture
def http(service: Service, clock: Clock) -> httpx.AsyncClient:
    """The shared service, told the time by this test's clock."""
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
