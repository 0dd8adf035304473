"""What `pxectl doctor` prints: a line a check, its mend below."""

import json
from collections.abc import Sequence

from pxectl.boot.checkup import Check, Level
from pxectl.ui.printable import printable

VERSION = 1
_LONGEST = 400


def lines_of(check: Check) -> list[str]:
    """One check as people read it."""
    lines = [f"{check.level.value:<8} {check.name:<10} {printable(check.text, _LONGEST)}"]
    if check.hint and check.level is not Level.OK:
        lines.append(f"{'':<19} hint: {printable(check.hint, _LONGEST)}")
    return lines


def as_json(checks: Sequence[Check]) -> str:
    """One object (docs/json.md)."""
    return json.dumps(
        {
            "v": VERSION,
            "bad": sum(check.level is Level.BAD for check in checks),
            "checks": [
                {
                    "check": check.name,
                    "level": check.level.value,
                    "text": printable(check.text, _LONGEST),
                    "hint": printable(check.hint, _LONGEST),
                }
                for check in checks
            ],
        }
    )
