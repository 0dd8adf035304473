from dataclasses import replace

from hypothesis import given, settings

from pxectl.boot.machine import Netboot
from pxectl.store.exchange.isc import read_isc
from pxectl.store.exchange.iscwriting import write_isc
from pxectl.store.machines import machine_of
from pxectl.wire.registry import meaning_of
from tests.builders import machine
from tests.store.exchange.inventories import SAMPLES, held, inventories, on_the_wire
from tests.store.exchange.peers import judge

HOLDS = ("name", "macs", "address", "hostname", "options", "dhcp")


def back(machines):
    haul = read_isc(write_isc(machines, {}).text, "f")
    assert haul.refused == haul.notes == ()
    return [machine_of(dict(c.table), c.name, "f") for c in haul.machines]


@settings(max_examples=150, deadline=None)
@given(inventories())
def test_what_dhcpd_can_hold_comes_back(machines):
    kept = [
        replace(held(one, HOLDS), netboot=Netboot.ALWAYS if one.dhcp else Netboot.NEVER)
        for one in machines
    ]
    assert on_the_wire(back(machines)) == on_the_wire(kept)


@settings(max_examples=20, deadline=None)
@given(inventories())
def test_dhcpd_takes_it(tmp_path_factory, machines):
    file = tmp_path_factory.mktemp("isc") / "dhcpd.conf"
    file.write_text(write_isc(machines, {}).text)
    judge("dhcpd", "-t", "-cf", str(file), "-lf", "/dev/null")


def test_dhcpd_takes_every_option_that_is_written(tmp_path):
    options = {meaning_of(code).name: SAMPLES[meaning_of(code).kind] for code in range(1, 255)}
    written = write_isc([machine(options=options)], {})
    file = tmp_path / "dhcpd.conf"
    file.write_text(written.text)
    judge("dhcpd", "-t", "-cf", str(file), "-lf", "/dev/null")
    told = {what.split(":")[0].removeprefix("options.") for _, what in written.notes}
    found = read_isc(written.text, "f").machines[0].table["options"]
    assert set(found) == set(options) - told


def test_what_dhcpd_has_no_place_for_is_told():
    odd = machine(tags=("gpu",), vars={"a": 1}, netboot=Netboot.ONCE, options={"address-time": 60})
    assert write_isc([odd], {}).notes == (
        ("node1", "options.address-time: ISC dhcpd takes it from nobody"),
        ("node1", "tags, netboot, profile, vars: ISC dhcpd has no place for it"),
    )


def test_texts_can_not_leave_their_quotes():
    nasty = machine(options={"root-path": '";\n} host x { # \\'})
    assert back([nasty])[0].options == nasty.options


def test_octets_come_back_as_the_values_that_they_are():
    octets = machine(options={"router": "hex:0a4d0001", "domain-name": "hex:6c6162"})

    assert back([octets])[0].options == {"router": ["10.77.0.1"], "domain-name": "lab"}
