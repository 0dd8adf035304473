"""A client that was played, as people and programs read it."""

from collections.abc import Iterable
from typing import Any

from pxectl.boot.probing.played import Level, Played, Probe, Verdict
from pxectl.ui.columns import columns
from pxectl.ui.printable import printable

_LONGEST = 400


def step_line(step: Played) -> str:
    """One step: when it was, what, and what came of it."""
    mark = {Level.FAILED: "! ", Level.LEFT_OUT: "- "}.get(step.level, "")
    return f"{step.at:8.3f}  {step.name:<14}  {mark}{printable(step.text, _LONGEST)}"


def verdict_lines(verdict: Verdict) -> list[str]:
    """What comes of it, and the mend."""
    head = "yes" if verdict.boots else "no"
    lines = [f"{head}: {printable(verdict.text, _LONGEST)}"]
    if verdict.hint:
        lines.append(f"hint: {printable(verdict.hint, _LONGEST)}")
    return lines


def matrix(probes: Iterable[Probe]) -> str:
    """A row for each kind of client."""
    return columns(
        ("CLIENT", "BOOTS", "SECONDS", "LAST STEP", ""),
        (
            (
                probe.kind,
                "yes" if probe.verdict.boots else "no",
                f"{probe.steps[-1].at:.1f}" if probe.steps else "-",
                probe.steps[-1].name if probe.steps else "-",
                printable(probe.verdict.text, _LONGEST),
            )
            for probe in probes
        ),
    )


def as_fields(probe: Probe) -> dict[str, Any]:
    """One client for `--json` (docs/json.md)."""
    return {
        "client": probe.kind,
        "mac": probe.mac,
        "boots": probe.verdict.boots,
        "text": printable(probe.verdict.text, _LONGEST),
        "hint": printable(probe.verdict.hint, _LONGEST),
        "steps": [
            {
                "step": step.name,
                "at": step.at,
                "level": step.level.value,
                "text": printable(step.text, _LONGEST),
                "size": step.size,
                "seconds": round(step.seconds, 3),
            }
            for step in probe.steps
        ],
    }
