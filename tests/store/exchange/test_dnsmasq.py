"""dnsmasq.conf, hosts files and /etc/ethers, written after dnsmasq(8)."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.machine import Netboot
from pxectl.store.exchange.dnsmasq import _TAG, read_dnsmasq, write_dnsmasq
from pxectl.store.machines import machine_of
from tests.builders import machine
from tests.store.exchange.inventories import held, inventories
from tests.store.exchange.peers import judge

MAC = "52:54:00:aa:00:01"


def read(line):
    [carried] = read_dnsmasq(line, "f").machines
    machine_of(dict(carried.table), carried.name, "f")
    return carried


@pytest.mark.parametrize(
    ("fields", "name", "table"),
    [
        ("10.77.0.21", "52-54-00-aa-00-01", {"address": "10.77.0.21"}),
        ("node1", "node1", {}),
        ("node1,10.77.0.21", "node1", {"address": "10.77.0.21"}),
        (" 10.77.0.21 , node1.lab # old", "node1.lab", {"address": "10.77.0.21"}),
        ("set:red,set:blue,net:green", None, {"tags": ["red", "blue", "green"]}),
        ("id:*,node1", "node1", {}),
        ("52:54:00:aa:00:02,node1", "node1", {"mac": [MAC, "52:54:00:aa:00:02"]}),
        ("ignore", None, {"dhcp": False, "netboot": "never"}),
    ],
)
@pytest.mark.parametrize("start", ["dhcp-host=", "dhcp-host = ", "--dhcp-host=", ""])
def test_fields_are_told_apart_as_dnsmasq_does(start, fields, name, table):
    carried = read(f"{start}{MAC},{fields}")

    assert carried.name == name or name is None
    assert carried.table == {"mac": [MAC]} | table
    assert carried.notes == ()


@pytest.mark.parametrize(
    ("fields", "note"),
    [
        ("45m", "lease time: not"),
        ("infinite", "lease time: not"),
        ("3600", "lease time: not"),
        ("id:01:52:54:00:aa:00:01", "id: not carried over"),
        ("tag:rack", "tag: not carried over"),
        ("[fd00::5]", "[fd00::5]: not carried over"),
    ],
)
def test_what_has_no_place_is_told(fields, note):
    carried = read(f"dhcp-host={MAC},{fields},node1")
    assert carried.name == "node1"
    assert carried.notes[0].startswith(note)


@pytest.mark.parametrize("line", [f"{MAC} node1", f"{MAC}\t10.77.0.21", "52-54-0-aa-0-1 node1 # x"])
def test_ethers_are_read(line):
    assert read(line).table["mac"] == [MAC]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ("bert,10.77.0.70", "f, line 1: has no MAC"),
        ("id:01:02,10.77.0.70", "f, line 1: has no MAC"),
        ("52:54:00:*:*:*,set:kvm", "f, line 1: 52:54:00:*:*:* is many machines"),
        ("06-00:20:e0:3b:13:af,10.77.0.4", "is not ethernet"),
        ("01:00:5e:00:00:01,a", "is a group address or zero"),
    ],
)
def test_what_is_no_machine_of_ours_is_refused_with_its_line(fields, told):
    [error] = read_dnsmasq(f"dhcp-host={fields}", "f").refused
    assert told in error.message
    assert error.hint


def test_other_lines_are_counted():
    text = f"# x\ninterface=eth0\ndhcp-range=a,b,12h\nno-resolv\n\nconf-dir=/x,*.conf\n{MAC},a\n"
    haul = read_dnsmasq(text, "f")

    assert [one.name for one in haul.machines] == ["a"]
    assert haul.notes == (
        "f: not carried over, as it is about no machine: "
        "1 interface, 1 dhcp-range, 1 no-resolv, 1 conf-dir",
        "f: what conf-dir names is not read: import those files, too",
    )


def back(machines):
    haul = read_dnsmasq(write_dnsmasq(machines, {}).text, "f")
    assert haul.refused == haul.notes == ()
    return [machine_of(dict(c.table), c.name, "f") for c in haul.machines]


@settings(max_examples=150, deadline=None)
@given(inventories())
def test_what_dnsmasq_can_hold_comes_back(machines):
    kept = [
        replace(
            held(one, ("name", "macs", "address", "dhcp")),
            name=one.hostname or one.name,
            tags=tuple(filter(_TAG.fullmatch, one.tags)),
            netboot=Netboot.ALWAYS if one.dhcp else Netboot.NEVER,
        )
        for one in machines
    ]
    assert back(machines) == kept


@settings(max_examples=20, deadline=None)
@given(inventories())
def test_dnsmasq_takes_it(tmp_path_factory, machines):
    file = tmp_path_factory.mktemp("dnsmasq") / "dnsmasq.conf"
    file.write_text(write_dnsmasq(machines, {}).text)
    judge("dnsmasq", "--test", "-C", str(file))


def test_what_dnsmasq_has_no_place_for_is_told():
    odd = machine(hostname="12h", tags=("a,b", "gpu"), vars={"a": 1})
    written = write_dnsmasq([odd], {})

    assert written.text.endswith(f"dhcp-host={odd.macs[0]},set:gpu,10.77.0.21\n")
    assert written.notes == (
        ("node1", "hostname, tags, profile, vars: dnsmasq has no place for it"),
        ("node1", "name: dnsmasq knows it by its hostname"),
    )


@settings(max_examples=200, deadline=None)
@given(st.text("dhcp-host=:,52:54:00aa01*[]#.\n set", max_size=60) | st.text())
def test_any_text_is_read(text):
    haul = read_dnsmasq(text, "f")
    assert all(error.message.startswith("f, line ") for error in haul.refused)
