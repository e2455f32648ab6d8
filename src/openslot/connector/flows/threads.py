"""A thread for what blocks."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def in_thread(function: Callable[[], T], name: str = "openslot flow") -> "asyncio.Future[T]":
    """Run a blocking function in a thread of its own, and give its result.

    asyncio's threads are few, and look up the names of hosts too: a mail server that does not answer would hold up
    every flow. A caller that is cancelled no longer waits; the thread goes on, but does not keep the process from
    ending at once.
    """
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()
    context = contextvars.copy_context()

    def work() -> None:
        try:
            outcome.set_result(context.run(function))
        except StopIteration as exc:  # which no future takes: its caller would wait for ever
            outcome.set_exception(RuntimeError(f"the function raised {exc!r}"))
        except BaseException as exc:  # noqa: BLE001 -- raised where it is awaited
            outcome.set_exception(exc)

    threading.Thread(target=work, name=name, daemon=True).start()
    return asyncio.wrap_future(outcome)
