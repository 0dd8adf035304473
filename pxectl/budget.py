"""A limit on what a text that somebody else wrote may cost: processor time and memory.

It is a limit of this process, not a worker's: a template renders in a tenth of a millisecond, and
to hand it to another process and back would cost more than that.
"""

import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OverBudgetError(BaseException):
    """The time is used up. No `except Exception` on the way keeps it."""


@contextmanager
def budget(seconds: float, octets: int) -> Iterator[None]:
    """Let the block have this much and no more.

    Args:
        seconds: of the processor, so that a busy host is no reason to stop.
        octets: of memory beyond what the process has. Not limited where the kernel does not say
            what it has (all but Linux).

    Neither is limited outside of the main thread: it alone gets signals, and what is the whole
    process's limit is for one block at a time.

    Raises:
        OverBudgetError: the time is used up. A single operation in C is not interrupted.
        MemoryError: the memory is used up.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _memory(octets), _time(seconds):
        yield


@contextmanager
def _time(seconds: float) -> Iterator[None]:
    before = signal.signal(signal.SIGVTALRM, _over)
    # again and again: where Python calls back, an exception may be told of and dropped
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.05)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _over(number: int, frame: FrameType | None) -> None:
    raise OverBudgetError


@contextmanager
def _memory(octets: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _address_space() + octets
    if most == octets or (soft != resource.RLIM_INFINITY and soft <= most):
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int:
    """Octets; 0: the kernel does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - floor 0 knows no pathlib
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
