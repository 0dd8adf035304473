"""The tables of the live view: a row for each machine that has asked, and for each lease."""

from collections.abc import Iterable, Mapping

from rich.cells import cell_len
from rich.text import Text

from pxectl.boot.binding import Binding
from pxectl.boot.timeline.timeline import Timeline
from pxectl.boot.underway import UnderWay
from pxectl.ui.fitting import fit
from pxectl.ui.lines import Level
from pxectl.ui.printable import printable
from pxectl.ui.progress import Row, row_of, trail_of

WIDE = 110
"""Columns from which names are shown whole, machines with all their steps, and the log shows the
kind of client."""
STYLES = {Level.GOOD: "green", Level.BAD: "red", Level.PLAIN: "", Level.QUIET: "dim"}
"""Colours, which only echo what the words say."""


def machine_table(
    lines: list[Timeline],
    moving: Mapping[str, UnderWay],
    selected: str,
    room: int,
    width: int,
    now: float,
) -> list[Text]:
    """Headers and one row a machine, at most `room` rows; the last one counts what is left out.

    Args:
        lines: the one that was heard last first.
        moving: what is under way, by machine.
        selected: the machine that keys are about; empty: none.
        room: rows.
        width: columns.
        now: seconds since 1970.
    """
    if not lines:
        return []
    first = _first(lines, selected, room)
    shown = lines[first:] if len(lines) - first < room else lines[first : first + max(1, room - 2)]
    rows = [row_of(line, moving.get(line.who)) for line in shown]
    is_wide = width >= WIDE
    names = min(24 if is_wide else 12, max(4, *(cell_len(row.name) for row in rows)))
    kinds = min(22, max(6, *(cell_len(row.client) for row in rows)))
    steps = max(8, *(len(row.step) for row in rows))
    widths = (17, names, kinds, steps, 4)
    last = "BOOT" if is_wide else ""
    table = [_cells(("MACHINE", "NAME", "CLIENT", "STEP", "AGO"), widths, Text(last), width)]
    table[0].stylize("dim")
    for row, line in zip(rows, shown, strict=True):
        told = _trail(line, moving.get(line.who), row) if is_wide else Text(row.detail)
        cells = (row.who, row.name, row.client, row.step, _age(now - row.at))
        text = _cells(cells, widths, told, width)
        text.stylize(STYLES[row.level], sum(widths[:3]) + 6, sum(widths[:4]) + 6)
        if row.who == selected:
            text.pad_right(max(0, width - text.cell_len))
            text.stylize("reverse")
        table.append(text)
    if left := len(lines) - len(shown):
        table.append(Text(f"and {left} more", "dim"))
    return table


def _first(lines: list[Timeline], selected: str, room: int) -> int:
    """Where the window begins that holds the selected machine."""
    at = next((i for i, line in enumerate(lines) if line.who == selected), 0)
    space = max(1, room - 2)
    return max(0, at - space + 1)


def _trail(line: Timeline, moving: UnderWay | None, row: Row) -> Text:
    text = Text()
    for word, level in trail_of(line, moving):
        text.append(f"{word} ", STYLES[level])
    text.append(f" {row.detail}")
    return text


def lease_table(leases: Iterable[Binding], room: int, width: int, now: float) -> list[Text]:
    """Headers and one row a lease, at most `room` rows.

    Args:
        leases: those that run.
        room: rows.
        width: columns.
        now: seconds since 1970.
    """
    rows = [
        (str(one.address), str(one.mac), printable(one.machine or one.hostname or "-", 24),
         _age(one.expires - now))
        for one in leases
    ]  # fmt: skip
    if not rows:
        return [fit(Text("no address is leased", "dim"), width)]
    shown = rows if len(rows) < room else rows[: max(1, room - 2)]
    table = [_cells(("ADDRESS", "MAC", "NAME"), (15, 17, 24), Text("ENDS IN"), width)]
    table[0].stylize("dim")
    table += [_cells(row[:3], (15, 17, 24), Text(row[3]), width) for row in shown]
    if left := len(rows) - len(shown):
        table.append(Text(f"and {left} more", "dim"))
    return table


def _cells(cells: tuple[str, ...], widths: tuple[int, ...], last: Text, width: int) -> Text:
    """One row; `last` takes what is left."""
    row = Text()
    for cell, size in zip(cells, widths, strict=True):
        row.append_text(fit(Text(cell), size, pad=True))
        row.append("  ")
    row.append_text(last)
    return fit(row, width)


def _age(seconds: float) -> str:
    if seconds < 1:
        return "now"
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"
