"""Answers of the API as gzip."""

import gzip

import httpx

from conftest import Clock
from factories import API, Organization, make_event_type
from openslot.db.pool import Conn
from running import raw_body


async def test_answers_are_compressed_on_request_and_the_same_as_ever_otherwise(
    http: httpx.AsyncClient, organization: Organization, conn: Conn, clock: Clock
) -> None:
    for _ in range(3):
        await make_event_type(conn, organization.owner.user, now=clock.now)
    path = f"{API}/event_types?organization={API}/organizations/{organization.id}"
    plain, plain_body = await raw_body(http, path, accepting="identity", **organization.owner.headers)
    response, body = await raw_body(http, path, **organization.owner.headers)
    assert (plain.status_code, len(plain_body) > 1024) == (200, True)
    assert {"vary", "content-encoding"} & set(plain.headers) == set()
    assert (response.headers["content-encoding"], response.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(body) == plain_body
