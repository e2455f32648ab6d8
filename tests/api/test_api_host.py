"""The API at the root of a host of its own, as api.calendly.com has it. Source: design, section 2."""

from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

from conftest import Clock
from factories import Organization
from openslot.asgi import _with_api_host, create_app
from openslot.config import Settings

ADDRESSES = {
    "https://api.book.example/users/me": (200, "application/json"),
    "https://API.book.example:8443/users/me": (200, "application/json"),
    "https://api.book.example/api/v2/users/me": (200, "application/json"),
    "https://api.book.example/openapi.json": (200, "application/json"),
    "https://api.book.example/nothing": (404, "application/json"),
    "https://api.book.example/health/live": (200, "application/json"),
    "https://book.example/api/v2/users/me": (200, "application/json"),
    "https://book.example/users/me": (404, "text/html; charset=utf-8"),
}


@pytest.mark.parametrize("address", ADDRESSES)
async def test_the_api_answers_at_the_root_of_its_host_and_below_its_path_everywhere(
    settings: Settings, clock: Clock, organization: Organization, address: str
) -> None:
    app = create_app(settings, clock=clock)
    assert isinstance(app, Litestar)
    async with app.lifespan():
        transport = httpx.ASGITransport(cast("Any", _with_api_host(app, "api.book.example")))
        async with httpx.AsyncClient(transport=transport, headers=organization.headers) as client:
            answer = await client.get(address)

    assert (answer.status_code, answer.headers["content-type"]) == ADDRESSES[address]
