"""Child processes that end with their parent, however the parent ended (ADR 0027).

A child reads from a pipe whose other end only its parent holds. When the parent is gone, the kernel closes that end,
and the child reads the end of file. This works on every system. On Linux the kernel also kills the child, even if it
hangs and does not read.
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
"""The environment variable with the descriptor of the pipe, for a child."""
PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


@cache
def pipe() -> int:
    """The end of the pipe that children inherit; the other one is closed when this process ends."""
    reading, _ = os.pipe()
    return reading


def end_with_parent() -> bool:
    """If ``openslot`` started this process, make its whole process group end with the parent; return whether it did.

    The variable is removed from the environment, since children of this process do not inherit the pipe.
    """
    text = os.environ.pop(VARIABLE, "")
    if not text.isdecimal() or not _is_pipe(int(text)):
        return False
    os.set_inheritable(int(text), False)
    _end_with_starter(lambda: _read_to_the_end(int(text)), _end_group)
    return True


def end_with_forker() -> None:
    """Make a process of ``multiprocessing``, which has such a pipe itself, end with its parent."""
    from multiprocessing import parent_process  # noqa: PLC0415 -- slow to import for commands that do not need it

    forker = parent_process()
    if forker is not None:
        _end_with_starter(forker.join, _end_process)


def signaled_with_parent(number: signal.Signals) -> Callable[[], None]:
    """A ``preexec_fn`` by which a program that knows no pipe gets a signal when its parent ends; on Linux only.

    Linux regards the thread that starts the child as its parent, so the child also ends with that thread.
    """
    starter = os.getpid()

    def prepare() -> None:
        if _prctl is None:
            return
        _prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != starter:  # the parent ended before the call above
            os._exit(1)

    return prepare


def _end_with_starter(wait: Callable[[], None], end: Callable[[], None]) -> None:
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        wait()
        end()

    # Started after the call above: if the parent has ended before that call, this thread sees it at once.
    threading.Thread(target=watch, name="parent", daemon=True).start()


def _read_to_the_end(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass


def _end_group() -> None:
    if os.getpgid(0) == os.getpid():  # the group is our own, with all processes that we have started
        os.killpg(0, signal.SIGKILL)
    _end_process()


def _end_process() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _is_pipe(descriptor: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False
