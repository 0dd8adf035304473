"""Files with Hardware objects, in the shapes that kubectl and people give them."""

import json
from dataclasses import replace

import pytest
import yaml
from hypothesis import given, settings

from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Quirks, Style
from pxectl.errors import ConfigError
from pxectl.store.exchange.manifests import read_manifests, write_manifests
from pxectl.store.exchange.tinkerbell import ANNOTATION
from pxectl.store.machines import machine_of
from tests.builders import MAC1, machine
from tests.store.exchange.inventories import inventories, on_the_wire
from tests.store.exchange.test_tinkerbell import FULL, MAC_A, hardware, interface

OTHER = hardware(interface("52:54:00:aa:00:09"), meta={"name": "node9"})


def names(text):
    return [carried.name for carried in read_manifests(text, "f.yaml").machines]


@pytest.mark.parametrize(
    "text",
    [
        yaml.safe_dump_all([FULL, OTHER]),
        yaml.safe_dump([FULL, OTHER]),
        yaml.safe_dump({"kind": "List", "items": [FULL, OTHER]}),
        json.dumps({"kind": "HardwareList", "items": [FULL, OTHER]}),
        "---\n# nothing\n---\n" + yaml.safe_dump_all([FULL, OTHER]),
    ],
)
def test_documents_and_lists_are_read(text):
    assert names(text) == ["node1", "node9"]


def test_an_unquoted_mac_of_digits_is_a_mac():
    text = yaml.safe_dump(hardware(interface("52:54:00:12:34:56"))).replace("'", "")
    assert read_manifests(text, "f").machines[0].table["mac"] == ["52:54:00:12:34:56"]


def test_one_broken_object_is_refused_with_its_place_and_the_others_are_read():
    text = yaml.safe_dump_all([hardware({"dhcp": 1}), {"kind": "Workflow"}, "x", OTHER])
    haul = read_manifests(text, "f.yaml")

    assert [carried.name for carried in haul.machines] == ["node9"]
    assert [e.message for e in haul.refused] == [
        "f.yaml, line 1, node1: spec.interfaces[0].dhcp is no mapping"
    ]
    assert haul.notes == (
        "f.yaml, line 10: is a Workflow, not carried over",
        "f.yaml, line 11: is no Hardware object, not carried over",
    )


def test_what_is_no_yaml_is_no_file():
    with pytest.raises(ConfigError, match=r"f\.yaml: line 2: "):
        read_manifests("{", "f.yaml")


def back(machines, profiles=None):
    """What import makes of an export."""
    written = write_manifests(machines, profiles or {})
    haul = read_manifests(written.text, "f")
    assert haul.refused == ()
    return [(machine_of(dict(c.table), c.name, "f"), c.profile) for c in haul.machines]


@settings(max_examples=100, deadline=None)
@given(inventories())
def test_whatever_is_exported_is_imported_again(machines):
    assert on_the_wire(one for one, _ in back(machines)) == on_the_wire(
        replace(one, hostname="" if one.hostname == one.name else one.hostname) for one in machines
    )


def test_names_that_a_cluster_can_not_have_are_kept_beside():
    machines = [machine(name="Node_1"), Machine("node-1", (MAC1,))]
    text = write_manifests(machines, {}).text
    assert [raw["metadata"]["name"] for raw in yaml.safe_load_all(text)] == ["node-1", "node-1-2"]
    assert [one.name for one, _ in back(machines)] == ["Node_1", "node-1"]


def test_what_only_the_annotation_holds_is_told():
    odd = machine(profile="", tags=("gpu",), quirks=Quirks(style=Style.BINL), netboot=Netboot.ONCE)
    written = write_manifests([odd], {})
    raw = yaml.safe_load(written.text)

    assert written.notes == (
        ("node1", f"tags, netboot, quirks: only in the annotation {ANNOTATION}"),
    )
    assert raw["spec"]["interfaces"][0]["netboot"] == {"allowPXE": True}
    assert raw["spec"]["interfaces"][0]["dhcp"]["lease_time"] > 0  # none would be a lease of 0 s


@pytest.mark.parametrize(
    ("profile", "holds"),
    [
        (Profile("p", chain="https://boot.netboot.xyz"), True),
        (Profile("p", chain="https://x/{{ machine.name }}"), False),
        (Profile("p", script_text="#!ipxe\nshell\n"), True),
        (Profile("p", script="menu.ipxe"), False),
        (Profile("p", kernel="http://b/k/v", initrd=("http://b/k/i",), cmdline=("a", "b=c")), True),
        (Profile("p", kernel="http://b/k/v", initrd=("http://c/i",)), True),
        (Profile("p", kernel="http://b/k/v", initrd=("http://c/i", "http://c/j")), False),
        (Profile("p", kernel="debian/linux", initrd=("debian/initrd.gz",)), False),
        (Profile("p", kernel="http://b/k/v", initrd=("initrd.gz",)), False),
        (Profile("p", kernel="http://b/v", initrd=("http://b/i",), cmdline=("{{ x }}",)), False),
    ],
)
def test_a_profile_that_needs_nothing_of_this_site_is_exported(profile, holds):
    [(one, found)] = back([machine(profile="p")], {"p": profile})

    assert found == (profile if holds else None)
    assert one.profile == "p"
    told = write_manifests([machine(profile="p")], {"p": profile}).notes
    assert any("Tinkerbell takes URLs" in what for _, what in told) is not holds


def test_a_machine_with_two_nics_has_two_interfaces():
    two = machine(macs=(MAC1, type(MAC1).parse(MAC_A)))
    raw = yaml.safe_load(write_manifests([two], {}).text)
    assert [i["dhcp"]["mac"] for i in raw["spec"]["interfaces"]] == [str(MAC1), MAC_A]
    assert "&" not in write_manifests([two], {}).text
