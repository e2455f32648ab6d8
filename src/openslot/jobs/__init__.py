"""Background tasks, one module per family: each loads what it needs and calls one service."""
