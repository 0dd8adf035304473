"""The table of the live view: a row for each machine that has asked."""

from rich.cells import cell_len
from rich.text import Text

from pxectl.ui.fitting import fit
from pxectl.ui.lines import Level
from pxectl.ui.progress import Row

WIDE = 110
"""Columns from which names are shown whole, and the log shows the kind of client."""
STYLES = {Level.GOOD: "green", Level.BAD: "red", Level.PLAIN: "", Level.QUIET: "dim"}
"""Colours, which only echo what the words say."""


def machine_table(machines: list[Row], room: int, width: int, now: float) -> list[Text]:
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
        text.stylize(STYLES[row.level], sum(widths[:3]) + 6, sum(widths[:4]) + 6)
        table.append(text)
    if left := len(machines) - len(shown):
        table.append(Text(f"and {left} more", "dim"))
    return table


def _cells(cells: tuple[str, ...], widths: tuple[int, ...], width: int) -> Text:
    """One row; the cell behind the last width takes what is left."""
    row = Text()
    for cell, size in zip(cells, widths, strict=False):
        row.append_text(fit(Text(cell), size, pad=True))
        row.append("  ")
    row.append(cells[-1])
    return fit(row, width)


def _age(seconds: float) -> str:
    if seconds < 1:
        return "now"
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{int(seconds)}s"
