"""The one place that chooses what a client gets (DESIGN.md 4)."""

from dataclasses import dataclass

from pxectl.boot.client import Client
from pxectl.boot.condition import Condition
from pxectl.boot.facts import Facts
from pxectl.boot.machine import Machine
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Quirks
from pxectl.boot.rules import Action, Rule, Rules


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
    trace: tuple[Considered, ...]
    problem: str = ""
    """Why a rule that says `boot` had to become `deny`: its profile is missing."""
    problem_hint: str = ""

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
    trace = []
    for number, rule in enumerate(rules.all, 1):
        failed = rule.failing(facts)
        trace.append(Considered(number, rule, failed, facts))
        if failed is None:
            break
    return _carry_out(trace[-1].rule, machine, rules, tuple(trace))


def _carry_out(
    rule: Rule, machine: Machine | None, rules: Rules, trace: tuple[Considered, ...]
) -> Decision:
    quirks = rule.quirks.over(machine.quirks) if machine else rule.quirks
    if rule.action is not Action.BOOT:
        return Decision(rule.action, rule, None, machine, quirks, trace)
    name = rule.profile or (machine.profile if machine else "")
    profile = rules.profiles.get(name)
    if profile is None and machine and machine.own and machine.own.name == name:
        profile = machine.own
    if profile is not None:
        return Decision(Action.BOOT, rule, profile, machine, quirks, trace)
    if name:
        problem, hint = f"profile `{name}` is not defined", f"add `[profile.{name}]` to pxectl.toml"
    else:
        problem = f'rule "{rule.name}" names no profile and the machine has none'
        hint = "add `profile =` to the rule or to the machine"
    return Decision(Action.DENY, rule, None, machine, quirks, trace, problem, hint)
