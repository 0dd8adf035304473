"""Boots that a capture shows, as text and as JSON."""

from dataclasses import replace
from typing import Any

from pxectl.boot.timeline.diagnosis import Verdict
from pxectl.boot.timeline.timeline import Timeline
from pxectl.ui.eventjson import utc
from pxectl.ui.history import history_rows
from pxectl.ui.printable import printable
from pxectl.ui.timelinejson import steps_of

VERSION = 1
_WIDTH = 160
_LONGEST = 500


def as_text(line: Timeline, verdict: Verdict | None) -> str:
    """A headline, a line for each step, and why it stopped.

    Args:
        line: the boot.
        verdict: how it ended; None: that can not be told.
    """
    ended = _ended(line, verdict)
    rows = history_rows(ended, None, _WIDTH, 1000)
    text = "".join(f"{row.plain.rstrip()}\n" for row in rows)
    if verdict is None:
        return f"{text}   not to be told how it ended: the capture ends before\n\n"
    return f"{text}\n" if verdict.text else f"{text}   {verdict.outcome}\n\n"


def as_fields(line: Timeline, verdict: Verdict | None) -> dict[str, Any]:
    """The same for `--json` (docs/json.md)."""
    client = line.client
    return {
        "v": VERSION,
        "mac": line.who,
        "client": client.label if client is not None else None,
        "began": utc(line.began),
        "ended": utc(line.heard),
        "outcome": verdict.outcome if verdict is not None else None,
        "cause": (verdict.cause or None) if verdict is not None else None,
        "text": printable(verdict.text, _LONGEST) if verdict is not None else "",
        "hint": printable(verdict.hint, _LONGEST) if verdict is not None else "",
        "steps": steps_of(line.marks),
    }


def _ended(line: Timeline, verdict: Verdict | None) -> Timeline:
    if verdict is None:
        return line
    return replace(line, outcome=verdict.outcome, cause=verdict.text, mend=verdict.hint)
