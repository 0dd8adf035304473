"""The live view of `serve`: what listens, how far each machine is, the last lines of the log.

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
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from pxectl.boot.events import Event, Ready, Switched
from pxectl.ui.fitting import fit, wrapped
from pxectl.ui.footer import footer, help_rows
from pxectl.ui.keys import HELP, Keys
from pxectl.ui.lines import Level, Line, describe
from pxectl.ui.livetable import STYLES, WIDE, machine_table
from pxectl.ui.printable import printable
from pxectl.ui.progress import Progress

INTERVAL = 0.1
"""Seconds between two drawings, at least."""
TICK = 1.0
"""Seconds after which the ages are drawn anew."""
REMEMBERED_LINES = 200
LEAST_LOG = 6
"""Rows that the log keeps however many machines there are."""


@dataclass(slots=True)
class _Entry:
    """A line of the log, and how often it came in a row."""

    at: float
    line: Line
    times: int = 1


class LiveView:
    """Takes the events of `serve` and shows where everything stands."""

    def __init__(
        self,
        console: Console | None = None,
        clock: Callable[[], float] = time.time,
        *,
        verbose: bool = False,
    ) -> None:
        """Make it; it draws while it is entered as a context manager.

        Args:
            console: instead of one on stdout.
            clock: seconds since 1970.
            verbose: show in the log what nobody expected an answer to.
        """
        self._console = console or Console(highlight=False, markup=False, emoji=False)
        self._clock = clock
        self._verbose = verbose
        self._headline = ""
        self._ready: Ready | None = None
        self._has_keys = self._shows_help = self._is_away = False
        self._progress = Progress()
        self._log: deque[_Entry] = deque(maxlen=REMEMBERED_LINES)
        self._drawn_at = 0.0
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

    def emit(self, event: Event) -> None:
        """Take in one event, and show it now or within a tenth of a second."""
        now = self._clock()
        self._progress.note(event, now)
        line = describe(event)
        if isinstance(event, Switched) and self._ready is not None:
            self._ready = replace(self._ready, listeners=event.listeners, on=event.on)
        if isinstance(event, Ready):
            self._ready = event
        elif line.level is not Level.QUIET or self._verbose:
            self._remember(line, now)
        passed = now - self._drawn_at
        if 0 <= passed < INTERVAL:  # below 0: the host's clock was set back
            self._draw_in(INTERVAL - passed)
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
            if key == HELP:
                self._shows_help = not self._shows_help
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
            self._log.append(_Entry(now, line))

    def _refresh(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._drawn_at = self._clock()
        if self._is_away:
            return
        self._live.refresh()
        if len(self._progress):
            self._draw_in(TICK)

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
        width = self._console.width
        bottom = [] if final else self._bottom(width)[-height:]
        height -= len(bottom)
        rows = [fit(Text(self._headline, "bold"), width), *self._listening(width, final=final)]
        room = max(0, height - len(rows) - 1)
        machines = self._progress.rows()
        log_room = LEAST_LOG if room > 2 * LEAST_LOG else room // 2
        table = machine_table(machines, max(2, room - log_room - 1), width, self._clock())
        if not machines and not final:
            table = [Text("no machine has asked yet", "dim")]
        log = self._tail(room - len(table) - 1, width)
        if table:
            rows += [Text(), *table]
        if log:
            rows += [Text(), *log]
        rows = rows[:height]
        if bottom:  # it stays where it is, however much stands above it
            rows += [Text()] * (height - len(rows))
        return Group(*rows, *bottom)

    def _bottom(self, width: int) -> list[Text]:
        if not self._has_keys or self._ready is None:
            return []
        above = help_rows(width) if self._shows_help else []
        return [*above, footer(self._ready.on, width)]

    def _listening(self, width: int, *, final: bool) -> list[Text]:
        if self._ready is None:
            return [] if final else [Text("starting", "dim")]
        line = describe(self._ready)
        text = Text(f"{line.verb}   ", "green")
        text.append(line.text, "default")
        return wrapped(text, width, indent=8, most=2)

    def _tail(self, room: int, width: int) -> list[Text]:
        """The last lines that fit. A hint stands below the last line that it belongs to."""
        told: set[str] = set()
        blocks: list[list[Text]] = []
        for entry in reversed(self._log):
            block = _entry(entry, width)
            hint = entry.line.hint
            if hint and hint not in told:
                told.add(hint)
                below = wrapped(Text(f"  hint: {hint}"), width, indent=8, most=3)
                if len(block) + len(below) <= room:
                    block += below
            room -= len(block)
            if room < 0:
                break
            blocks.append(block)
        return [row for block in reversed(blocks) for row in block]


def _entry(entry: _Entry, width: int) -> list[Text]:
    line = entry.line
    head = f"{time.strftime('%H:%M:%S', time.localtime(entry.at))}  "
    if line.mac:
        head += f"{line.verb:<9} {line.mac:<17}  "
        if width >= WIDE:
            head += f"{line.client:<14}  "
    else:
        head += f"{line.verb:<9} "
    text = Text(head)
    text.append(line.text, STYLES[line.level])
    rows = wrapped(text, width, indent=10, most=3)
    times = Text(f"  {entry.times} times", "dim")
    if entry.times > 1 and rows[-1].cell_len + times.cell_len <= width:
        rows[-1].append_text(times)
    return rows
