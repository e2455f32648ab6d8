"""Clients of Calendly that others published, unchanged, against the service. Only where they call is another.

They send to Calendly's addresses, and what carries their requests brings them here. Every answer that they get is held
against the contract, so that a client which ignores a wrong one does not hide it.
"""

import re
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
import requests
from requests.adapters import HTTPAdapter

from conftest import SECRET_KEY, Clock, in_one_task
from contract import schemas
from contract.conftest import Scene, make_scene
from listening import Site, listening
from openslot.db.pool import Conn
from openslot.security.vault import Vault

API_HOST = "https://api.calendly.com"
OAUTH_HOST = "https://auth.calendly.com"
INVITATIONS = ("get", "/organizations/{}/invitations")


class Answered(NamedTuple):
    """An operation of the contract that was called, and the status of its answer."""

    method: str
    path: str
    status: int


@dataclass
class Calendly:
    """The service in Calendly's place, and what it was asked."""

    site: Site
    scene: Scene
    answered: list[Answered] = field(default_factory=list)

    @property
    def api(self) -> str:
        return f"{self.site.url}/api/v2"

    @property
    def owner(self) -> str:
        """The owner's token."""
        return self.scene.tokens["owner"]

    def uri(self, resource: str, name: str) -> str:
        """The URI of a resource of the scene."""
        return f"{self.api}/{resource}/{self.id(name)}"

    def id(self, name: str) -> str:
        return str(self.scene.ids[name])

    def here(self, url: str) -> str:
        """Where a request to Calendly goes instead; one that follows a link of an answer goes where it leads."""
        return url.replace(API_HOST, self.api).replace(OAUTH_HOST, self.site.url)

    def keep(self, method: str, url: str, status: int, body: Any) -> None:
        """Remember an answer of the API, and see that it is as the contract says.

        Raises:
            jsonschema.ValidationError: it is not.
        """
        path = url.partition("?")[0].removeprefix(self.api)
        if path != url.partition("?")[0]:
            template = template_of(method, path)
            self.answered.append(Answered(method, template, status))
            if template == "/event_type_available_times" and status < 300:
                body = schemas.with_fractions(deepcopy(body))
            schemas.check_answer(method, template, status, body)

    @property
    def operations(self) -> set[tuple[str, str]]:
        """Which operations succeeded."""
        return {(one.method, one.path) for one in self.answered if one.status < 300}


def template_of(method: str, path: str) -> str:
    """The path of the contract that an address is of; one without parameters comes first."""
    paths = [one for one, item in schemas.contract()["paths"].items() if method.lower() in item]
    matching = [one for one in paths if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), path)]
    found: str = min(matching, key=lambda one: one.count("{"))
    return found


@pytest.fixture(scope="session")
async def site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One for all: each test has an organization of its own."""
    clock = Clock(datetime(2027, 1, 4, 8, tzinfo=UTC))
    async with in_one_task(listening(database_url, tmp_path_factory.mktemp("clients"), clock)) as found:
        yield found


@pytest.fixture
async def calendly(conn: Conn, site: Site, clock: Clock) -> Calendly:
    """An organization with something of every kind."""
    scene = await make_scene(conn, clock, Vault(SECRET_KEY))
    site.clock.now = scene.clock.now
    return Calendly(site, scene)


class _Adapter(HTTPAdapter):
    """Carries requests of the library ``requests`` here."""

    def __init__(self, calendly: Calendly) -> None:
        super().__init__()
        self._calendly = calendly

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        assert request.url is not None
        assert request.method is not None
        request.url = self._calendly.here(request.url)
        answer = super().send(request, *arguments, **(options | {"proxies": {}}))
        self._calendly.keep(request.method, request.url, answer.status_code, answer.json() if answer.content else None)
        return answer


@pytest.fixture
def requests_lead_here(calendly: Calendly, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    adapter = _Adapter(calendly)

    def get_adapter(_session: requests.Session, url: str) -> HTTPAdapter:  # noqa: ARG001 -- named so by callers
        return adapter

    monkeypatch.setattr(requests.Session, "get_adapter", get_adapter)
    yield
    adapter.close()
