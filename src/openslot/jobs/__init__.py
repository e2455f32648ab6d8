"""Background tasks by family: load, call one service."""
