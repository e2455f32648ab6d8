"""A thread for what blocks."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[[], T]) -> T:
    """What the function gives, from a thread of its own.

    asyncio's threads are few, and look up the names of hosts too: a mail server that does not answer would hold up
    every flow. Cancelled, we no longer wait; the thread goes on to its end, and the process waits for it.
    """
    future: Future[T] = Future()

    def work() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(function())
        except BaseException as exc:  # noqa: BLE001 -- whoever waits gets it
            future.set_exception(exc)

    threading.Thread(target=work, name="openslot flow").start()
    return await asyncio.wrap_future(future)
