from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.conditions import parse_match
from pxectl.boot.differ import differences, told
from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Quirks, Style
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import Mode
from pxectl.boot.subnet import Subnet
from pxectl.mac import MAC
from tests.builders import DEBIAN, NETWORK, NOW, SERVER, machine, site

HERE = Standpoint("eth0", SERVER, NETWORK)


def rule(name, match=None, action=Action.DENY, **more):
    return Rule(name, parse_match(match or {}, name), action, **more)


def mac(number):
    return MAC(bytes((2, 0, 0, 0, 1, number)))


def node(number, **changes):
    values = {"name": f"n{number}", "macs": (mac(number),), "address": None} | changes
    return machine(**values)


def lines(before, after, now=NOW, only=None):
    return [str(one) for one in differences(before, after, HERE, now, only)]


def with_rules(*rules, **changes):
    return site(Mode.PROXY, *rules, **changes)


def test_nothing_differs_between_a_site_and_itself():
    one = with_rules(rule("no", {"tags": "x", "arch": "x86-bios"}))

    assert lines(one, one) == []


def test_before_and_after_are_told_with_their_rules():
    before, after = with_rules(), with_rules(rule("night", {"known": True}))

    assert lines(before, after) == [
        'node1: boots debian by rule "known with a profile → boot" → denied by rule "night"'
    ]


def test_an_unknown_machine_stands_for_all():
    after = with_rules(rule("all", {"known": False}, Action.BOOT, profile="debian"))

    assert lines(with_rules(), after) == [
        'unknown machines: denied: unknown machine, no rule matches → boots debian by rule "all"'
    ]


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ({}, {"netboot": Netboot.NEVER}, {"action", "profile", "rule"}),
        ({}, {"profile": "other"}, {"profile"}),
        ({}, {"profile": "gone"}, {"action", "profile", "problem"}),
        ({}, {"quirks": Quirks(style=Style.BINL, blksize=512)}, {"quirks.style", "quirks.blksize"}),
        ({"options": {"router": "10.0.0.1"}}, {"options": {"router": ["10.0.0.2"]}},
         {"options.router"}),
        ({"options": {"router": "10.0.0.1"}}, {}, {"options.router"}),
        ({}, {"address": IPv4Address("10.77.0.9")}, {"address"}),
        ({}, {"macs": (mac(9),)}, {"mac"}),
        ({}, {"tags": ("x",), "vars": {"a": 1}, "hostname": "other"}, set()),
    ],
)  # fmt: skip
def test_what_is_different_is_named(before, after, changed):
    profiles = (DEBIAN, Profile("other", script="x"))
    one, other = (site(machines=(node(1, **m),), profiles=profiles) for m in (before, after))

    found = list(differences(one, other, HERE, NOW))

    assert [set(one.changed) for one in found] == ([changed] if changed else [])


def test_a_rule_that_sets_options_and_quirks_is_seen():
    before = with_rules(rule("r", {"known": True}, Action.LOCAL))
    after = with_rules(
        rule("r", {"known": True}, Action.LOCAL, options={"mtu-interface": 9000},
             quirks=Quirks(reply_delay=1.0))
    )  # fmt: skip

    assert lines(before, after) == [
        "node1: quirks.reply_delay - → 1.0, options.mtu-interface - → 9000"
    ]


def test_a_profile_that_boots_something_else_is_a_change_of_its_machines():
    after = site(profiles=(Profile("debian", kernel="debian/linux2", cmdline=("quiet",)),))

    assert lines(site(), after) == [
        "node1: profile.kernel debian/linux → debian/linux2, profile.initrd debian/initrd.gz → -"
    ]


def test_machines_on_one_side_only_are_told_with_their_decision():
    before = site(machines=(node(1), node(2)))
    after = site(machines=(node(2), node(3, profile="")))

    found = list(differences(before, after, HERE, NOW))

    assert [str(one) for one in found] == [
        "n3 added: denied: n3 has no profile, no rule matches",
        'n1 removed: boots debian by rule "known with a profile → boot" before',
    ]
    assert [(one.before is None, one.after is None) for one in found] == [
        (True, False), (False, True),
    ]  # fmt: skip


def test_a_renamed_machine_is_the_same_by_its_mac():
    assert lines(site(machines=(node(1),)), site(machines=(node(1, name="other"),))) == []


def test_a_rule_about_kinds_of_clients_is_compared_as_each_of_them():
    after = with_rules(rule("no bios", {"firmware": "bios", "known": True}))

    [found] = differences(with_rules(), after, HERE, NOW)

    assert found.name == "node1"
    assert found.clients == ("bios",)


def test_kinds_that_the_machine_can_not_be_are_not_compared():
    arm = {"machines": (node(1, arch="arm64"),)}

    found = differences(
        with_rules(**arm), with_rules(rule("no x86", {"arch": ["x64-uefi", "x86-bios"]}), **arm),
        HERE, NOW,
    )  # fmt: skip

    assert [one.name for one in found if one.name] == []


def test_what_hides_in_any_and_not_is_compared_too():
    hidden = {"any": [{"not": {"firmware": ["uefi", "uefi-http", "ipxe"]}}, {"tags": "never"}]}

    found = list(differences(with_rules(), with_rules(rule("r", hidden)), HERE, NOW))

    assert [one.clients for one in found if one.name] == [("bios",)]


def test_a_rule_about_subnets_is_asked_from_where_the_address_lies():
    far = Subnet(IPv4Network("10.88.0.0/24"))
    given = {"machines": (node(1, address=IPv4Address("10.88.0.5")),), "subnets": (far,)}
    after = with_rules(rule("far", {"subnet": "10.88.0.0/24"}), **given)

    [found] = differences(with_rules(**given), after, HERE, NOW)

    assert found.clients == ("uefi-x64 in 10.88.0.0/24",)


def test_time_windows_are_compared_at_the_moment_that_is_said():
    from datetime import UTC, datetime

    from pxectl.boot.rules import Rules

    before = site()
    after = site(
        rules=Rules((rule("day", {"time": "08:00-18:00", "known": True}),), {"debian": DEBIAN}, UTC)
    )
    noon, night = (datetime(2026, 11, 23, hour, tzinfo=UTC).timestamp() for hour in (12, 3))

    assert len(lines(before, after, noon)) == 1
    assert lines(before, after, night) == []


def test_the_number_of_a_rule_without_a_name_is_no_change():
    before = with_rules(rule("rule 1", {"known": True}))
    after = with_rules(rule("new", {"tags": "none"}), rule("rule 2", {"known": True}))

    assert lines(before, after) == []


def test_only_some_machines_can_be_looked_at():
    before = site(machines=(node(1), node(2)))
    after = site(machines=(node(1, profile=""), node(2, profile="")))

    assert [line.partition(":")[0] for line in lines(before, after, only={"n2"})] == ["n2"]


MATCHES = st.sampled_from(
    [{}, {"known": True}, {"tags": "a"}, {"arch": "x86-bios"}, {"firmware": "ipxe"},
     {"not": {"tags": "a"}}, {"mac": "02:*"}, {"netboot": "never"}]
)  # fmt: skip
RULES = st.lists(st.tuples(MATCHES, st.sampled_from([Action.DENY, Action.LOCAL])), max_size=3)
MACHINES = st.lists(
    st.builds(
        lambda n, tags, netboot: node(n, tags=tags, netboot=netboot),
        st.integers(0, 4),
        st.sampled_from([(), ("a",)]),
        st.sampled_from(Netboot),
    ),
    max_size=4,
    unique_by=lambda one: one.name,
)


def some_site(rules, machines):
    made = (rule(f"r{n}", match, action) for n, (match, action) in enumerate(rules))
    return with_rules(*made, machines=tuple(machines))


@settings(max_examples=150, deadline=None)
@given(RULES, MACHINES, RULES, MACHINES)
def test_the_way_back_mirrors_the_way_there(rules, machines, other_rules, others):
    one, other = some_site(rules, machines), some_site(other_rules, others)
    there = list(differences(one, other, HERE, NOW))
    back = list(differences(other, one, HERE, NOW))

    assert sorted((d.name, d.clients, _told(d.before), _told(d.after)) for d in there) == sorted(
        (d.name, d.clients, _told(d.after), _told(d.before)) for d in back
    )


def _told(decision):
    return told(decision) if decision else ""
