from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from pxectl.boot.machine import Machine
from pxectl.boot.profile import Profile
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.rules import Rules
from pxectl.boot.site import NBP, Inventory, Site
from pxectl.boot.subnet import Subnet
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.changes import changes, redecided
from pxectl.store.site import Loaded
from pxectl.wire.iana import Arch


def loaded(raw=None, **site):
    return Loaded(Site(**site), (), raw or {})


def machine(number, **more):
    return Machine(f"n{number}", (MAC(bytes((2, 0, 0, 0, 0, number))),), **more)


def inventory(*machines):
    return Inventory(machines)


def test_nothing_changed_is_nothing_to_say():
    one = loaded({"rule": [{"name": "a"}]}, inventory=inventory(machine(1)))
    assert changes(one, replace(one, site=replace(one.site, inventory=inventory(machine(1))))) == ()


def test_machines_are_named():
    before = loaded(inventory=inventory(machine(1), machine(2), machine(3)))
    after = loaded(inventory=inventory(machine(2, profile="x"), machine(3), machine(4)))
    assert changes(before, after) == (
        "machine n4 added: denied: n4 has no profile, no rule matches",
        "machine n2 changed",
        "machine n1 removed",
    )


def test_many_machines_are_counted():
    lines = changes(loaded(), loaded(inventory=inventory(*map(machine, range(1, 10)))))
    assert [line.partition(":")[0] for line in lines[:2]] == [
        "machine n1 added",
        "machine n2 added",
    ]
    assert lines[5:] == ("… and 4 more added",)


def test_every_part_of_a_site_has_its_line():
    after = loaded(
        {"rule": [{}], "serve": {"dhcp": "proxy"}},
        rules=Rules(profiles={"debian": Profile("debian", script="x")}),
        subnets=(Subnet(IPv4Network("10.77.0.0/24")),),
        templates={"x": "#!ipxe"},
        nbps={Arch.X64_UEFI: NBP("ipxe.efi", "/x", "site", 1)},
    )
    assert changes(loaded(), after) == (
        "profile debian added",
        "template x added",
        "rule list changed: 1 rule",
        "subnets changed: 1 subnet",
        "serve.dhcp changed",
        "iPXE for x64-uefi added",
    )


def test_the_line_of_a_new_machine_tells_what_it_gets():
    rules = Rules(profiles={"debian": Profile("debian", script="x")})
    after = loaded(rules=rules, inventory=inventory(machine(1, profile="debian")))

    assert changes(loaded(rules=rules), after) == (
        'machine n1 added: boots debian by rule "known with a profile → boot"',
    )


HERE = Standpoint("eth0", IPv4Address("10.77.0.1"), None)


def test_nobody_is_asked_again_while_rules_and_machines_stay():
    one = loaded({"rule": [], "subnet": []}, inventory=inventory(machine(1)))

    assert redecided(one, replace(one, raw={"rule": [], "subnet": [1]}), HERE, 0.0) == ()


def test_whoever_was_there_and_is_there_is_told_when_the_decision_differs():
    before = loaded(inventory=inventory(machine(1), machine(2), machine(3)))
    after = loaded(inventory=inventory(machine(2, profile="x"), machine(3), machine(4)))

    assert [one.name for one in redecided(before, after, HERE, 0.0)] == ["n2"]


def test_a_file_that_is_mended_is_told_even_if_nothing_else_is_different():
    good = loaded(inventory=inventory(machine(1)))
    both = (ConfigError("/s/pxectl.toml: rule 1: no action"), ConfigError("/s/a.toml: mac: x"))
    wrong = replace(good, problems=both)

    assert changes(good, wrong) == ()
    assert changes(wrong, replace(good, problems=both[1:])) == ("/s/pxectl.toml can be used again",)
    assert changes(wrong, good) == (
        "/s/pxectl.toml can be used again",
        "/s/a.toml can be used again",
    )
