"""Keys of the live view, read from the terminal without threads.

The terminal is put in cbreak mode and given back as it was on every way out: the end, an exception,
Ctrl-Z. A program in the background must not touch it, or the kernel stops it (termios(3), SIGTTOU).
"""

import asyncio
import os
import signal
import termios
import tty
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

SWITCH_KEYS = {"d": "dhcp", "p": "proxy", "t": "tftp", "h": "http"}
"""What each of these keys turns on or off."""
RELOAD, QUIT, HELP = "r", "q", "?"
FILTER, PAUSE, LEASES, ADD = "/", " ", "l", "a"
UP, DOWN, ENTER, ESCAPE, BACKSPACE = "<up>", "<down>", "<enter>", "<escape>", "<backspace>"
_NAMED = {
    b"\x1b[A": UP, b"\x1bOA": UP, b"k": UP, b"\x1b[B": DOWN, b"\x1bOB": DOWN, b"j": DOWN,
    b"\r": ENTER, b"\n": ENTER, b"\x1b": ESCAPE, b"\x7f": BACKSPACE, b"\x08": BACKSPACE,
}  # fmt: skip
"""What terminals send for keys without a character (ECMA-48, and xterm's application mode)."""

_AGAIN = 0.5
"""Seconds between looks whether the terminal is ours, while it is not."""


class Keys:
    """Listens for keys while it is entered, in a running event loop."""

    def __init__(
        self,
        terminal: int,
        pressed: Callable[[str], None],
        leave: Callable[[], None],
        come_back: Callable[[], None],
    ) -> None:
        """Make it.

        Args:
            terminal: descriptor of a terminal.
            pressed: takes each key: a character, a name as above, or what was pasted.
            leave: called before Ctrl-Z stops the program.
            come_back: called when keys are read, at first and again after Ctrl-Z.
        """
        self._terminal = terminal
        self._pressed = pressed
        self._leave = leave
        self._come_back = come_back
        self._saved: list[Any] | None = None
        self._look: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop)
        self._loop.add_signal_handler(signal.SIGCONT, self._continue)
        self._continue()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the terminal back."""
        if self._look is not None:
            self._look.cancel()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        self._loop.remove_signal_handler(signal.SIGCONT)
        self._give_back()

    def _listen(self) -> None:
        if self._saved is not None:
            return
        with suppress(termios.error):
            self._saved = termios.tcgetattr(self._terminal)
            tty.setcbreak(self._terminal, termios.TCSANOW)
            self._loop.add_reader(self._terminal, self._readable)

    def _give_back(self) -> None:
        saved, self._saved = self._saved, None
        if saved is None:
            return
        self._loop.remove_reader(self._terminal)
        with suppress(termios.error):  # the terminal has gone
            termios.tcsetattr(self._terminal, termios.TCSANOW, saved)

    def _has_terminal(self) -> bool:
        try:
            return os.tcgetpgrp(self._terminal) == os.getpgrp()
        except OSError:  # not the controlling one: there are no jobs on it
            return True

    def _readable(self) -> None:
        try:
            octets = os.read(self._terminal, 64)
        except OSError:
            octets = b""
        if not octets:  # it was hung up
            self._loop.remove_reader(self._terminal)
        elif octets in _NAMED or not octets.startswith(b"\x1b"):  # no other function key
            self._pressed(_NAMED.get(octets) or octets.decode("latin-1"))

    # ---- Ctrl-Z, bg and fg

    def _stop(self) -> None:
        self._give_back()
        self._leave()
        self._loop.remove_signal_handler(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGTSTP)
        # here it goes on, in the foreground or not
        self._loop.add_signal_handler(signal.SIGTSTP, self._stop)

    def _continue(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None
        if self._has_terminal():
            self._listen()
            self._come_back()
        elif self._saved is None:  # `fg` brings a program that runs already without telling it
            self._look = self._loop.call_later(_AGAIN, self._continue)
