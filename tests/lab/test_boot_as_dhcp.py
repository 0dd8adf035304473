"""Machines boot through pxectl as the only DHCP server, each with the address reserved for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import reading
from tests.lab.asking import dhclient, udhcpc
from tests.lab.boots import BY_TFTP, SCRIPT_TO_END, endings, words
from tests.lab.conftest import keep
from tests.lab.firmware import Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network, address
from tests.lab.rehearsing import rehearse, said, shown
from tests.lab.serve import Serve, add_machine, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

PXECTL = address("srv")
SUBNET = """
[[subnet]]
network = "10.77.0.0/24"
lease_time = "1h"
[subnet.options]
router = ["10.77.0.254"]
domain-name-server = ["10.77.0.53"]
"""
MACHINES = {
    "bios-ipxe": ("52:54:00:77:02:01", Firmware.BIOS, "10.77.0.21", ""),
    "uefi-x64-bypass": ("52:54:00:77:02:02", Firmware.UEFI, "10.77.0.22", "bypass"),
    "uefi-x64-binl": ("52:54:00:77:02:03", Firmware.UEFI, "10.77.0.23", "binl"),
    "uefi-x64-http": ("52:54:00:77:02:04", Firmware.UEFI_HTTP, "10.77.0.24", ""),
}


@pytest.fixture(scope="module")
def site(network: Network, folder: Path) -> Path:
    site = make_site(folder / "site", SUBNET)
    for name, (mac, firmware, reserved, style) in MACHINES.items():
        quirks = f'[quirks]\nstyle = "{style}"' if style else ""
        add_machine(site, name, mac, firmware, f'address = "{reserved}"\n{quirks}')
    cli = f'mac = ["{network.mac("cli")}"]\naddress = "10.77.0.50"\nhostname = "clihost"\n'
    (site / "hardware" / "cli.toml").write_text(cli)
    return site


@pytest.fixture(scope="module")
def serve(network: Network, folder: Path, site: Path) -> Iterator[Serve]:
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "server")
    with Serve(network, folder, *argv) as serve:
        yield serve


@pytest.fixture(scope="module")
def machines(network: Network, folder: Path, serve: Serve) -> dict[str, Machine]:
    """All of them, after they ran side by side."""
    made = {
        name: Machine(network, firmware, mac, folder)
        for name, (mac, firmware, *_) in MACHINES.items()
    }
    run_all(list(made.values()))
    return made


@pytest.mark.parametrize("name", MACHINES)
def test_machine_boots_with_its_reserved_address(
    name: str, machines: dict[str, Machine], serve: Serve
) -> None:
    machine, reserved = machines[name], MACHINES[name][2]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert f"netlab.token={name}" in machine.find(r"NETLAB-CMDLINE (.*)").split()
    lease = machine.find(r"NETLAB-LEASE (.*)").split()
    assert lease[:3] == [f"ip={reserved}", "router=10.77.0.254", f"server={PXECTL}"]
    replies = [m for m in reading.messages(machine.pcap) if m.datagram.src == PXECTL]
    given = {m.yiaddr for m in replies if m.type in ("offer", "ack") and m.datagram.sport == 67}
    assert given == {reserved}
    keep(machine.pcap, f"pxectl-{name}-server")


@pytest.mark.parametrize("name", MACHINES)
def test_its_timeline_has_every_step(name: str, machines: dict[str, Machine], serve: Serve) -> None:
    firmware = ["DISCOVER", "OFFER", "REQUEST", "ACK"]
    own = [] if name == "bios-ipxe" else firmware
    nbp = {"bios-ipxe": [], "uefi-x64-http": ["NBP loaded"]}.get(name, BY_TFTP)

    [ending] = endings(serve, machines[name].mac)

    assert (ending["outcome"], ending["cause"], ending["machine"]) == ("booted", None, name)
    assert words(ending) == [*own, *nbp, *(f"iPXE {word}" for word in firmware), *SCRIPT_TO_END]


@pytest.mark.parametrize("name", MACHINES)
def test_rules_test_says_what_the_wire_showed(
    name: str, network: Network, site: Path, machines: dict[str, Machine]
) -> None:
    machine = machines[name]

    rehearsal = rehearse(network, site, machine.mac, machine.firmware, "server")

    assert said(rehearsal) == shown(reading.messages(machine.pcap), PXECTL)
    assert f"netlab.token={name}" in rehearsal["script"].split()


def test_udhcpc_gets_its_reservation(network: Network, folder: Path, serve: Serve) -> None:
    lease = udhcpc(network, folder)

    told = {name: lease.get(name) for name in ("ip", "router", "dns", "serverid", "lease")}
    assert told == {
        "ip": "10.77.0.50",
        "router": "10.77.0.254",
        "dns": "10.77.0.53",
        "serverid": PXECTL,
        "lease": "3600",
    }
    assert "boot_file" not in lease


def test_dhclient_gets_its_reservation(network: Network, folder: Path, serve: Serve) -> None:
    lease = dhclient(network, folder)

    assert "fixed-address 10.77.0.50;" in lease
    assert "option routers 10.77.0.254;" in lease
    assert f"option dhcp-server-identifier {PXECTL};" in lease
    assert "option dhcp-lease-time 3600;" in lease
