"""What `rules test --all` prints: a row for each machine."""

import json
from collections.abc import Sequence

from pxectl.boot.decide import Decision
from pxectl.boot.survey import Surveyed
from pxectl.ui.columns import columns

VERSION = 1


def as_text(surveyed: Sequence[Surveyed]) -> str:
    """A table for people."""
    rows = (
        (
            one.machine.name,
            str(one.client.mac),
            one.client.label,
            one.decision.action.value,
            one.decision.profile.name if one.decision.profile else "-",
            one.reason or rule_of(one.decision),
        )
        for one in surveyed
    )
    return columns(("NAME", "MAC", "CLIENT", "ACTION", "PROFILE", "RULE"), rows)


def rule_of(decision: Decision) -> str:
    """The rule that decided, as every command calls it."""
    rule = decision.rule
    return f"{rule.name} (built in)" if rule.built_in else f'"{rule.name}"'


def as_json(surveyed: Sequence[Surveyed]) -> str:
    """One object (docs/json.md)."""
    machines = [
        {
            "machine": one.machine.name,
            "mac": str(one.client.mac),
            "client": one.client.label,
            "netboots": one.would_netboot,
            "action": one.decision.action.value,
            "rule": one.decision.rule.name,
            "built_in": one.decision.rule.built_in,
            "profile": one.decision.profile.name if one.decision.profile else None,
            "bootfile": one.bootfile,
            "reason": one.reason,
        }
        for one in surveyed
    ]
    return json.dumps({"v": VERSION, "machines": machines})
