"""Hardware objects, written after the documentation of their fields (netboot.md 4.1, 4.2)."""

import copy
import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.errors import ConfigError
from pxectl.store.exchange.tinkerbell import ANNOTATION, DISABLED, is_hardware, read_hardware
from pxectl.store.machines import machine_of

MAC_A, MAC_B = "52:54:00:aa:00:01", "52:54:00:aa:00:02"


def interface(mac=MAC_A, *, netboot=None, disable=False, **dhcp):
    return {
        "dhcp": {"mac": mac, **dhcp},
        "disableDhcp": disable,
        "netboot": {"allowPXE": True} if netboot is None else netboot,
    }


def hardware(*interfaces, meta=None, **spec):
    return {
        "apiVersion": "tinkerbell.org/v1alpha1",
        "kind": "Hardware",
        "metadata": {"name": "node1", "namespace": "rack", **(meta or {})},
        "spec": {"interfaces": list(interfaces or (interface(),)), **spec},
    }


FULL = hardware(
    interface(
        hostname="node1.lab",
        domain_name="lab",
        name_servers=["10.77.0.1", "10.77.0.2"],
        time_servers=["10.77.0.3"],
        lease_time=3600,
        arch="x86_64",
        uefi=True,
        vlan_id="16",
        iface_name="eth0",
        ip={"address": "10.77.0.21", "netmask": "255.255.255.0", "gateway": "10.77.0.1"},
        classless_static_routes=[
            {"destination_descriptor": "10.88.0.0/16", "router": "10.77.0.254"}
        ],
        netboot={
            "allowPXE": True,
            "allowWorkflow": True,
            "ipxe": {"url": "", "contents": "", "binary": "ipxe.efi"},
            "osie": {
                "baseURL": "http://10.77.0.5:7080/hook/",
                "kernel": "vmlinuz-x86_64",
                "initrd": "initramfs-x86_64",
                "kernelParams": ["console=ttyS0,115200", "x={{ y }}"],
            },
        },
    ),
    meta={"labels": {"rack": "3", "gpu": ""}, "uid": "1", "annotations": {"other": "x"}},
    disks=[{"device": "/dev/nvme0n1"}],
    userData="#cloud-config",
    bmcRef={"kind": "Machine", "name": "bmc1"},
)


def read(raw):
    return read_hardware(raw, "hw.yaml, line 1")


def snake(value):
    """The same object in the other naming style."""
    names = {
        "allowPXE": "allow_pxe", "allowWorkflow": "allow_workflow", "baseURL": "base_url",
        "kernelParams": "kernel_params", "disableDhcp": "disable_dhcp",
        "name_servers": "nameServers", "lease_time": "leaseTime",
    }  # fmt: skip
    if isinstance(value, dict):
        return {names.get(key, key): snake(item) for key, item in value.items()}
    return [snake(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("raw", [FULL, snake(FULL)], ids=["as documented", "the other style"])
def test_all_that_has_a_place_is_carried_over(raw):
    carried = read(raw)

    assert carried.name == "node1"
    assert carried.table == {
        "mac": [MAC_A],
        "address": "10.77.0.21",
        "hostname": "node1.lab",
        "arch": "x86_64",
        "tags": ["rack=3", "gpu"],
        "options": {
            "router": "10.77.0.1",
            "subnet-mask": "255.255.255.0",
            "domain-name-server": ["10.77.0.1", "10.77.0.2"],
            "domain-name": "lab",
            "ntp-servers": ["10.77.0.3"],
            "classless-static-route": ["10.88.0.0/16 via 10.77.0.254"],
        },
        "vars": {"disk": "/dev/nvme0n1"},
    }
    assert carried.profile == Profile(
        "hook",
        kernel="http://10.77.0.5:7080/hook/vmlinuz-x86_64",
        initrd=("http://10.77.0.5:7080/hook/initramfs-x86_64",),
        cmdline=("console=ttyS0,115200", "x={{ '{' }}{{ '{' }} y }}"),
    )
    assert machine_of(dict(carried.table), "node1", "f").netboot is Netboot.ALWAYS


def test_what_has_no_place_is_told():
    assert [note.split(":")[0] for note in read(FULL).notes] == [
        "lease_time",
        "spec.interfaces[0].netboot.ipxe.binary",
        "spec.interfaces[0].netboot.osie",
        "spec.userData",
        "spec.bmcRef",
        "spec.interfaces[0].dhcp.vlan_id",
    ]


def test_several_interfaces_are_one_machine():
    first = interface(hostname="node1", ip={"address": "10.77.0.21"})
    second = interface(MAC_B.upper().replace(":", "-"), ip={"address": "10.77.0.22"})
    carried = read(hardware(first, second))

    assert carried.table == {"mac": [MAC_A, MAC_B], "address": "10.77.0.21"}
    assert "spec.interfaces[1].dhcp.ip.address 10.77.0.22" in carried.notes[0]


def test_what_is_about_ipv6_is_told_and_keeps_no_machine_out():
    servers = ["fd00::1", "10.77.0.1"]
    carried = read(
        hardware(interface(name_servers=servers, ip={"address": "fd00::5", "gateway": "fd00::1"}))
    )
    assert carried.table == {"mac": [MAC_A], "options": {"domain-name-server": ["10.77.0.1"]}}
    assert len([note for note in carried.notes if "IPv4" in note]) == 3


@pytest.mark.parametrize(
    ("netboots", "netboot"),
    [
        ([{"allowPXE": True}], "always"),
        ([{"allowPXE": False}], "never"),
        ([{}], "never"),  # nil is false (netboot.md 4.2)
        ([{"allowPXE": False}, {"allowPXE": True}], "always"),
        ([{"allowPXE": False}, {"allowPXE": False}], "never"),
    ],
)
def test_allow_pxe_decides_whether_it_netboots(netboots, netboot):
    macs = [MAC_A, MAC_B]
    raw = hardware(*(interface(mac, netboot=n) for mac, n in zip(macs, netboots, strict=False)))

    carried = read(raw)
    assert carried.table.get("netboot", "always") == netboot
    mixed = len({str(n) for n in netboots}) > 1
    assert any("spec.interfaces[0].netboot" in note for note in carried.notes) is mixed


@pytest.mark.parametrize(
    ("dhcp", "arch"),
    [
        ({"arch": "x86_64", "uefi": True}, "x86_64"),
        ({"arch": "x86_64", "uefi": False}, "x86-bios"),
        ({"arch": "x86_64"}, "x86_64"),
        ({"arch": "aarch64", "uefi": True}, "aarch64"),
        ({"arch": "aarch64", "uefi": False}, "aarch64"),
        ({"arch": "m68k"}, None),
        ({}, None),
    ],
)
def test_arch_and_uefi_are_one_claim(dhcp, arch):
    assert read(hardware(interface(**dhcp))).table.get("arch") == arch


@pytest.mark.parametrize(
    ("netboot", "profile"),
    [
        (
            {"ipxe": {"url": "https://boot.netboot.xyz", "contents": "x"}},
            Profile("boot-netboot-xyz", chain="https://boot.netboot.xyz"),
        ),
        (
            {"ipxe": {"url": "http://b/{{ x }} ||${mac}\u00e4"}},
            Profile("b", chain="http://b/{{ '{' }}{{ '{' }}%20x%20}}%20%7C%7C${{ '{' }}mac}%C3%A4"),
        ),
        ({"ipxe": {"url": "tftp://b/x"}}, None),
        ({"ipxe": {"url": "http://[b/x"}}, None),
        (
            {"ipxe": {"contents": "\r\necho {{ a }}\r\nshell\r\n"}},
            Profile("ipxe", script_text="#!ipxe\necho {{ a }}\nshell\n"),
        ),
        ({"ipxe": {"contents": "#!ipxe\nshell"}}, Profile("ipxe", script_text="#!ipxe\nshell\n")),
        ({"osie": {"kernel": "vmlinuz"}}, None),
        (
            {"osie": {"kernel": "http://k/v z", "baseURL": "http://b"}},
            Profile("k", kernel="http://k/v%20z", initrd=("http://b/initramfs-aarch64",)),
        ),
        ({"osie": {}}, None),
    ],
)
def test_what_it_boots_becomes_a_profile(netboot, profile):
    raw = hardware(interface(arch="aarch64", netboot={"allowPXE": True, **netboot}))
    carried = read(raw)

    assert carried.profile == (
        profile and Profile(**{f: getattr(profile, f) for f in Profile.__slots__})
    )
    assert "netboot" not in carried.table


def test_a_disabled_machine_is_known_and_left_alone():
    carried = read(hardware(meta={"annotations": {DISABLED: "true"}}))
    assert carried.table == {"mac": [MAC_A], "netboot": "never", "dhcp": False}


def test_an_annotation_holds_what_tinkerbell_has_no_field_for():
    own = {
        "name": "Node_1",
        "tags": ["gpu"],
        "serial": "CZ3",
        "options": {"domain-name": "a"},
        "vars": {"x": 1},
    }
    raw = hardware(
        interface(domain_name="b", name_servers=["10.0.0.1"]),
        meta={"annotations": {ANNOTATION: json.dumps(own)}, "labels": {"rack": "3"}},
    )
    assert read(raw).name == "Node_1"
    assert read(raw).table == {
        "mac": [MAC_A],
        "tags": ["gpu"],
        "serial": "CZ3",
        "options": {"domain-name": "a"},
        "vars": {"x": 1},
    }


@pytest.mark.parametrize(
    ("state", "instance", "allow", "netboots"),
    [
        (None, {}, True, True),
        (None, {}, False, False),
        (None, {"id": "x", "allow_pxe": True}, False, True),
        (None, {"allow_pxe": True}, False, False),
        ("in_use", {}, True, False),
        ("in_use", {"id": "x", "state": "not_active"}, True, False),
        ("in_use", {"id": "x", "state": "active"}, False, False),
        ("in_use", {"id": "x", "state": "active"}, True, True),
        (
            "in_use",
            {"id": "x", "state": "active", "operating_system": {"slug": "custom_ipxe"}},
            False,
            True,
        ),
    ],
)
def test_the_first_data_model_has_the_gates_of_boots(state, instance, allow, netboots):
    raw = {
        "id": "0eba0bf8-3772-4b4a-ab9f-6ebe93b90a94",
        "metadata": {"state": state, "instance": instance, "facility": {"facility_code": "lab"}},
        "network": {
            "interfaces": [
                {
                    "dhcp": {"mac": MAC_A, "ip": {"address": "10.77.0.21", "address_family": 4}},
                    "netboot": {"allow_pxe": allow, "osie": {"base_url": "http://h/osie"}},
                }
            ]
        },
    }
    assert is_hardware(raw)
    carried = read(raw)
    assert carried.name == "0eba0bf8-3772-4b4a-ab9f-6ebe93b90a94"
    assert (carried.table.get("netboot") != "never") is netboots
    assert carried.profile.kernel == "http://h/osie/vmlinuz-x86_64"
    assert "metadata.facility: not carried over" in carried.notes


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ({"kind": "Hardware"}, True),
        ({"kind": "Workflow", "spec": {"interfaces": []}}, False),
        ({"spec": {"interfaces": []}}, True),
        ({"spec": []}, False),
        ({"network": {"interfaces": []}}, True),
        ({"x": 1}, False),
    ],
)
def test_other_objects_are_told_apart(raw, what):
    assert is_hardware(raw) is what


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda raw: raw["spec"].update(interfaces=[]), "no interface has a mac"),
        (lambda raw: raw["spec"].update(interfaces={"a": 1}), "spec.interfaces is not a list"),
        (lambda raw: raw["spec"].update(interfaces=["x"]), "spec.interfaces[0] is no mapping"),
        (lambda raw: raw.update(metadata=[1]), "metadata is no mapping"),
        (lambda raw: raw["spec"].update({1: 2}), "spec has a key that is no text"),
        (lambda raw: dhcp(raw).update(mac="zz"), "dhcp.mac: `zz` is not a MAC address"),
        (lambda raw: dhcp(raw).update(hostname=["a"]), "dhcp.hostname is not a text"),
        (lambda raw: dhcp(raw).update(hostname="a\x1b"), "dhcp.hostname holds a character"),
        (lambda raw: dhcp(raw).update(uefi="no"), "dhcp.uefi is neither true nor false"),
        (lambda raw: dhcp(raw).update(name_servers=[1]), "dhcp.name_servers is not a list of"),
        (lambda raw: netboot(raw).update(ipxe={"contents": 1}), "ipxe.contents is no script"),
        (
            lambda raw: raw["metadata"].update(annotations={ANNOTATION: "{"}),
            "metadata.annotations.pxectl/machine: is no JSON",
        ),
        (
            lambda raw: raw["metadata"].update(annotations={ANNOTATION: '{"tag": 1}'}),
            "pxectl/machine.tag: there is no such key",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(change, told):
    raw = copy.deepcopy(hardware())
    change(raw)
    with pytest.raises(ConfigError) as error:
        read(raw)
    assert error.value.message.startswith("hw.yaml, line 1: ")
    assert told in error.value.message
    assert error.value.hint


def dhcp(raw):
    return raw["spec"]["interfaces"][0]["dhcp"]


def netboot(raw):
    return raw["spec"]["interfaces"][0]["netboot"]


KEYS = ["metadata", "spec", "interfaces", "dhcp", "netboot", "ipxe", "osie", "ip", "mac", "labels",
        "annotations", ANNOTATION, "state", "instance", "disks", "allowPXE"]  # fmt: skip
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(MAC_A),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(KEYS), ANYTHING),
    st.dictionaries(st.sampled_from(KEYS), ANYTHING),
)
def test_no_object_is_more_than_a_configuration_error(meta, first):
    raw = {"metadata": meta, "spec": {"interfaces": [{"dhcp": {"mac": MAC_A}} | first]}}
    with suppress(ConfigError):
        machine_of(dict(read(raw).table), "x", "f")
