"""The live view of `serve`: when it is drawn, and where.

It draws on the terminal's alternate screen, where a window that changes its size leaves no
rubbish, and prints its last state below the shell's prompt when it ends: whoever presses Ctrl-C
still reads who had booted. No threads: it draws when something happens, at most ten times a
second, and once a second for the ages.
"""

import asyncio
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live

from pxectl.boot.events import Event, Ready, Switched
from pxectl.boot.timeline.timeline import Timeline
from pxectl.boot.timeline.timelines import Timelines
from pxectl.ui.inside import Inside
from pxectl.ui.keys import Keys
from pxectl.ui.lines import Level, Line, describe
from pxectl.ui.looking import Looking
from pxectl.ui.picture import Entry, Shown, picture
from pxectl.ui.printable import printable

INTERVAL = 0.1
"""Seconds between two drawings, at least."""
TICK = 1.0
"""Seconds after which the ages are drawn anew."""
MOVING = 0.25
"""The same while files are under way."""
SHARE = 0.05
"""Of a processor, at most, that drawing takes: 500 machines that boot at once have first call."""
REMEMBERED_LINES = 200


class LiveView:
    """Takes the events of `serve` and shows where everything stands."""

    def __init__(
        self,
        timelines: Timelines,
        console: Console | None = None,
        clock: Callable[[], float] = time.time,
        *,
        verbose: bool = False,
    ) -> None:
        """Make it; it draws while it is entered as a context manager.

        Args:
            timelines: how far each machine is; somebody else keeps it up to date.
            console: instead of one on stdout.
            clock: seconds since 1970.
            verbose: show in the log what nobody expected an answer to.
        """
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._clock = clock
        self._verbose = verbose
        self._headline = ""
        self._ready: Ready | None = None
        self._has_keys = self._is_away = False
        self._timelines = timelines
        self._inside, self._looking = Inside(), Looking()
        self._log: deque[Entry] = deque(maxlen=REMEMBERED_LINES)
        self._drawn_at, self._interval = 0.0, INTERVAL
        self._timer: asyncio.TimerHandle | None = None
        self._live = Live(
            console=self._console,
            screen=self._console.is_terminal,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
            get_renderable=lambda: self.picture(self._console.height),
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the terminal back, the last state printed on it."""
        if self._timer is not None:
            self._timer.cancel()
        shown = self._console.is_terminal
        self._live.stop()
        if shown:
            self._console.print(self.picture(self._console.height - 2, final=True))

    def start(self, headline: str) -> None:
        """Say what runs where."""
        self._headline = printable(headline, 500)
        self._refresh()

    def look_into(self, inside: Inside) -> None:
        """Show transfers and leases, too, and let a key add machines."""
        self._inside = inside

    def emit(self, event: Event) -> None:
        """Take in one event, and show it now or within a tenth of a second."""
        now = self._clock()
        line = describe(event)
        if isinstance(event, Switched) and self._ready is not None:
            self._ready = replace(self._ready, listeners=event.listeners, on=event.on)
        if isinstance(event, Ready):
            self._ready = event
        elif line.level is not Level.QUIET or self._verbose:
            self._remember(line, now)
        passed = now - self._drawn_at
        if self._looking.is_paused:
            return
        if 0 <= passed < self._interval:  # below 0: the host's clock was set back
            self._draw_in(self._interval - passed)
        else:
            self._refresh()

    # ---- keys

    def keys(self, actions: Mapping[str, Callable[[], None]]) -> AbstractContextManager[object]:
        """While it is entered, keys of the terminal do what `actions` says.

        Args:
            actions: what to do, by key.
        """
        if not sys.stdin.isatty():
            return nullcontext()

        def pressed(key: str) -> None:
            if self._looking.press(key, self._lines(), self._inside):
                self._refresh()
            elif (action := actions.get(key.lower())) is not None:
                action()

        self._has_keys = True
        return Keys(sys.stdin.fileno(), pressed, self._go, self._come_back)

    def _go(self) -> None:
        """The terminal is somebody else's for a while; events are remembered, not shown."""
        self._is_away = True
        self._live.stop()

    def _come_back(self) -> None:
        if self._is_away:
            self._is_away = False
            self._live.start()
        self._refresh()

    def _remember(self, line: Line, now: float) -> None:
        """A machine that asks every four seconds takes one line, not all of them."""
        last = self._log[-1] if self._log else None
        if last is not None and last.line == line:
            last.at = now
            last.times += 1
        else:
            self._log.append(Entry(now, line))

    def _refresh(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._drawn_at = self._clock()
        if self._is_away:
            return
        began = time.process_time()
        self._live.refresh()
        self._interval = max(INTERVAL, (time.process_time() - began) / SHARE)
        if len(self._timelines) and not self._looking.is_paused:
            self._draw_in(TICK if not self._is_moving() else max(MOVING, self._interval))

    def _is_moving(self) -> bool:
        return any(True for _ in self._inside.under_way())

    def _draw_in(self, seconds: float) -> None:
        """Draw later, where a loop runs; an earlier appointment stands."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        when = loop.time() + seconds
        if self._timer is not None:
            if self._timer.when() <= when:
                return
            self._timer.cancel()
        self._timer = loop.call_at(when, self._refresh)

    # ---- the picture

    def picture(self, height: int, *, final: bool = False) -> Group:
        """All that is shown.

        Args:
            height: rows that it may take.
            final: it stays on the terminal: without what only fills an empty screen.
        """
        shown = Shown(
            self._headline, self._ready, self._lines(), self._log, self._inside, self._looking,
            self._has_keys, self._clock(),
        )  # fmt: skip
        return Group(*picture(shown, self._console.width, height, final=final))

    def _lines(self) -> list[Timeline]:
        return [line for line in self._timelines if self._looking.sees(line)]
