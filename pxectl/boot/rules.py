"""Rules: who may boot, and what. The first one that matches wins (DESIGN.md 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import Enum

from pxectl.boot.condition import Condition
from pxectl.boot.conditions import parse_match
from pxectl.boot.facts import Facts
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import NO_QUIRKS, Quirks


class Action(Enum):
    """The four outcomes (DESIGN.md 4)."""

    BOOT = "boot"
    LOCAL = "local"
    DENY = "deny"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Rule:
    """One `[[rule]]`, or one of the three that close every list."""

    name: str
    match: tuple[Condition, ...]
    action: Action
    profile: str = ""
    """Empty: the machine's own."""
    quirks: Quirks = NO_QUIRKS
    built_in: bool = False

    def failing(self, facts: Facts) -> Condition | None:
        """The first condition that does not hold, or None if the rule matches."""
        for condition in self.match:
            if not condition.holds(facts):
                return condition
        return None


def _built_in(name: str, match: dict[str, object], action: Action) -> Rule:
    return Rule(name, parse_match(match, "built in"), action, built_in=True)


CLOSING_RULES = (
    _built_in('netboot = "never" → local', {"netboot": "never"}, Action.LOCAL),
    _built_in("known with a profile → boot", {"known": True, "profile": "*"}, Action.BOOT),
    _built_in("anything else → deny", {}, Action.DENY),
)
"""They stand at the end of every list (DESIGN.md 4), visible in `rules list`."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a decision follows: the rules in their order and the profiles that they name."""

    site: tuple[Rule, ...] = ()
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    zone: tzinfo | None = None
    """What `time` and `weekday` mean; None: the host's zone."""

    @property
    def all(self) -> tuple[Rule, ...]:
        """The site's rules and the three that close the list; the last one always matches."""
        return self.site + CLOSING_RULES
