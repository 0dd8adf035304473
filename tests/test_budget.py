import resource
import threading
import time

import pytest

from pxectl.budget import OverBudgetError, budget


def _for_ever() -> None:
    while True:
        pass


def _for_ever_whatever_happens() -> None:
    while True:
        try:
            _for_ever()
        except Exception:
            continue


def test_work_within_its_budget_goes_through():
    with budget(1, 1 << 26):
        done = sum(range(1000))

    assert done == 499_500


def test_a_loop_without_an_end_is_ended():
    began = time.process_time()

    with pytest.raises(OverBudgetError), budget(0.1, 1 << 26):
        _for_ever()

    assert time.process_time() - began < 5


def test_who_catches_every_exception_is_ended_too():
    with pytest.raises(OverBudgetError), budget(0.1, 1 << 26):
        _for_ever_whatever_happens()


@pytest.mark.skipif("not __import__('os').path.exists('/proc/self/statm')")
def test_memory_is_refused_beyond_the_budget_and_given_again_after_it():
    before = resource.getrlimit(resource.RLIMIT_AS)

    with pytest.raises(MemoryError), budget(5, 1 << 24):
        bytearray(1 << 26)

    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert len(bytearray(1 << 26)) == 1 << 26


def test_nothing_is_left_that_could_strike_later():
    with budget(0.05, 1 << 26):
        pass
    until = time.process_time() + 0.2

    while time.process_time() < until:
        pass


def test_work_in_another_thread_is_done_without_a_limit():
    done = []

    def work() -> None:
        with budget(0.001, 1):
            done.append(sum(range(1_000_000)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert done == [499_999_500_000]
