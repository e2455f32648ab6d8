"""What counting one call of the API costs: ``python -m bench.limits``, in microseconds of this process's time."""

import os
import tempfile
import time
import timeit
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from openslot.api.limits import headers
from openslot.config import OperationLimit, Settings
from openslot.core.rates import Window
from openslot.services.quotas import OperationRule, Rates
from openslot.shared_counts import SharedCounts

CALLS, ROUNDS = 20_000, 7
LIMITS = [OperationLimit("POST", "/invitees", 10**9, seconds) for seconds in (60, 3600, 86_400)]


def main() -> None:
    """Print the best of several rounds, as little else as possible among it."""
    settings = Settings(api_calls_per_minute=10**9)
    user = uuid4()
    operation = [OperationRule(str(one.seconds), Window(one.most, one.seconds)) for one in LIMITS]
    with tempfile.TemporaryDirectory() as folder:
        file = os.open(Path(folder) / "counts", os.O_RDWR | os.O_CREAT)
        counts = SharedCounts(file, "secret")
        for name, rates, rules in (
            ("one process, in its memory", Rates(settings), []),
            ("all processes of a machine", Rates(settings, counts, counts), []),
            ("the same, with three limits of the operation", Rates(settings, counts, counts), operation),
        ):

            def count(rates: Rates = rates, rules: list[OperationRule] = rules) -> None:
                taken = rates.count_call(user, rules, now=datetime.now(UTC))
                assert taken is not None
                headers(taken)

            best = min(timeit.repeat(count, number=CALLS, repeat=ROUNDS, timer=time.process_time))
            print(f"{name:<48}{best / CALLS * 1e6:6.1f} µs")
        os.close(file)


if __name__ == "__main__":
    main()
