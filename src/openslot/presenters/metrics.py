"""What is counted and seen, as Prometheus reads it. Every metric has its line in docs/operations.md."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from openslot.db.backlog import ConditionBacklog
from openslot.db.jobs import Queue
from openslot.db.workers import Worker
from openslot.telemetry.requests import RequestTally
from openslot.telemetry.tally import BOUNDS

CONDITIONS = ("active", "failing", "disabled")

Samples = Iterable[tuple[Sequence[str], float]]
"""Values of the labels, and the value."""


class _Fixed(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def exposition(families: Sequence[Metric]) -> bytes:
    """Metrics in the text format, of a registry of their own."""
    registry = CollectorRegistry()
    registry.register(_Fixed(families))
    return generate_latest(registry)


def of_process(process: str, requests: RequestTally, pool: Mapping[str, int]) -> list[Metric]:
    """Of one web process; ``pool`` is what its database pool reports of itself."""
    in_use = pool.get("pool_size", 0) - pool.get("pool_available", 0)
    return [
        _counter(
            "openslot_http_requests",
            "Requests of the API and the pages, by method and class of status.",
            ["process", "method", "status"],
            (([process, *labels], number) for labels, number in sorted(requests.answers.items())),
        ),
        _histogram(
            "openslot_http_request_duration_seconds",
            "From a request to the end of its answer.",
            ["process", "method"],
            (([process, method], seconds.as_dict()) for method, seconds in sorted(requests.seconds.items())),
        ),
        _gauge(
            "openslot_database_pool_in_use",
            "Database connections of a web process that serve a request or are being opened.",
            ["process"],
            [([process], in_use)],
        ),
        _gauge(
            "openslot_database_pool_waiting",
            "Requests that wait for a database connection.",
            ["process"],
            [([process], pool.get("requests_waiting", 0))],
        ),
    ]


def of_database(*, answers: bool) -> list[Metric]:
    """Whether there is anything else to report."""
    return [_gauge("openslot_database_up", "Whether the database answered this scrape.", [], [([], float(answers))])]


def of_backlog(backlog: Sequence[ConditionBacklog], *, now: datetime) -> list[Metric]:
    """What waits."""
    found = {one.condition: one for one in backlog}
    every = [found.get(condition, ConditionBacklog(condition, 0, 0, None)) for condition in CONDITIONS]
    return [
        _gauge(
            "openslot_webhook_subscriptions",
            "Webhook subscriptions by state: active, failing (the last attempt failed) or disabled.",
            ["state"],
            (([one.condition], one.subscriptions) for one in every),
        ),
        _gauge(
            "openslot_deliveries_pending",
            "Deliveries to be made, by the state of their subscription.",
            ["subscription"],
            (([one.condition], one.pending) for one in every),
        ),
        _gauge(
            "openslot_deliveries_oldest_due_seconds",
            "How long the longest waiting delivery could have been made; 0 where none is due.",
            ["subscription"],
            (
                ([one.condition], 0 if one.due_since is None else (now - one.due_since).total_seconds())
                for one in every
                if one.condition != "disabled"
            ),
        ),
    ]


def of_queues(queues: Sequence[Queue]) -> list[Metric]:
    """Of the jobs that are no deliveries."""
    return [
        _gauge(
            "openslot_jobs_waiting",
            "Jobs that are due, such as mail, and not begun.",
            ["queue"],
            (([one.name], one.waiting) for one in queues),
        ),
        _gauge(
            "openslot_jobs_failed",
            "Jobs that have failed for good; of mail, in the last week.",
            ["queue"],
            (([one.name], one.failed) for one in queues),
        ),
    ]


def of_workers(workers: Sequence[Worker]) -> list[Metric]:
    """Who is at work, and what each has done since its start."""
    alive = [one for one in workers if one.is_alive]
    return [
        _gauge("openslot_workers_alive", "Workers whose heart beats.", [], [([], len(alive))]),
        _gauge(
            "openslot_worker_info",
            "Always 1; host and process of a worker, by its id.",
            ["worker", "name"],
            (([str(one.id), one.name], 1) for one in alive),
        ),
        _gauge(
            "openslot_worker_idle_seconds",
            "Since a worker that is alive last looked for deliveries; it does so every second.",
            ["worker"],
            (([str(one.id)], one.idle_seconds) for one in alive if one.idle_seconds is not None),
        ),
        _counter(
            "openslot_delivery_attempts",
            "Attempts by their answer: 2xx to 5xx, or error where none came.",
            ["worker", "answer"],
            _reported(workers, "answers"),
        ),
        _counter(
            "openslot_delivery_outcomes",
            "Attempts by what follows: delivered, retry, failed (given up), disabled (with the subscription), "
            "fault (of ours), lost (to another worker).",
            ["worker", "outcome"],
            _reported(workers, "outcomes"),
        ),
        _histogram(
            "openslot_delivery_attempt_duration_seconds",
            "From sending to the answer.",
            ["worker"],
            (([str(one.id)], one.report.get("attempt_seconds")) for one in workers),
        ),
        _histogram(
            "openslot_delivery_lag_seconds",
            "From the event to the end of a first attempt that got through.",
            ["worker"],
            (([str(one.id)], one.report.get("lag_seconds")) for one in workers),
        ),
    ]


def _reported(workers: Sequence[Worker], name: str) -> Samples:
    """Of the silent ones as well: what they counted has happened."""
    for one in workers:
        for label, number in sorted(one.report.get(name, {}).items()):
            yield [str(one.id), label], number


def _gauge(name: str, meaning: str, labels: Sequence[str], samples: Samples) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family


def _counter(name: str, meaning: str, labels: Sequence[str], samples: Samples) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family


def _histogram(
    name: str, meaning: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], dict[str, Any] | None]]
) -> Metric:
    """Of ``tally.Histogram.as_dict()``; one of another version, which has other bounds, is left out."""
    family = HistogramMetricFamily(name, meaning, labels=labels)
    for values, histogram in samples:
        if histogram is None or len(histogram["counts"]) != len(BOUNDS) + 1:
            continue
        below, buckets = 0, []
        for bound, count in zip([*BOUNDS, "+Inf"], histogram["counts"], strict=True):
            below += count
            buckets.append((str(bound), below))
        family.add_metric(values, buckets, histogram["sum"])
    return family
