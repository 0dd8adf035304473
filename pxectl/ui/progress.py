"""How far a machine is, from its timeline: what the live view's table shows."""

from collections.abc import Iterator
from dataclasses import dataclass

from pxectl.boot.telling import short_path, size_of
from pxectl.boot.timeline.mark import FILES, Mark, State, Step
from pxectl.boot.timeline.timeline import Timeline
from pxectl.boot.underway import UnderWay
from pxectl.ui.lines import Level
from pxectl.ui.printable import printable

_GOOD, _BAD = frozenset((State.LOADED, State.PROBED)), frozenset(
    (State.SILENT, State.UNACKNOWLEDGED, State.BROKEN, State.ABORTED, State.MISSING, State.REFUSED,
     State.RANGE, State.FAILED)
)  # fmt: skip
_LEFT_OUT = frozenset((Step.REQUEST, Step.ACK, Step.FILE))
"""Of the trail: they go without saying."""
_OUTCOMES = {"booted": Level.GOOD, "denied": Level.BAD, "stopped": Level.BAD}


@dataclass(frozen=True, slots=True)
class Row:
    """One machine. All texts are safe to print."""

    who: str
    """Its MAC, or its address if it asked for a path without a token."""
    name: str
    client: str
    step: str
    """`OFFER`, `4011`, `NBP 63 %`, `kernel`, `booted`, `denied`, `stopped`, …"""
    detail: str
    """Rate and time left of what it fetches, or why it stopped."""
    level: Level
    at: float
    """Its last sign of life, seconds since 1970."""


def row_of(line: Timeline, moving: UnderWay | None) -> Row:
    """What the table shows of a machine.

    Args:
        line: its boot.
        moving: what it loads at this moment.
    """
    step, detail, level = _standing(line, moving)
    client = printable(line.client.label) if line.client is not None else ""
    name, shown = printable(line.machine), printable(detail, 300)
    return Row(line.who, name, client, step, shown, level, line.heard)


def _standing(line: Timeline, moving: UnderWay | None) -> tuple[str, str, Level]:
    last = line.telling
    if moving is not None:
        step = line.asked.get(moving.path, Step.FILE).value
        return f"{step} {_percent(moving)}", _speed(moving), Level.PLAIN
    if line.outcome in _OUTCOMES or line.outcome in ("local", "ignored"):
        level = _OUTCOMES.get(line.outcome, Level.PLAIN)
        detail = line.cause.removeprefix(f"{line.outcome}: ")
        if line.outcome == "booted":
            took = f"in {line.heard - line.began:.1f} s"
            detail = f"{line.profile.name} {took}" if line.profile is not None else took
        elif not detail and last is not None:
            detail = last.detail.removeprefix(line.outcome).lstrip(": ")
        return line.outcome, detail, level
    if last is None:
        return "", "", Level.PLAIN
    return _step(last), told(last), Level.BAD if last.state in _BAD else Level.PLAIN


def _step(mark: Mark) -> str:
    if mark.step in FILES and mark.state in _BAD:
        return mark.state.value
    return mark.step.value


def told(mark: Mark) -> str:
    """What there is to say of a step: size and rate, why not, or what it was told to load."""
    name = short_path(mark.path)
    if mark.state is State.LOADED and mark.size:
        rate = f"  {size_of(round(mark.sent / mark.seconds))}/s" if mark.seconds >= 0.001 else ""
        return f"{name}  {size_of(mark.sent)}{rate}"
    if mark.state is State.PROBED:
        return f"{name} is {size_of(mark.size)}" if mark.size else name
    if mark.state in _BAD:
        sent = f"after {size_of(mark.sent)} of {size_of(mark.size)}" if mark.size else ""
        return "  ".join(filter(None, (name, sent, mark.detail)))
    if mark.step in FILES:
        return name
    detail = mark.detail.replace(mark.path, name) if mark.path else mark.detail
    return detail or name


def _percent(moving: UnderWay) -> str:
    return f"{100 * moving.sent // moving.size} %" if moving.size else "0 %"


def _speed(moving: UnderWay) -> str:
    left = moving.left
    rate = f"{size_of(round(moving.rate))}/s" if moving.sent else "nothing yet"
    remaining = f"  {left:.0f} s left" if left is not None and left >= 1 else ""
    return f"{rate}{remaining}  of {size_of(moving.size)}"


def trail_of(line: Timeline, moving: UnderWay | None) -> Iterator[tuple[str, Level]]:
    """The steps of a boot in short: `DISCOVER`, `OFFER`, `4011`, `NBP`, `iPXE`, `script`, …

    Args:
        line: the boot.
        moving: what it loads at this moment.
    """
    before = ""
    for mark in line.marks:
        if mark.is_foreign or mark.step in _LEFT_OUT:
            continue
        word = "iPXE" if mark.by_ipxe else mark.step.value
        if mark.state is State.NOTHING:
            word = f"no {word}"
        if word == before:
            continue
        before = word
        level = Level.BAD if mark.state in _BAD else Level.PLAIN
        if moving is not None and mark.path == moving.path:
            yield f"{word} {_percent(moving)}", Level.PLAIN
        else:
            yield word, Level.GOOD if mark.state in _GOOD else level
