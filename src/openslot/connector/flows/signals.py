"""How SIGINT and SIGTERM stop what runs: the first in order, the second at once."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(Exception):
    """A signal stopped us."""


@contextlib.contextmanager
def stopped_by_signal() -> Iterator[None]:
    """Cancel what is inside at the first SIGINT or SIGTERM, starting up or not, and all that runs at the second.

    Raises:
        Stopped: once what is inside has cleaned up.
        KeyboardInterrupt: it was not given the time.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task(loop)
    assert task is not None
    signals = 0

    def stop() -> None:
        nonlocal signals
        signals += 1
        if signals == 1:
            task.cancel()
            return
        # an interrupt raised right here would strike whatever library runs at the moment, and come out as its error
        forget()
        for one in asyncio.all_tasks(loop):
            one.cancel()

    def forget() -> None:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)

    with contextlib.suppress(NotImplementedError):  # Windows, where Ctrl-C cancels us anyway
        for number in _SIGNALS:
            loop.add_signal_handler(number, stop)
    try:
        yield
    except asyncio.CancelledError:
        if not signals:
            raise
        if signals > 1:
            raise KeyboardInterrupt from None
        task.uncancel()
        raise Stopped from None
    finally:
        with contextlib.suppress(NotImplementedError):
            forget()
