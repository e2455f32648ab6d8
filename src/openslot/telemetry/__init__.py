"""What operators see of a running process: logs, correlation ids and counters for metrics."""
