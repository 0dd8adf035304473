"""Boots' decision table (netboot.md 4.1, its own job/dhcp_test.go) as a pxectl site.

The same inputs, written as variables of a machine, give the same outcome. Where pxectl differs on
purpose the row says so: Boots gave the first program to machines that it then refused the script,
because its gates in DHCP, TFTP and HTTP were three; here one decision holds for all of them.
"""

import tomllib

import pytest

from pxectl.boot.answer import Refusal, Text
from pxectl.boot.arrival import Protocol
from pxectl.boot.decide import decide
from pxectl.boot.events import Replied
from pxectl.boot.profile import Profile
from pxectl.boot.route import route
from pxectl.boot.rules import Action
from pxectl.boot.site import NBP, Mode
from pxectl.boot.visits import Visits
from pxectl.store.rules import read_rules
from pxectl.wire.iana import MessageType
from tests.builders import (
    MAC1,
    NBPS,
    NOW,
    STRANGER,
    TOKEN,
    ask,
    asked,
    discover,
    machine,
    plain_discover,
    site,
)

BOOTS = """
[[rule]]                       # gate 0: TINK_IGNORED_OUIS, TINK_IGNORED_GIS
name = "ignored"
match = { any = [{ mac = "52:54:00:66:*" }, { relay = "10.66.0.1" }] }
action = "ignore"

[[rule]]                       # gate 1
name = "unknown to tink"
match = { known = false }
action = "ignore"

[[rule]]                       # gate 2
name = "another provisioner's"
match = { vars = { provisioner_engine = "*" }, not = { vars.provisioner_engine = "tink" } }
action = "ignore"

[[rule]]                       # gate 7
name = "in use, without an active instance"
match = { vars.state = "in_use", not = { vars.instance_id = "*", vars.instance_state = "active" } }
action = "deny"

[[rule]]
name = "in use, and its owner boots it"
match = { vars.state = "in_use", vars.os_slug = "custom_ipxe" }
action = "boot"
profile = "osie"

[[rule]]                       # gates 9 and 11, for every protocol at once
name = "not allowed"
match = { not = { vars.allow_pxe = true } }
action = "deny"

[[rule]]                       # gate 8
name = "Huawei's boards"
match = { vars.parch = ["hua", "2a2"], not = { firmware = "ipxe" } }
action = "boot"
profile = "osie"
quirks = { nbp = "snp-hua.efi" }

[[rule]]
name = "ARM"
match = { arch = "arm64-uefi", not = { firmware = "ipxe" } }
action = "boot"
profile = "osie"
quirks = { nbp = "snp-nolacp.efi" }

[[rule]]                       # gates 8 and 10
name = "everything else"
action = "boot"
profile = "osie"
"""
OSIE = Profile("osie", kernel="osie/vmlinuz", initrd=("osie/initramfs",))
RULES = read_rules(tomllib.loads(BOOTS)["rule"], "pxectl.toml", {"osie": OSIE})
OTHER_BINARIES = {
    name: NBP(name, f"/lib/ipxe/{name}", "test", 1) for name in ("snp-hua.efi", "snp-nolacp.efi")
}
IN_USE, ALLOWED = {"state": "in_use"}, {"allow_pxe": True}
SAME, STRICTER, LOOSER = "as Boots", "denied at once", "allowed to the end"


def boots_site(**variables):
    return site(
        Mode.SERVER, *RULES, machines=(machine(vars=variables),), profiles=(OSIE,),
        nbps=NBPS, binaries=OTHER_BINARIES,
    )  # fmt: skip


ROWS = [
    # hardware, client, what Boots wrote into `file`, pxectl
    (IN_USE, "bios", "", SAME),
    (IN_USE | {"instance_id": "x"}, "bios", "", SAME),
    (IN_USE | {"instance_id": "x", "instance_state": "not_active"}, "bios", "", SAME),
    (IN_USE | {"instance_id": "x", "instance_state": "active"}, "bios", "", SAME),
    (
        IN_USE | {"instance_id": "x", "instance_state": "active", "os_slug": "not_custom_ipxe"},
        "bios", "", SAME,
    ),
    (
        IN_USE | {"instance_id": "x", "instance_state": "active", "os_slug": "custom_ipxe"},
        "bios", "undionly.kpxe", SAME,
    ),
    (
        # gate 9 then refused the script to what gate 7 had let in
        IN_USE | {"instance_id": "x", "instance_state": "active", "os_slug": "custom_ipxe"},
        "ipxe-bios", "/nonexistent", LOOSER,
    ),
    (
        IN_USE | ALLOWED | {"instance_id": "x", "instance_state": "active"},
        "bios", "undionly.kpxe", SAME,
    ),
    # gate 8 gave the first program whatever allow_pxe said, gates 9 and 11 refused what comes next
    ({"parch": "hua"}, "uefi-arm64", "snp-hua.efi", STRICTER),
    ({"parch": "2a2"}, "uefi-arm64", "snp-hua.efi", STRICTER),
    ({}, "uefi-arm64", "snp-nolacp.efi", STRICTER),
    ({}, "uefi-x64", "ipxe.efi", STRICTER),
    ({}, "bios", "undionly.kpxe", STRICTER),
    (ALLOWED | {"parch": "hua"}, "uefi-arm64", "snp-hua.efi", SAME),
    (ALLOWED | {"parch": "2a2"}, "uefi-arm64", "snp-hua.efi", SAME),
    (ALLOWED, "uefi-arm64", "snp-nolacp.efi", SAME),
    (ALLOWED, "uefi-x64", "ipxe.efi", SAME),
    (ALLOWED, "bios", "undionly.kpxe", SAME),
    ({"instance_id": "x"}, "ipxe", "/nonexistent", STRICTER),
    (ALLOWED | {"instance_id": "x"}, "ipxe", "auto.ipxe", SAME),
]  # fmt: skip


@pytest.mark.parametrize(("hardware", "client", "boots_file", "how"), ROWS)
def test_the_same_machine_is_given_the_same_file(hardware, client, boots_file, how):
    site_, visits = boots_site(**hardware), Visits()

    response = ask(discover(client), site_, visits=visits)

    assert isinstance(response.event, Replied), "gate 4: it has its address even if it may not boot"
    assert response.event.address is not None
    told = response.event.bootfile.rpartition("/")[2]
    match how:
        case "as Boots" if boots_file == "auto.ipxe":
            assert told == "boot.ipxe"
        case "as Boots":
            assert told == boots_file
        case "denied at once":
            assert (told, response.event.decision.action) == ("", Action.DENY)
        case _:
            assert told == "boot.ipxe"
    assert _may_fetch(site_, visits) == {bool(told)}


def _may_fetch(site_, visits):
    """Gates 11 and 12, which in Boots asked again, and by address."""
    return {
        not isinstance(
            route(asked(f"{TOKEN}/{name}", protocol), site_, visits, NOW).answer, Refusal
        )
        for protocol in Protocol
        for name in ("boot.ipxe", "undionly.kpxe", "files/osie/vmlinuz")
    }


@pytest.mark.parametrize(
    ("packet", "variables"),
    [
        (discover(mac=MAC1.__class__.parse("52:54:00:66:00:01")), ALLOWED),
        (discover(mac=STRANGER), ALLOWED),
        (discover(), ALLOWED | {"provisioner_engine": "packet"}),
        (discover(options={53: bytes((MessageType.RELEASE,))}), ALLOWED),
    ],
    ids=["gate 0: OUI", "gate 1: unknown", "gate 2: provisioner", "gate 3: message type"],
)
def test_what_boots_dropped_gets_no_answer(packet, variables):
    assert not ask(packet, boots_site(**variables)).payload


def test_its_own_provisioner_engine_serves_a_machine():
    assert ask(discover(), boots_site(provisioner_engine="tink", **ALLOWED)).payload


def test_gate_5_an_operating_system_has_its_address_and_no_boot_data():
    response = ask(plain_discover(), boots_site(**ALLOWED))

    assert response.event.address is not None
    assert response.event.bootfile == ""


def test_gate_6_own_ipxe_is_told_not_to_wait_for_a_proxy():
    reply = ask(discover("ipxe"), boots_site(**ALLOWED)).reply

    assert reply.packet.options[175].startswith(b"\xb0\x01\x01")


def test_gates_12_and_13_the_script_comes_by_the_same_decision():
    site_, visits = boots_site(**ALLOWED), Visits()
    decision = ask(discover("ipxe"), site_, visits=visits).event.decision

    routed = route(asked(f"{TOKEN}/boot.ipxe"), site_, visits, NOW)

    assert isinstance(routed.answer, Text)
    assert b"osie/vmlinuz" in routed.answer.body
    again = decide(routed.event.client, site_.inventory.get(MAC1), site_.rules, NOW)
    assert (again.action, again.number) == (decision.action, decision.number)
