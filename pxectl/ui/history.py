"""One boot of one machine, step by step: the live view opens it, `capture` prints it."""

import time
from collections.abc import Iterator

from rich.text import Text

from pxectl.boot.timeline.mark import FILES, Mark, State
from pxectl.boot.timeline.timeline import Timeline
from pxectl.boot.underway import UnderWay
from pxectl.ui.fitting import fit, wrapped
from pxectl.ui.lines import Level
from pxectl.ui.livetable import STYLES
from pxectl.ui.printable import printable
from pxectl.ui.progress import row_of, told


def history_rows(line: Timeline, moving: UnderWay | None, width: int, room: int) -> list[Text]:
    """A headline, a row for each step, the last of them if not all fit, and why it stopped.

    Args:
        line: the boot.
        moving: what it loads at this moment.
        width: columns.
        room: rows.
    """
    row = row_of(line, moving)
    profile = line.profile.name if line.profile is not None else ""
    began = time.strftime("%H:%M:%S", time.localtime(line.began))
    head = "  ".join(filter(None, (row.who, row.name, row.client, profile, f"since {began}")))
    end = _ending(line, moving, row.step, width)
    steps = [fit(text, width) for text in _steps(line)]
    space = max(1, room - 1 - len(end))
    if len(steps) > space:
        left = Text(f"  {len(steps) - space + 1} steps before these", "dim")
        steps = [left, *steps[len(steps) - space + 1 :]]
    return [fit(Text(printable(head, 300), "bold"), width), *steps, *end][:room]


def _steps(line: Timeline) -> Iterator[Text]:
    for mark in line.marks:
        after = f"{mark.at - line.began:8.2f}  "
        who = "iPXE " if mark.by_ipxe else ""
        name = f"{who}{mark.step.value}"
        text = Text(f"{after}{name:<14}")
        text.append(f"{_state(mark):<21}", STYLES[_level(mark)])
        times = f"  {mark.times} times" if mark.times > 1 else ""
        detail = f"{mark.state.value}  {told(mark)}" if mark.is_foreign else told(mark)
        text.append(printable(f"{detail}{times}", 300))
        yield text


def _state(mark: Mark) -> str:
    if mark.step in FILES:
        return mark.state.value
    return "" if mark.is_foreign or mark.state is State.ANSWERED else mark.state.value


def _level(mark: Mark) -> Level:
    if mark.state in (State.LOADED, State.PROBED):
        return Level.GOOD
    return Level.PLAIN if mark.state in (State.ASKED, State.VIA_4011) else Level.BAD


def _ending(line: Timeline, moving: UnderWay | None, step: str, width: int) -> list[Text]:
    if moving is not None:
        row = row_of(line, moving)
        return [fit(Text(f"{'now':>8}  {step}  {row.detail}"), width)]
    if not line.cause:
        return []
    rows = wrapped(Text(f"{step}: {printable(line.cause, 500)}", "red"), width, indent=8, most=3)
    if line.mend:
        mend = Text(f"hint: {printable(line.mend, 500)}")
        rows += wrapped(mend, width, indent=8, most=3)
    return rows
