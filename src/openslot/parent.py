"""Processes that end with the one that started them, however that one ended (ADR 0027).

A child holds the reading end of a pipe whose writing end is its starter's alone: the kernel closes that one when the
starter is gone, and whoever reads sees the end. That works everywhere; Linux also kills the child itself, so that one
which stands still, and reads nothing, goes too.
"""

import ctypes
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from functools import cache

VARIABLE = "OPENSLOT_PARENT_PIPE"
"""The number of the reading end, in the environment of a child."""
PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


@cache
def pipe() -> int:
    """The end that children inherit; the other one is closed with this process."""
    reading, _ = os.pipe()
    return reading


def end_with_parent() -> bool:
    """Where ``openslot`` started this process: see that its whole process group ends with its starter.

    Returns whether that is so. The number is taken out of the environment: what this process starts has no such pipe.
    """
    text = os.environ.pop(VARIABLE, "")
    if not text.isdecimal() or not _is_pipe(int(text)):
        return False
    os.set_inheritable(int(text), False)
    _end_with_starter(lambda: _read_to_the_end(int(text)), _end_group)
    return True


def end_with_forker() -> None:
    """The same for a process of ``multiprocessing``, which has such a pipe by itself."""
    from multiprocessing import parent_process  # noqa: PLC0415 -- commands that start none would wait for it, too

    forker = parent_process()
    if forker is not None:
        _end_with_starter(forker.join, _end_process)


def signaled_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What to run in a child before its program, for one that reads no pipe of ours: Linux alone.

    For Linux the starter is a thread: one that ends takes the child along.
    """
    starter = os.getpid()

    def prepare() -> None:
        if _prctl is None:
            return
        _prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != starter:  # it ended before the kernel knew that it matters
            os._exit(1)

    return prepare


def _end_with_starter(wait: Callable[[], None], end: Callable[[], None]) -> None:
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        wait()
        end()

    # Begun after the call above, so a starter that ended before it is seen here at once.
    threading.Thread(target=watch, name="parent", daemon=True).start()


def _read_to_the_end(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass


def _end_group() -> None:
    if os.getpgid(0) == os.getpid():  # ours, with whatever we have started ourselves
        os.killpg(0, signal.SIGKILL)
    _end_process()


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _is_pipe(descriptor: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False
