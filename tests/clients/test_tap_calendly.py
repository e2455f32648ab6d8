"""A data extractor of the Singer kind: https://pypi.org/project/tap-calendly. It writes streams of records."""

import asyncio
import io
import json
from collections import defaultdict
from contextlib import redirect_stdout
from typing import Any

import pytest

from clients.conftest import INVITATIONS, Calendly
from contract.test_coverage import answered

Json = dict[str, Any]
AWAITED = set() if INVITATIONS in answered() else {"organization_invitations"}


def extracted(token: str) -> dict[str, list[Json]]:
    """The records of every stream, each held against the stream's own schema by the tap's library."""
    from tap_calendly.tap import TapCalendly  # noqa: PLC0415 -- takes a second

    tap = TapCalendly(config={"calendly_api_token": token, "start_date": "2026-01-01T00:00:00Z"})
    for name in AWAITED:
        tap.streams[name].selected = False
        tap.catalog[name].metadata.root.selected = False
    written = io.StringIO()
    with redirect_stdout(written):
        tap.sync_all()
    messages = [json.loads(line) for line in written.getvalue().splitlines()]
    found: dict[str, list[Json]] = defaultdict(list)
    for message in messages:
        if message["type"] == "RECORD":
            found[message["stream"]].append(message["record"])
    return found


@pytest.mark.usefixtures("requests_lead_here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its library, which it is older than
async def test_it_extracts_all_that_there_is(calendly: Calendly) -> None:
    found = await asyncio.to_thread(extracted, calendly.owner)
    found.pop("organization_invitations", None)

    assert {name: len(records) for name, records in found.items()} == {
        "events": 4, "event_invitees": 4, "event_types": 1, "organization_memberships": 4,
    }  # fmt: skip
    assert [one["uri"] for one in found["event_types"]] == [calendly.uri("event_types", "event_type")]
    assert {one["uri"]: one["status"] for one in found["events"]}[calendly.uri("scheduled_events", "canceled")] == (
        "canceled"
    )
    assert {one["event"] for one in found["event_invitees"]} == {one["uri"] for one in found["events"]}
    assert {one.status for one in calendly.answered} == {200}
    assert {path for _, path in calendly.operations} >= {
        "/users/me", "/scheduled_events", "/scheduled_events/{uuid}/invitees", "/event_types",
        "/organization_memberships", *(() if AWAITED else ("/organizations/{uuid}/invitations",)),
    }  # fmt: skip
