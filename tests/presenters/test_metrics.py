"""Metrics that only a busy process has."""

from openslot.presenters import metrics as present
from openslot.telemetry.requests import RequestTally


def test_connections_that_are_not_free_are_in_use() -> None:
    pool = {"pool_size": 5, "pool_available": 2, "requests_waiting": 4}

    text = present.exposition(present.of_process("7", RequestTally(), pool)).decode()

    assert [line for line in text.splitlines() if line.startswith("openslot_database_pool")] == [
        'openslot_database_pool_in_use{process="7"} 3.0',
        'openslot_database_pool_waiting{process="7"} 4.0',
    ]
