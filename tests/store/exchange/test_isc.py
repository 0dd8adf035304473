"""dhcpd.conf, written after dhcpd.conf(5) and dhcp-options(5)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.errors import ConfigError
from pxectl.store.exchange.isc import read_isc
from pxectl.store.machines import machine_of

CONF = r"""
# a site's own options
option space PXE;
option rfc3442 code 121 = array of integer 8;
option my-flag code 222 = boolean;
default-lease-time 600;
option domain-name "global";

group {
  filename "pxelinux.0";  # for the whole group
  option domain-name "rack3";
  option routers 10.77.0.1;
  host node1 {
    hardware ethernet 52:54:0:aa:0:1;
    fixed-address 10.77.0.21, 10.77.0.22;
    option host-name "node1.lab";
    option domain-name-servers 10.77.0.1, 10.77.0.2;
    option rfc3442 16, 10, 88, 10, 77, 0, 254;
    option unknown-200 1:2:ff;
    option root-path "a\"b\303\244;}";
    option PXE.mtftp-ip 0.0.0.0;
  }
  group deep { option routers 10.77.0.9; host node2 { hardware ethernet 52:54:00:aa:00:02; } }
}
subnet 10.77.0.0 netmask 255.255.255.0 {
  range 10.77.0.100 10.77.0.199;
  option routers 10.77.0.254;
  pool { range 10.77.0.200; }
  host node3 {
    hardware ethernet 52:54:00:aa:00:03; fixed-address node3.lab; deny booting;
    option time-offset -3600; option mask-supplier true;
    option domain-search "a.lab", "lab"; option routers gw.lab;
    max-lease-time 60; next-server 10.77.0.5;
  }
}
class "x" { match if substring(option vendor-class-identifier, 0, 9) = "PXEClient"; }
subclass "x" 1:52:54:00:aa:00:99;
host dock { hardware ethernet 52:54:00:aa:00:04; option host-name "lap"; }
host wifi { hardware ethernet 52:54:00:aa:00:05; option host-name "lap"; }
host ring { hardware token-ring 52:54:00:aa:00:06; }
host late { fixed-address 10.77.0.9; }
include "/etc/dhcp/more.conf";
"""


def test_hosts_are_read_wherever_they_stand():
    haul = read_isc(CONF, "dhcpd.conf")

    assert {one.name: dict(one.table) for one in haul.machines} == {
        "node1": {
            "mac": ["52:54:00:aa:00:01"],
            "address": "10.77.0.21",
            "hostname": "node1.lab",
            "options": {
                "domain-name": "rack3",
                "router": ["10.77.0.1"],
                "domain-name-server": ["10.77.0.1", "10.77.0.2"],
                "classless-static-route": ["10.88.0.0/16 via 10.77.0.254"],
                "option-200": "01:02:ff",
                "root-path": 'a"bä;}',
            },
        },
        "node2": {
            "mac": ["52:54:00:aa:00:02"],
            "options": {"domain-name": "rack3", "router": ["10.77.0.9"]},
        },
        "node3": {
            "mac": ["52:54:00:aa:00:03"],
            "dhcp": False,
            "netboot": "never",
            "options": {
                "time-offset": -3600,
                "mask-supplier": True,
                "domain-search": ["a.lab", "lab"],
            },
        },
        "dock": {"mac": ["52:54:00:aa:00:04", "52:54:00:aa:00:05"], "hostname": "lap"},
    }
    for one in haul.machines:
        machine_of(dict(one.table), one.name, "f")


def test_what_has_no_place_is_told():
    haul = read_isc(CONF, "dhcpd.conf")
    notes = {one.name: one.notes for one in haul.machines}

    assert notes["node1"] == (
        "filename: not carried over, a profile says what a machine boots",
        "fixed-address 10.77.0.22: not carried over, a machine has one",
        "option PXE.mtftp-ip 0.0.0.0: not carried over: there is no DHCP option `PXE.mtftp-ip`",
    )
    assert [note.split(":")[0] for note in notes["node3"]] == [
        "fixed-address node3.lab",
        "option routers gw.lab",
        "max-lease-time",
        "next-server",
    ]
    assert [error.message for error in haul.refused] == [
        "dhcpd.conf, line 40, ring: hardware is token-ring",
        "dhcpd.conf, line 41, late: has no `hardware ethernet`",
    ]
    assert haul.notes[0].startswith(
        "dhcpd.conf: not carried over, as it is about no host: 5 option, 2 range, "
    )
    assert "import those files, too" in haul.notes[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("host a {", "f: line 1: `{` is never closed"),
        ("\n}", "f: line 2: `}` closes nothing"),
        ("group {\n host a { hardware ethernet x }\n}", "f: line 2: a `;` is missing"),
        ('option a "b;\n', 'f: line 1: a `"` is missing'),
        ("a { " * 99, "f: line 1: is nested deeper than 32 blocks"),
        ("a", "f: line 1: a `;` is missing"),
    ],
)
def test_what_dhcpd_would_not_read_is_told_with_its_line(text, told):
    with pytest.raises(ConfigError) as error:
        read_isc(text, "f")
    assert error.value.message == told
    assert error.value.hint


@pytest.mark.parametrize(
    "definition", ["option x code;", "option x code = text;", f"option x code {'9' * 5000} = text;"]
)
def test_an_option_that_is_defined_wrongly_is_told_of_and_keeps_no_host_out(definition):
    host = "host a { hardware ethernet 52:54:00:aa:00:01; option x 1; }"
    haul = read_isc(f"{definition}\n{host}", "f")

    assert [one.name for one in haul.machines] == ["a"]
    assert haul.machines[0].notes[0].startswith("option x 1: not carried over: ")
    assert haul.notes == ("f: not carried over, as it is about no host: 1 option",)


PARTS = st.sampled_from(
    ["host", "group", "option", "x", "{", "}", ";", ",", '"a"', "52:54:00:aa:00:01", "10.0.0.1",
     "hardware ethernet", "code", "=", "fixed-address", "host-name", "routers", "1", "#", "\n"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS, max_size=25).map(" ".join) | st.text(max_size=30))
def test_no_text_is_more_than_a_configuration_error(text):
    try:
        haul = read_isc(text, "f")
    except ConfigError as error:
        told = error.message
    else:
        told = "".join(("f", *haul.notes[:1]))
    assert told.startswith("f")
