"""The picture of the live view: what listens, how far each machine is, leases or the log."""

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from rich.text import Text

from pxectl.boot.events import Ready
from pxectl.boot.timeline.timeline import Timeline
from pxectl.boot.underway import UnderWay
from pxectl.ui.fitting import fit, wrapped
from pxectl.ui.footer import footer, help_rows
from pxectl.ui.history import history_rows
from pxectl.ui.inside import Inside
from pxectl.ui.lines import Line, describe
from pxectl.ui.livetable import STYLES, WIDE, lease_table, machine_table
from pxectl.ui.looking import Looking

LEAST_LOG = 6
"""Rows that the log keeps however many machines there are."""
TALL = 45
"""Rows from which the leases stand between machines and log, too."""
_LEASES = 8


@dataclass(slots=True)
class Entry:
    """A line of the log, and how often it came in a row."""

    at: float
    line: Line
    times: int = 1


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to show at one moment."""

    headline: str
    ready: Ready | None
    lines: list[Timeline]
    """Those that the filter lets through, the one that was heard last first."""
    log: deque[Entry]
    inside: Inside
    looking: Looking
    has_keys: bool
    now: float
    """Seconds since 1970."""


def picture(shown: Shown, width: int, height: int, *, final: bool) -> list[Text]:
    """At most `height` rows of at most `width` columns.

    Args:
        shown: what there is to show.
        width: columns.
        height: rows.
        final: it stays on the terminal: without what only fills an empty screen.
    """
    bottom = [] if final else _bottom(shown, width)[-height:]
    height -= len(bottom)
    rows = [fit(Text(shown.headline, "bold"), width), *_listening(shown.ready, width, final=final)]
    moving = {one.who: one for one in shown.inside.under_way() if one.size}
    rows += _below(shown, moving, max(0, height - len(rows) - 1), width, final=final)
    rows = rows[:height]
    if bottom:  # it stays where it is, however much stands above it
        rows += [Text()] * (height - len(rows))
    return [*rows, *bottom]


def _below(
    shown: Shown, moving: Mapping[str, UnderWay], room: int, width: int, *, final: bool
) -> list[Text]:
    """The machines, or one of them, and what stands below."""
    looking = shown.looking
    log_room = LEAST_LOG if room > 2 * LEAST_LOG else room // 2
    opened = next((line for line in shown.lines if line.who == looking.selected), None)
    if looking.is_open and opened is not None:
        here = moving.get(opened.who)
        table = history_rows(opened, here, width, max(2, room - log_room - 1))
    else:
        selected = "" if final else looking.selected
        machines = max(2, room - log_room - 1)
        table = machine_table(shown.lines, moving, selected, machines, width, shown.now)
        if not table and not final:
            none = "no machine that the filter lets through" if looking.filter else ""
            table = [Text(none or "no machine has asked yet", "dim")]
    blocks = [table]
    if looking.shows_leases and not final:
        left = room - len(table) - 1
        blocks.append(lease_table(shown.inside.bindings(), max(2, left), width, shown.now))
    else:
        left = room - len(table) - 1
        if room >= TALL and not final and (leases := tuple(shown.inside.bindings())):
            blocks.append(lease_table(leases, _LEASES, width, shown.now))
            left -= len(blocks[-1]) + 1
        blocks.append(_tail(shown.log, left, width))
    return [row for block in blocks if block for row in (Text(), *block)]


def _bottom(shown: Shown, width: int) -> list[Text]:
    if not shown.has_keys or shown.ready is None:
        return []
    above = help_rows(width) if shown.looking.shows_help else []
    return [*above, footer(shown.ready.on, shown.looking, width)]


def _listening(ready: Ready | None, width: int, *, final: bool) -> list[Text]:
    if ready is None:
        return [] if final else [Text("starting", "dim")]
    line = describe(ready)
    text = Text(f"{line.verb}   ", "green")
    text.append(line.text, "default")
    return wrapped(text, width, indent=8, most=2)


def _tail(log: deque[Entry], room: int, width: int) -> list[Text]:
    """The last lines that fit. A hint stands below the last line that it belongs to."""
    told: set[str] = set()
    blocks: list[list[Text]] = []
    for entry in reversed(log):
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


def _entry(entry: Entry, width: int) -> list[Text]:
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
