"""A boot's steps as JSON: the log and `capture` show them alike (docs/json.md)."""

from collections.abc import Iterable
from typing import Any

from pxectl.boot.timeline.mark import Mark
from pxectl.ui.printable import printable

_LONGEST = 500


def steps_of(marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """One object a step, in the order in which they were seen."""
    return [_step(mark) for mark in marks]


def _step(mark: Mark) -> dict[str, Any]:
    step: dict[str, Any] = {
        "step": mark.step.value,
        "state": mark.state.value,
        "by": "ipxe" if mark.by_ipxe else None,
        "time": round(mark.at, 3),
        "times": mark.times,
        "last": round(mark.until, 3),
        "detail": printable(mark.detail, _LONGEST),
        "path": printable(mark.path, _LONGEST),
    }
    if mark.size or mark.sent:
        step |= {"size": mark.size, "sent": mark.sent, "seconds": round(mark.seconds, 3)}
    return step
