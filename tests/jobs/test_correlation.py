"""One id from the request to the receiver."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from conftest import serving
from factories import API, URIS, booking_body
from jobs.conftest import Receiver, Works
from openslot.db.pool import Conn
from openslot.telemetry import logs

GIVEN = UUID("6f1f7f3e-0c5d-4f57-9d4e-3e0f0a6a2c11")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged of us, as JSON."""
    stream, log = io.StringIO(), logging.getLogger("openslot")
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter("json"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    yield stream
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)


async def test_request_event_delivery_and_log_lines_have_one_id(
    conn: Conn, works: Works, receiver: Receiver, written: io.StringIO, tmp_path: Path
) -> None:
    organization = works.organization
    await works.subscribe(receiver.url)
    body = booking_body(URIS.event_type(organization.event_type_id), "2090-01-03T10:00:00Z")
    settings = replace(works.context.settings, data_dir=tmp_path)

    async with serving(settings, works.clock) as http:
        answer = await http.post(
            f"{API}/invitees", json=body, headers={**organization.headers, "X-Request-Id": str(GIVEN)}
        )
    await works.run()

    cursor = await conn.execute("SELECT name, correlation_id FROM events ORDER BY name")
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert (answer.status_code, answer.headers["x-request-id"]) == (201, str(GIVEN))
    assert await cursor.fetchall() == [("contact.created", GIVEN), ("invitee.created", GIVEN)]
    assert [got.headers["openslot-correlation-id"] for got in receiver.received] == [str(GIVEN)]
    assert [(one["logger"], one["correlation_id"]) for one in lines] == [
        ("openslot.telemetry.requests", str(GIVEN)),
        ("openslot.jobs.webhooks", str(GIVEN)),
    ]
