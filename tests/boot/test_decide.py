import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.conditions import parse_match
from pxectl.boot.decide import decide
from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Deny, Quirks, Style
from pxectl.boot.rules import CLOSING_RULES, Action, Rule, Rules
from pxectl.wire.iana import Arch
from tests.builders import DEBIAN, MAC1, NOW, machine

CLIENT = Client(MAC1, Arch.X64_UEFI, Firmware.UEFI)
PROFILES = {"debian": DEBIAN}


def rule(name, match=None, action=Action.DENY, **more):
    return Rule(name, parse_match(match or {}, name), action, **more)


def decided(*rules, machine_=None, **how):
    return decide(CLIENT, machine_, Rules(rules, PROFILES), NOW, **how)


def test_the_first_rule_that_matches_wins():
    decision = decided(
        rule("arm", {"arch": "arm64-uefi"}), rule("uefi", {"firmware": "uefi"}), rule("rest")
    )

    assert decision.rule.name == "uefi"
    assert [(c.number, c.rule.name, c.why_not) for c in decision.trace] == [
        (1, "arm", "arch is x64-uefi, not arm64-uefi"),
        (2, "uefi", ""),
    ]


@pytest.mark.parametrize(
    ("machine_", "action", "reason"),
    [
        (None, Action.DENY, "denied: unknown machine, no rule matches"),
        (machine(profile=""), Action.DENY, "denied: node1 has no profile, no rule matches"),
        (machine(), Action.BOOT, 'debian by rule "known with a profile → boot"'),
        (
            machine(netboot=Netboot.NEVER),
            Action.LOCAL,
            'boots its disk by rule "netboot = "never" → local"',
        ),
        (
            machine(netboot=Netboot.ONCE),
            Action.BOOT,
            'debian by rule "known with a profile → boot"',
        ),
    ],
)
def test_without_a_rule_of_the_site_the_built_in_ones_decide(machine_, action, reason):
    decision = decided(machine_=machine_)

    assert (decision.action, decision.reason) == (action, reason)
    assert decision.rule.built_in


def test_built_in_rules_stand_at_the_end():
    assert Rules((rule("x"),)).all[-3:] == CLOSING_RULES


@pytest.mark.parametrize(
    ("profile", "own", "expected"),
    [("debian", "other", "debian"), ("", "debian", "debian")],
    ids=["the rule's", "the machine's own"],
)
def test_the_rules_profile_comes_before_the_machines(profile, own, expected):
    boots = rule("boots", action=Action.BOOT, profile=profile)

    assert decided(boots, machine_=machine(profile=own)).profile.name == expected


@pytest.mark.parametrize(
    ("machine_", "profile", "problem"),
    [
        (machine(profile="gone"), "", "profile `gone` is not defined"),
        (machine(), "gone", "profile `gone` is not defined"),
        (machine(profile=""), "", 'rule "boots" names no profile and the machine has none'),
        (None, "", 'rule "boots" names no profile and the machine has none'),
    ],
)
def test_a_boot_without_a_profile_is_a_denial_that_says_why(machine_, profile, problem):
    decision = decided(rule("boots", action=Action.BOOT, profile=profile), machine_=machine_)

    assert (decision.action, decision.problem) == (Action.DENY, problem)
    assert decision.reason == f"denied: {problem}"
    assert decision.problem_hint
    assert not decision.boots


def test_quirks_of_the_rule_come_before_the_machines():
    own = machine(quirks=Quirks(style=Style.BINL, blksize=512))
    odd = rule("odd", quirks=Quirks(style=Style.BYPASS, deny=Deny.FAST))

    assert decided(odd, machine_=own).quirks == Quirks(
        style=Style.BYPASS, deny=Deny.FAST, blksize=512
    )


def test_boots_so_far_can_decide():
    first = rule("first", {"boots": 0}, Action.BOOT, profile="debian")

    assert decided(first, machine_=machine(profile="")).action is Action.BOOT
    assert decided(first, machine_=machine(profile=""), boots=1).action is Action.DENY


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (Action.DENY, 'denied by rule "x"'),
        (Action.LOCAL, 'boots its disk by rule "x"'),
        (Action.IGNORE, 'ignored by rule "x"'),
    ],
)
def test_each_action_has_its_phrase(action, reason):
    assert decided(rule("x", action=action)).reason == reason


def test_what_a_source_says_comes_before_a_profile_that_happens_to_be_called_so():
    own = Profile("debian", chain="http://10.77.0.5/boot")
    from_source = machine(profile="debian", own=own)
    named = rule("named", action=Action.BOOT, profile="debian")

    assert decided(machine_=from_source).profile == own
    assert decided(named, machine_=from_source).profile == DEBIAN
