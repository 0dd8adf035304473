"""Keys on a terminal of the test's own (a pty), which must be left as it was found."""

import asyncio
import os
import pty
import signal
import termios
from contextlib import contextmanager, suppress

import pytest

from pxectl.ui.keys import BACKSPACE, DOWN, ENTER, ESCAPE, UP, Keys


@contextmanager
def terminal():
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        for descriptor in (ours, theirs):
            with suppress(OSError):
                os.close(descriptor)


def modes(descriptor):
    return termios.tcgetattr(descriptor)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)


def pressing(work):
    """Run `work(ours, theirs)` while keys are read; those that were pressed, and the modes."""
    pressed, seen = [], []

    async def main(ours, theirs):
        with Keys(theirs, pressed.append, lambda: None, lambda: None):
            seen.append(modes(theirs))
            await work(ours, theirs)

    with terminal() as (ours, theirs):
        before = modes(theirs)
        try:
            asyncio.run(main(ours, theirs))
        finally:
            seen.append(modes(theirs) if work is not hang_up else before)
    return pressed, before, seen


async def press(ours, *keys):
    for key in keys:
        os.write(ours, key)
        await asyncio.sleep(0.05)


async def hang_up(ours, _):
    os.close(ours)
    await asyncio.sleep(0.05)


def test_each_key_is_read_without_return_and_not_echoed():
    async def work(ours, theirs):
        await press(ours, b"t", b"?", b"q")
        os.set_blocking(ours, False)
        with pytest.raises(BlockingIOError):
            os.read(ours, 10)

    pressed, before, seen = pressing(work)

    assert pressed == ["t", "?", "q"]
    assert seen == [termios.ISIG, before]  # Ctrl-C and Ctrl-Z stay what they are


@pytest.mark.parametrize("octets", [b"\x1bOp", b"\x1b[15~", b"\x1b[200~"])
def test_other_function_keys_are_passed_over(octets):
    async def work(ours, _):
        await press(ours, octets, b"t")

    assert pressing(work)[0] == ["t"]


@pytest.mark.parametrize(
    ("octets", "key"),
    [
        (b"\x1b[A", UP), (b"\x1bOA", UP), (b"k", UP), (b"\x1b[B", DOWN), (b"j", DOWN),
        (b"\r", ENTER), (b"\n", ENTER), (b"\x1b", ESCAPE), (b"\x7f", BACKSPACE),
        (b"52:54:00:77:00:01", "52:54:00:77:00:01"),
    ],
)  # fmt: skip
def test_keys_without_a_character_have_names_and_what_is_pasted_comes_whole(octets, key):
    async def work(ours, _):
        await press(ours, octets)

    assert pressing(work)[0] == [key]


def test_the_terminal_is_given_back_when_something_fails():
    async def main(theirs):
        with Keys(theirs, print, lambda: None, lambda: None):
            raise ValueError("no")

    with terminal() as (_, theirs):
        before = termios.tcgetattr(theirs)
        with pytest.raises(ValueError, match="no"):
            asyncio.run(main(theirs))
        seen = termios.tcgetattr(theirs)

    assert seen == before


def test_a_terminal_that_hangs_up_ends_nothing():
    assert pressing(hang_up)[0] == []


def test_signals_of_jobs_are_the_systems_again_afterwards():
    async def work(*_):
        pass

    pressing(work)

    assert signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL
    assert signal.getsignal(signal.SIGCONT) is signal.SIG_DFL
