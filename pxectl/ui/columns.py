"""Columns of plain text, without rich: commands that scripts call start fast."""

from collections.abc import Iterable, Sequence

from pxectl.ui.printable import printable


def columns(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows below their headers, each column as wide as its widest text.

    Args:
        headers: one a column.
        rows: texts; hostile ones are made printable.

    Returns:
        Lines with a line feed at the end of each.
    """
    table = [tuple(headers), *(tuple(printable(cell, 500) for cell in row) for row in rows)]
    widths = [max(len(row[n]) for row in table) for n in range(len(headers))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )
    return "".join(f"{line}\n" for line in lines)
