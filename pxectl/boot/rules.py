"""Rules: who may boot, and what. The first one that matches wins (DESIGN.md 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import Enum
from typing import Any

from pxectl.boot.condition import Condition
from pxectl.boot.conditions import parse_match
from pxectl.boot.facts import Facts
from pxectl.boot.machine import NOTHING
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import NO_QUIRKS, Quirks
from pxectl.boot.shortlist import Shortlist


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
    options: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    """DHCP options by their IANA name, over the machine's and the subnet's."""
    built_in: bool = False
    cmdline: tuple[str, ...] = ()
    """Words behind those of the profile; each may be a template."""

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

    all: tuple[Rule, ...] = field(init=False, repr=False, compare=False)
    """The site's rules and the three that close the list; the last one always matches."""
    shortlist: Shortlist = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "all", self.site + CLOSING_RULES)
        object.__setattr__(self, "shortlist", Shortlist(rule.match for rule in self.all))

    def first_match(self, facts: Facts) -> int:
        """Place in `all` of the first rule that matches, from 0."""
        every = self.all
        for place in self.shortlist.places(facts):
            if every[place].failing(facts) is None:
                return place
        raise AssertionError("the last rule matches everything")
