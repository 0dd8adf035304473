"""What `rules check` prints."""

import json
from collections.abc import Sequence

from pxectl.boot.findings import About, Finding, Level
from pxectl.ui.printable import printable

VERSION = 1
SHOWN = 10
"""Findings of one sort and level; the rest is counted."""
NAMED = 5
"""Machines of one finding; the rest is counted."""


def as_text(found: Sequence[Finding]) -> str:
    """Lines for people: problems first, by what they are about, and how many of each."""
    lines = []
    for level in Level:
        for about in About:
            group = [one for one in found if one.level is level and one.about is about]
            for one in group[:SHOWN]:
                lines.append(f"{level.value:7}  {_told(one)}")
                if one.hint:
                    lines.append(f"         hint: {printable(one.hint, 1000)}")
            if len(group) > SHOWN:
                more = f"{len(group) - SHOWN:,} more {about.value} {level.value}s"
                lines.append(f"         … and {more}; `--json` lists all")
    return "\n".join([*lines, _counted(found)]) + "\n"


def _told(one: Finding) -> str:
    where = f"{one.where}: " if one.where else ""
    return printable(f"{where}{one.what}{_names(one.machines)}", 2000)


def _names(names: tuple[str, ...]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return f" (for {', '.join(names[:NAMED])}{more})"


def _counted(found: Sequence[Finding]) -> str:
    if not found:
        return "nothing is wrong"
    counts = ((level, sum(one.level is level for one in found)) for level in Level)
    return ", ".join(
        f"{count:,} {level.value}{'' if count == 1 else 's'}" for level, count in counts
    )


def as_json(found: Sequence[Finding]) -> str:
    """One object (docs/json.md)."""
    findings = [
        {
            "level": one.level.value,
            "about": one.about.value,
            "where": one.where,
            "what": one.what,
            "hint": one.hint,
            "machines": list(one.machines),
        }
        for one in found
    ]
    return json.dumps({"v": VERSION, "findings": findings})
