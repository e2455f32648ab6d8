"""Ending asyncio tasks."""

import asyncio
from collections.abc import Iterable

_INSIST_SECONDS = 1.0


async def stop(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks and return once they have ended.

    Once is not enough: a library that uses ``asyncio.wait_for``, as the pool of connections does, swallows a
    cancellation that comes together with what it waits for (until Python 3.12).
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_INSIST_SECONDS)
