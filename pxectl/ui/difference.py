"""What `rules diff` prints: whoever gets something else, before and after."""

import json
from collections.abc import Sequence
from typing import Any

from pxectl.boot.decide import Decision
from pxectl.boot.differ import Difference, values_of
from pxectl.ui.printable import printable

VERSION = 1


def as_text(found: Sequence[Difference]) -> str:
    """A line each, for people; nothing if nothing changes."""
    return "".join(f"{printable(str(one), 1000)}\n" for one in found)


def as_json(found: Sequence[Difference]) -> str:
    """One object (docs/json.md)."""
    changes = [
        {
            "machine": one.name or None,
            "mac": str(one.mac) if one.mac else None,
            "clients": one.clients,
            "before": _decision(one.before),
            "after": _decision(one.after),
            "changed": {key: list(values) for key, values in one.changed.items()},
        }
        for one in found
    ]
    return json.dumps({"v": VERSION, "changes": changes})


def _decision(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    values = values_of(decision)
    return {
        "action": decision.action.value,
        "rule": decision.rule.name,
        "built_in": decision.rule.built_in,
        "profile": decision.profile.name if decision.profile else None,
        "problem": decision.problem,
        "address": values.get("address"),
        "quirks": _below("quirks.", values),
        "options": dict(decision.options),
    }


def _below(start: str, values: dict[str, str]) -> dict[str, str]:
    return {
        key.removeprefix(start): value for key, value in values.items() if key.startswith(start)
    }
