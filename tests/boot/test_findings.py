from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.conditions import parse_match
from pxectl.boot.findings import About, Level, find_all
from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Quirks, Style
from pxectl.boot.rules import Action, Rule, Rules
from pxectl.boot.site import Inventory, Mode, Serving, Site
from pxectl.boot.subnet import Subnet
from pxectl.mac import MAC
from pxectl.store.recipes import find_recipe
from pxectl.wire.iana import Arch

NODE = Machine("node1", (MAC.parse("52:54:00:00:00:01"),))
NETWORK = IPv4Network("10.77.0.0/24")


def rule(name, match, action=Action.DENY, **more):
    return Rule(name, parse_match(match, "x"), action, **more)


def site(*rules, machines=(), mode=Mode.AUTO, profiles=(), **more):
    return Site(
        serving=Serving(dhcp=mode),
        inventory=Inventory(tuple(machines)),
        rules=Rules(rules, {name: Profile(name, kernel="linux") for name in profiles}),
        **more,
    )


def found(site_):
    return [(one.level, one.about, one.where, one.machines) for one in find_all(site_)]


def test_a_good_site_has_no_findings():
    known = replace(NODE, profile="debian", address=IPv4Address("10.77.0.9"))

    assert found(site(rule("a", {"arch": "x86-bios"}), machines=[known], profiles=["debian"])) == []


def test_a_rule_behind_a_wider_one_is_a_problem_that_names_both():
    [one] = find_all(site(rule("bios", {"arch": "x86-*"}), rule("old", {"arch": "x86-bios"})))

    assert (one.level, one.about, one.where) == (Level.PROBLEM, About.RULE, 'rule 2 "old"')
    assert one.what == 'never reached: rule 1 "bios" matches all that it could'
    assert one.hint == "move it above rule 1, or remove it"


def test_a_rule_that_contradicts_itself_hides_no_other():
    sites = site(rule("a", {"known": False, "tags": "x"}), rule("b", {"known": False, "tags": "x"}))

    assert [one.what for one in find_all(sites)] == [
        "can never match: its conditions exclude each other"
    ] * 2


def test_profiles_that_are_not_defined_and_that_nobody_names():
    other = replace(NODE, name="node2", macs=(MAC.parse("52:54:00:00:00:02"),), profile="gone")
    machines = [replace(NODE, profile="gone"), other]

    assert found(site(machines=machines, profiles=["debian"])) == [
        (Level.PROBLEM, About.PROFILE, "profile `gone`", ("node1", "node2")),
        (Level.NOTE, About.PROFILE, "profile `debian`", ()),
    ]


def test_a_profile_that_a_rule_names_or_a_source_brought_is_well():
    own = replace(NODE, profile="own", own=Profile("own", kernel="linux"))
    boots = rule("a", {"arch": "x86-bios"}, Action.BOOT, profile="debian")

    assert found(site(boots, machines=[own], profiles=["debian"])) == []


@pytest.mark.parametrize(
    ("mode", "nbp", "told"),
    [
        (Mode.PROXY, True, [(Level.NOTE, About.PROFILE, "profile `debian`", ())]),
        (Mode.SERVER, True, []),
        (Mode.PROXY, False, []),
    ],
)
def test_grub_asks_elsewhere_beside_another_dhcp_server(mode, nbp, told):
    nbps = {Arch.X64_UEFI: "shimx64.efi"} if nbp else {}
    here = site(machines=[replace(NODE, profile="debian")], profiles=["debian"])
    rules = replace(here.rules, profiles={"debian": Profile("debian", kernel="k", nbp=nbps)})

    assert found(replace(here, rules=rules, serving=Serving(dhcp=mode))) == told


ONCE = (Level.NOTE, About.MACHINE, 'netboot = "once"', ("node1",))


@pytest.mark.parametrize(
    ("profile", "templates", "told"),
    [
        (Profile("debian", kernel="linux"), {}, []),
        (Profile("debian", nbp={Arch.X64_UEFI: "uki.efi"}), {}, []),
        (Profile("debian", chain="http://x/"), {}, [ONCE]),
        (Profile("debian", script="a.ipxe"), {"a.ipxe": "#!ipxe\nboot"}, [ONCE]),
        (Profile("debian", script="a.ipxe"), {"a.ipxe": "imgfetch {{ urls.booted }} ||"}, []),
        (Profile("debian", recipe=find_recipe("flatcar", "")), {}, []),
        (Profile("debian", recipe=find_recipe("windows", "")), {}, []),
        (Profile("debian", recipe=find_recipe("shell", "")), {}, [ONCE]),
    ],
)
def test_once_is_told_where_nothing_says_when_it_is_over(profile, templates, told):
    once = replace(NODE, netboot=Netboot.ONCE, profile="debian")
    here = site(machines=[once], profiles=["debian"])
    rules = replace(here.rules, profiles={"debian": profile})

    found_here = found(replace(here, rules=rules, templates=templates))

    assert [one for one in found_here if one[1] is About.MACHINE] == told


@pytest.mark.parametrize(
    ("option", "value"),
    [("class-id", "PXEClient"), ("vendor-specific", "0601"), ("option-66", "x"),
     ("bootfile-name", "x.efi")],
)  # fmt: skip
def test_boot_options_set_by_hand_are_a_trap_wherever_they_stand(option, value):
    options = {option: value, "router": ["10.77.0.1"]}
    told = found(
        site(
            rule("a", {"arch": "x86-bios"}, options=options),
            machines=[replace(NODE, options=options)],
            subnets=(Subnet(NETWORK, options=options),),
        )
    )

    assert told == [
        (Level.PROBLEM, About.DHCP, f"subnet 10.77.0.0/24: options.{option}", ()),
        (Level.PROBLEM, About.DHCP, f'rule 1 "a": options.{option}', ()),
        (Level.PROBLEM, About.DHCP, f"machine: options.{option}", ("node1",)),
    ]


@pytest.mark.parametrize("mode", [Mode.PROXY, Mode.OFF])
def test_what_only_a_dhcp_server_gives_has_no_effect_beside_one(mode):
    options = {"router": ["10.77.0.1"]}
    address = IPv4Address("10.77.0.9")
    told = found(
        site(
            rule("a", {"arch": "x86-bios"}, options=options),
            machines=[replace(NODE, options=options, address=address)],
            subnets=(Subnet(NETWORK, pool=((address, address),), options=options),),
            mode=mode,
        )
    )

    assert told == [
        (Level.NOTE, About.DHCP, "machine: address", ("node1",)),
        (Level.NOTE, About.DHCP, "machine: options", ("node1",)),
        (Level.NOTE, About.DHCP, 'rule 1 "a": options', ()),
        (Level.NOTE, About.DHCP, "subnet 10.77.0.0/24: pool", ()),
        (Level.NOTE, About.DHCP, "subnet 10.77.0.0/24: options", ()),
    ]


@pytest.mark.parametrize(
    ("serving", "idle"),
    [
        (Serving(dhcp=Mode.OFF), ["style", "style", "reply_delay"]),
        (Serving(dhcp=Mode.PROXY, tftp=False), ["blksize"]),
        (Serving(), []),
    ],
)
def test_quirks_of_a_listener_that_is_off_are_notes(serving, idle):
    odd = replace(NODE, quirks=Quirks(Style.BINL, reply_delay=0.5, blksize=512))
    styled = rule("a", {"arch": "x86-bios"}, quirks=Quirks(Style.BYPASS))
    told = list(find_all(replace(site(styled, machines=[odd]), serving=serving)))

    assert [one.where.rpartition(".")[2] for one in told] == idle
    assert {one.level for one in told} <= {Level.NOTE}
