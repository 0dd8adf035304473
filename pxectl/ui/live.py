"""The live view of `serve`: what listens, how far each machine is, the last lines of the log.

It draws on the terminal's alternate screen, where a window that changes its size leaves no
rubbish, and prints its last state below the shell's prompt when it ends: whoever presses Ctrl-C
still reads who had booted. No threads: it draws when something happens, at most ten times a
second, and once a second for the ages.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from pxectl.boot.events import Event, Ready
from pxectl.ui.lines import Level, Line, describe
from pxectl.ui.printable import printable
from pxectl.ui.progress import Progress, Row

INTERVAL = 0.1
"""Seconds between two drawings, at least."""
TICK = 1.0
"""Seconds after which the ages are drawn anew."""
REMEMBERED_LINES = 200
LEAST_LOG = 6
"""Rows that the log keeps however many machines there are."""
WIDE = 110
"""Columns from which the log shows the kind of client."""
_ANY_CONSOLE = Console(color_system=None)
_STYLES = {Level.GOOD: "green", Level.BAD: "red", Level.PLAIN: "", Level.QUIET: "dim"}


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
        self._listeners: Line | None = None
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
        if isinstance(event, Ready):
            self._listeners = line
        elif line.level is not Level.QUIET or self._verbose:
            self._remember(line, now)
        passed = now - self._drawn_at
        if 0 <= passed < INTERVAL:  # below 0: the host's clock was set back
            self._draw_in(INTERVAL - passed)
        else:
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
        rows = [_fit(Text(self._headline, "bold"), width), *self._listening(width, final=final)]
        room = max(0, height - len(rows) - 1)
        machines = self._progress.rows()
        log_room = LEAST_LOG if room > 2 * LEAST_LOG else room // 2
        table = _table(machines, max(2, room - log_room - 1), width, self._clock())
        if not machines and not final:
            table = [Text("no machine has asked yet", "dim")]
        log = self._tail(room - len(table) - 1, width)
        if table:
            rows += [Text(), *table]
        if log:
            rows += [Text(), *log]
        return Group(*rows[:height])

    def _listening(self, width: int, *, final: bool) -> list[Text]:
        if self._listeners is None:
            return [] if final else [Text("starting", "dim")]
        text = Text(f"{self._listeners.verb}   ", "green")
        text.append(self._listeners.text, "default")
        return _wrapped(text, width, indent=8, most=2)

    def _tail(self, room: int, width: int) -> list[Text]:
        """The last lines that fit. A hint stands below the last line that it belongs to."""
        told: set[str] = set()
        blocks: list[list[Text]] = []
        for entry in reversed(self._log):
            block = _entry(entry, width)
            hint = entry.line.hint
            if hint and hint not in told:
                told.add(hint)
                below = _wrapped(Text(f"  hint: {hint}"), width, indent=8, most=3)
                if len(block) + len(below) <= room:
                    block += below
            room -= len(block)
            if room < 0:
                break
            blocks.append(block)
        return [row for block in reversed(blocks) for row in block]


def _table(machines: list[Row], room: int, width: int, now: float) -> list[Text]:
    """Headers and one row a machine, at most `room` rows; the last one counts what is left out."""
    if not machines:
        return []
    shown = machines if len(machines) < room else machines[: max(1, room - 2)]
    names = min(24 if width >= WIDE else 12, max(4, *(cell_len(row.name) for row in shown)))
    kinds = min(22, max(6, *(cell_len(row.client) for row in shown)))
    widths = (17, names, kinds, max(8, *(len(row.step) for row in shown)), 4)
    table = [_cells(("MACHINE", "NAME", "CLIENT", "STEP", "AGO", ""), widths, width)]
    table[0].stylize("dim")
    for row in shown:
        cells = (row.who, row.name, row.client, row.step, _age(now - row.at), row.detail)
        text = _cells(cells, widths, width)
        text.stylize(_STYLES[row.level], sum(widths[:3]) + 6, sum(widths[:4]) + 6)
        table.append(text)
    if left := len(machines) - len(shown):
        table.append(Text(f"and {left} more", "dim"))
    return table


def _cells(cells: tuple[str, ...], widths: tuple[int, ...], width: int) -> Text:
    """One row; the cell behind the last width takes what is left."""
    row = Text()
    for cell, size in zip(cells, widths, strict=False):
        row.append_text(_fit(Text(cell), size, pad=True))
        row.append("  ")
    row.append(cells[-1])
    return _fit(row, width)


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
    text.append(line.text, _STYLES[line.level])
    rows = _wrapped(text, width, indent=10, most=3)
    times = Text(f"  {entry.times} times", "dim")
    if entry.times > 1 and rows[-1].cell_len + times.cell_len <= width:
        rows[-1].append_text(times)
    return rows


def _wrapped(text: Text, width: int, *, indent: int, most: int) -> list[Text]:
    """`text` over as many rows as it needs, at most `most`; all but the first one indented."""
    if text.cell_len <= width:
        return [text]
    first, *rest = _lines(text, width)
    joined = Text(" ").join(rest)
    if most == 1 or not rest:
        return [_fit(text, width)]
    below = _lines(joined, max(1, width - indent))
    kept = below[: most - 1]
    if len(below) > len(kept):
        kept[-1] = _fit(Text(" ").join(below[most - 2 :]), max(1, width - indent))
    return [first, *(Text(" " * indent).append_text(row) for row in kept)]


def _lines(text: Text, width: int) -> list[Text]:
    lines = text.wrap(_ANY_CONSOLE, width)
    for line in lines:
        line.rstrip()
    return list(lines)


def _fit(text: Text, width: int, *, pad: bool = False) -> Text:
    text = text.copy()
    text.truncate(max(1, width), overflow="ellipsis", pad=pad)
    text.no_wrap = True
    return text


def _age(seconds: float) -> str:
    if seconds < 1:
        return "now"
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"
