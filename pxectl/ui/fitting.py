"""Texts that fit in a row of the terminal, or in a few."""

from rich.console import Console
from rich.text import Text

_ANY_CONSOLE = Console(color_system=None)


def fit(text: Text, width: int, *, pad: bool = False) -> Text:
    """`text` in `width` columns, with an ellipsis where it was too long."""
    text = text.copy()
    text.truncate(max(1, width), overflow="ellipsis", pad=pad)
    text.no_wrap = True
    return text


def wrapped(text: Text, width: int, *, indent: int, most: int) -> list[Text]:
    """`text` over as many rows as it needs, at most `most`; all but the first one indented."""
    if text.cell_len <= width:
        return [text]
    first, *rest = _lines(text, width)
    joined = Text(" ").join(rest)
    if most == 1 or not rest:
        return [fit(text, width)]
    below = _lines(joined, max(1, width - indent))
    kept = below[: most - 1]
    if len(below) > len(kept):
        kept[-1] = fit(Text(" ").join(below[most - 2 :]), max(1, width - indent))
    return [first, *(Text(" " * indent).append_text(row) for row in kept)]


def _lines(text: Text, width: int) -> list[Text]:
    lines = text.wrap(_ANY_CONSOLE, width)
    for line in lines:
        line.rstrip()
    return list(lines)
