"""The one place that chooses what a client gets (DESIGN.md 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pxectl.boot.client import Client
from pxectl.boot.condition import Condition
from pxectl.boot.facts import Facts
from pxectl.boot.machine import Machine
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import NO_QUIRKS, Quirks
from pxectl.boot.rules import Action, Rule, Rules
from pxectl.boot.siteoptions import nearest


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that was tried, and the first condition that failed, if one did."""

    number: int
    """Place in the list, from 1."""
    rule: Rule
    failed: Condition | None
    facts: Facts

    @property
    def why_not(self) -> str:
        """The reason as a person reads it; empty for the rule that won.

        Made on demand: a boot storm asks for the decision, not for the story.
        """
        return self.failed.why_not(self.facts) if self.failed else ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a client gets, by which rule, and what was considered on the way."""

    action: Action
    rule: Rule
    profile: Profile | None
    """What it boots; None unless the action is `boot`."""
    machine: Machine | None
    quirks: Quirks
    """The rule's over the machine's."""
    options: Mapping[str, Any]
    """DHCP options: the rule's over the machine's. Those of the subnet come below both."""
    number: int
    """Place of the rule in the list, from 1."""
    facts: Facts = field(repr=False)
    rules: Rules = field(repr=False, compare=False)
    problem: str = ""
    """Why a rule that says `boot` had to become `deny`: its profile is missing."""
    problem_hint: str = ""

    @property
    def trace(self) -> tuple[Considered, ...]:
        """Every rule up to the one that won, in order, as if each had been tried.

        Made on demand: `decide` tries only those that can match (`boot/shortlist.py`).
        """
        return tuple(
            Considered(number, rule, rule.failing(self.facts), self.facts)
            for number, rule in enumerate(self.rules.all[: self.number], 1)
        )

    @property
    def boots(self) -> bool:
        """True if there is something for it to boot from the network."""
        return self.action is Action.BOOT

    @property
    def reason(self) -> str:
        """One phrase for a log line: `denied: unknown machine, no rule matches`."""
        if self.problem:
            return f"denied: {self.problem}"
        by = f'rule "{self.rule.name}"'
        match self.action:
            case Action.BOOT:
                return f"{self.profile.name if self.profile else ''} by {by}"
            case Action.LOCAL:
                return f"boots its disk by {by}"
            case Action.IGNORE:
                return f"ignored by {by}"
            case Action.DENY if self.rule.built_in:
                who = (
                    "unknown machine"
                    if self.machine is None
                    else f"{self.machine.name} has no profile"
                )
                return f"denied: {who}, no rule matches"
            case Action.DENY:
                return f"denied by {by}"


def decide(
    client: Client, machine: Machine | None, rules: Rules, now: float, boots: int = 0
) -> Decision:
    """What `client` gets.

    Args:
        client: who asks.
        machine: what the inventory knows of it, if anything.
        rules: tried in order; the closing ones always match in the end.
        now: seconds since 1970 (UTC).
        boots: how often it has booted before.
    """
    facts = Facts(client, machine, now, rules.zone, boots)
    place = rules.first_match(facts)
    rule = rules.all[place]
    profile, problem, hint = _profile(rule, machine, rules)
    return Decision(
        Action.DENY if problem else rule.action,
        rule,
        profile,
        machine,
        _over(rule.quirks, machine.quirks) if machine else rule.quirks,
        nearest(rule.options, machine.options) if machine else rule.options,
        place + 1,
        facts,
        rules,
        problem,
        hint,
    )


def _over(quirks: Quirks, base: Quirks) -> Quirks:
    if quirks is NO_QUIRKS:  # most say nothing, and a boot storm asks often
        return base
    return quirks if base is NO_QUIRKS else quirks.over(base)


def _profile(rule: Rule, machine: Machine | None, rules: Rules) -> tuple[Profile | None, str, str]:
    """What a rule gives to boot, or what is wrong and the mend."""
    if rule.action is not Action.BOOT:
        return None, "", ""
    own = machine.own if machine else None
    if own is not None and machine is not None and not rule.profile and machine.profile == own.name:
        # a source names what it means itself: a profile of the site may happen to be called so
        return own, "", ""
    name = rule.profile or (machine.profile if machine else "")
    profile = rules.profiles.get(name)
    if profile is not None:
        return profile, "", ""
    if name:
        problem, hint = f"profile `{name}` is not defined", f"add `[profile.{name}]` to pxectl.toml"
    else:
        problem = f'rule "{rule.name}" names no profile and the machine has none'
        hint = "add `profile =` to the rule or to the machine"
    return None, problem, hint
