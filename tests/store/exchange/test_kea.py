"""Kea's configuration, written after its Administrator Reference Manual."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.errors import ConfigError
from pxectl.store.exchange.kea import read_kea, write_kea
from pxectl.store.machines import machine_of
from pxectl.wire.registry import SERVERS_OWN, meaning_of
from tests.builders import machine
from tests.store.exchange.inventories import SAMPLES, inventories, on_the_wire
from tests.store.exchange.peers import judge

CONF = r"""
// global
{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "eth0" ] },   # a comment
  /* "reservations": [],
  */
  "reservations": [
    { "hw-address": "52:54:00:aa:00:01", "hostname": "node1.lab", },
    { "duid": "01:02:03:04", "ip-address": "10.77.0.9" },
  ],
  "shared-networks": [ {
    "name": "x", "subnet4": [ { "id": 2, "subnet": "10.88.0.0/24", "reservations": [
      { "hw-address": "525400AA0002", "ip-address": "10.88.0.21" } ] } ] } ],
  "subnet4": [ {
    "id": 1, "subnet": "10.77.0.0/24",
    "option-data": [ { "name": "routers", "data": "10.77.0.1" } ],
    "reservations": [ {
      "hw-address": "52:54:00:aa:00:03", "ip-address": "10.77.0.23", "hostname": "node3",
      "client-classes": [ "gpu", "rack-3", "KNOWN" ],
      "next-server": "10.77.0.5", "boot-file-name": "/pxelinux.0", "server-hostname": "s",
      "comment": "http://not-a-comment",
      "option-data": [
        { "name": "domain-name-servers", "data": "10.77.0.1, 10.77.0.2", "always-send": true },
        { "code": 15, "data": "lab" },
        { "name": "root-path", "data": "a\\,b" },
        { "name": "routers", "csv-format": false, "data": "0A4D00FE" },
        { "code": 200, "csv-format": false, "data": "01 02 ff" },
        { "code": 43, "csv-format": false, "data": "'ab'" },
        { "name": "domain-search", "data": "a.lab, lab" },
        { "name": "mask-supplier", "data": "true" },
        { "name": "cookie", "space": "vendor-4491", "data": "1" },
        { "name": "time-servers", "data": "ntp.lab" }
      ] },
      { "hw-address": "52:54:00:aa:00:04", "client-classes": [ "DROP" ] }
    ]
  } ]
} }
"""


def test_reservations_of_every_level_are_read():
    haul = read_kea(CONF, "kea.conf")

    assert {one.name: dict(one.table) for one in haul.machines} == {
        "node1.lab": {"mac": ["52:54:00:aa:00:01"]},
        "52-54-00-aa-00-02": {"mac": ["52:54:00:aa:00:02"], "address": "10.88.0.21"},
        "node3": {
            "mac": ["52:54:00:aa:00:03"],
            "address": "10.77.0.23",
            "tags": ["gpu", "rack-3"],
            "options": {
                "domain-name-server": ["10.77.0.1", "10.77.0.2"],
                "domain-name": "lab",
                "root-path": "a,b",
                "router": ["10.77.0.254"],
                "option-200": "01:02:ff",
                "vendor-specific": "61:62",
                "domain-search": ["a.lab", "lab"],
                "mask-supplier": True,
            },
        },
        "52-54-00-aa-00-04": {"mac": ["52:54:00:aa:00:04"], "dhcp": False, "netboot": "never"},
    }
    for one in haul.machines:
        machine_of(dict(one.table), one.name, "f")


def test_what_has_no_place_is_told():
    haul = read_kea(CONF, "kea.conf")
    [node3] = [one for one in haul.machines if one.name == "node3"]

    assert [note.split(":")[0] for note in node3.notes] == [
        "option vendor-4491.cookie",
        "option time-servers",
        "next-server",
        "boot-file-name",
        "server-hostname",
        "comment",
    ]
    assert [error.message for error in haul.refused] == [
        "kea.conf, reservations[1]: has no hw-address"
    ]
    assert haul.notes == (
        "kea.conf: not carried over, as it is about no machine: "
        "1 subnet4, 1 shared-networks, interfaces-config",
    )


def test_reservations_alone_are_enough():
    assert len(read_kea('[{"hw-address": "52:54:00:aa:00:01"}]', "f").machines) == 1
    assert len(read_kea('{"reservations": [{"hw-address": "525400aa0001"}]}', "f").machines) == 1


def test_what_is_included_is_told():
    haul = read_kea('{"Dhcp4": {\n<?include "subnets.json"?>\n}}', "f")
    assert haul.notes == ("f: subnets.json is not read: import it, too",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"Dhcp4": {\n "a": \n}}', "f: line 3: "),
        ("/* a\nb */ // c\n# d\n{", "f: line 4: "),
        ("[" * 100_000, "f: is nested too deeply"),
        ("[" + "9" * 5000 + "]", "f: "),
        ("", "f: line 1: "),
    ],
)
def test_what_is_no_json_is_told_with_its_line(text, told):
    with pytest.raises(ConfigError) as error:
        read_kea(text, "f")
    assert error.value.message.startswith(told)
    assert error.value.hint


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ({"reservations": 5}, "f: reservations is no list"),
        ({"Dhcp4": {"shared-networks": None}}, "f: shared-networks is no list"),
        ({"Dhcp4": {"subnet4": {"id": 1}}}, "f: subnet4 is no list"),
        ({"shared-networks": [{"subnet4": True}]}, "f: shared-networks[0].subnet4 is no list"),
        ({"subnet4": [1]}, "f: subnet4[0] is no object"),
        ({"Dhcp4": 5}, "f: Dhcp4 is no object"),
    ],
)
def test_what_holds_no_reservations_where_they_belong_is_told(shape, told):
    with pytest.raises(ConfigError) as error:
        read_kea(json.dumps(shape), "f")
    assert error.value.message == told
    assert error.value.hint


@pytest.mark.parametrize(
    ("reservation", "told"),
    [
        (1, "is no mapping"),
        ({"hw-address": "zz"}, "hw-address: `zz` is not a MAC"),
        ({"hw-address": "52:54:00:aa:00:01", "client-classes": [1]}, "client-classes is not"),
        ({"hw-address": "52:54:00:aa:00:01", "user-context": {"pxectl": {"a": 1}}}, "no such key"),
        ({"hw-address": "52:54:00:aa:00:01", "user-context": {"pxectl": [1]}}, "not a table"),
    ],
)
def test_one_broken_reservation_is_refused_with_its_place(reservation, told):
    good = {"hw-address": "52:54:00:aa:00:09"}
    haul = read_kea(json.dumps({"reservations": [reservation, good]}), "f")

    assert len(haul.machines) == 1
    assert haul.refused[0].message.startswith("f, reservations[0]: ")
    assert told in haul.refused[0].message


def back(machines):
    haul = read_kea(write_kea(machines, {}).text, "f")
    assert haul.refused == ()
    assert all(one.notes == () for one in haul.machines)
    return [machine_of(dict(c.table), c.name, "f") for c in haul.machines]


@settings(max_examples=150, deadline=None)
@given(inventories())
def test_whatever_is_exported_is_imported_again(machines):
    assert on_the_wire(back(machines)) == on_the_wire(
        replace(one, hostname="" if one.hostname == one.name else one.hostname) for one in machines
    )


@settings(max_examples=15, deadline=None)
@given(inventories())
def test_kea_takes_it(tmp_path_factory, machines):
    file = tmp_path_factory.mktemp("kea") / "kea.conf"
    file.write_text(write_kea(machines, {}).text)
    judge("kea-dhcp4", "-t", str(file))


def test_kea_takes_every_option_that_is_written(tmp_path):
    # 12 is the host name; what Kea looks into is no three octets of anything
    codes = set(range(1, 255)) - {12, 78, 124, 125, 146, 159, 212} - SERVERS_OWN.keys()
    options = {meaning_of(code).name: SAMPLES[meaning_of(code).kind] for code in codes}
    written = write_kea([machine(options=options)], {})
    file = tmp_path / "kea.conf"
    file.write_text(written.text)
    judge("kea-dhcp4", "-t", str(file))
    assert set(read_kea(written.text, "f").machines[0].table["options"]) == set(options)


def test_what_only_the_user_context_holds_is_told():
    told = write_kea([machine(serial="S", tags=("gpu", "KNOWN"))], {}).notes
    assert told == (
        ("node1", "serial, tags, profile: only in the user-context, Kea passes over it"),
    )


SHAPES = st.recursive(
    st.sampled_from([None, True, 5, "x", "52:54:00:aa:00:01"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["Dhcp4", "subnet4", "shared-networks", "reservations", "hw-address", "option-data",
             "code", "data", "client-classes", "user-context", "pxectl"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(SHAPES)
def test_no_shape_is_more_than_a_configuration_error(shape):
    try:
        refused = read_kea(json.dumps(shape), "f").refused
    except ConfigError as error:
        refused = (error,)
    assert all(error.message.startswith("f") and error.hint for error in refused)


@settings(max_examples=200, deadline=None)
@given(st.text('{}[],:"/*#\n\\ax1<?', max_size=40))
def test_no_text_is_more_than_a_configuration_error(text):
    try:
        read_kea(text, "f")
    except ConfigError as error:
        told = error.message
    else:
        told = "f: "
    assert told.startswith("f: ")


def test_octets_come_back_as_the_values_that_they_are():
    options = {"router": "hex:0a4d0001", "domain-name": "hex:6c6162"}
    written = write_kea([machine(options=options)], {})

    found = read_kea(written.text, "f").machines[0].table["options"]

    assert found == {"router": ["10.77.0.1"], "domain-name": "lab"}


def test_what_server_and_client_settle_between_them_is_not_carried_over():
    data = {"name": "dhcp-server-identifier", "data": "10.77.0.1"}
    host = {"hw-address": "52:54:00:aa:00:01", "option-data": [data]}

    [found] = read_kea(json.dumps({"Dhcp4": {"reservations": [host]}}), "f").machines

    assert "options" not in found.table
    assert found.notes == (
        "option dhcp-server-identifier: not carried over: `dhcp-server-id` can not be set: "
        "the server writes its own address",
    )
