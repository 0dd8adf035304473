"""Machines boot through pxectl as proxyDHCP, beside a DHCP server that gives only addresses."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import reading
from tests.lab.asking import udhcpc
from tests.lab.boots import BY_TFTP, SCRIPT_TO_END, endings, words
from tests.lab.capture import Capture
from tests.lab.conftest import keep
from tests.lab.firmware import Firmware
from tests.lab.foreign import start_dhcpd
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network, address
from tests.lab.rehearsing import rehearse, said, shown
from tests.lab.serve import Serve, add_machine, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

PXECTL, FOREIGN = address("srv"), address("dhcpd")
BINL, BYPASS = '[quirks]\nstyle = "binl"', '[quirks]\nstyle = "bypass"'
MACHINES = {
    "uefi-arm64": ("52:54:00:77:01:05", Firmware.ARM64, ""),
    "bios-ipxe": ("52:54:00:77:01:01", Firmware.BIOS, ""),
    "uefi-x64-bypass": ("52:54:00:77:01:02", Firmware.UEFI, BYPASS),
    "uefi-x64-binl": ("52:54:00:77:01:03", Firmware.UEFI, BINL),
    "uefi-x64-http": ("52:54:00:77:01:04", Firmware.UEFI_HTTP, ""),
}
EACH = pytest.mark.parametrize("name", MACHINES)


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    site = make_site(folder / "site")
    for name, (mac, firmware, more) in MACHINES.items():
        add_machine(site, name, mac, firmware, more)
    return site


@pytest.fixture(scope="module")
def serve(network: Network, folder: Path, site: Path) -> Iterator[Serve]:
    start_dhcpd(network, folder)
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "proxy")
    with Serve(network, folder, *argv) as serve:
        yield serve


@pytest.fixture(scope="module")
def machines(network: Network, folder: Path, serve: Serve) -> dict[str, Machine]:
    """All of them, after they ran side by side."""
    made = {
        name: Machine(network, firmware, mac, folder)
        for name, (mac, firmware, _) in MACHINES.items()
    }
    run_all(list(made.values()))
    return made


@EACH
def test_machine_boots_the_kernel_with_the_command_line_of_its_site(
    name: str, machines: dict[str, Machine], serve: Serve
) -> None:
    machine = machines[name]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    words = machine.find(r"NETLAB-CMDLINE (.*)").split()
    assert f"netlab.token={name}" in words
    assert f"console={machine.firmware.console}" in words
    assert machine.find(r"NETLAB-MAC (\S+)") == machine.mac
    assert machine.find(r"NETLAB-LEASE .*server=(\S+)") == FOREIGN
    keep(machine.pcap, f"pxectl-{name}-proxy")


@EACH
def test_its_timeline_has_every_step(name: str, machines: dict[str, Machine], serve: Serve) -> None:
    own = [] if name == "bios-ipxe" else ["DISCOVER", "OFFER", "REQUEST"]
    if name == "uefi-x64-binl":
        own = ["DISCOVER", "OFFER via 4011", "REQUEST", "4011", "4011 answered"]
    nbp = {"bios-ipxe": [], "uefi-x64-http": ["NBP loaded"]}.get(name, BY_TFTP)
    ipxe = ["iPXE DISCOVER", "iPXE OFFER", "iPXE REQUEST"]

    [ending] = endings(serve, machines[name].mac)

    assert (ending["outcome"], ending["cause"], ending["machine"]) == ("booted", None, name)
    assert words(ending) == [*own, *nbp, *ipxe, *SCRIPT_TO_END]


@EACH
def test_only_the_other_server_gives_an_address(name: str, machines: dict[str, Machine]) -> None:
    replies = reading.messages(machines[name].pcap)
    ours = [message for message in replies if message.datagram.src == PXECTL]

    assert ours
    assert {message.yiaddr for message in ours} == {"0.0.0.0"}
    assert {message.type for message in ours if message.datagram.sport == 67} == {"offer"}


@EACH
def test_rules_test_says_what_the_wire_showed(
    name: str, network: Network, site: Path, machines: dict[str, Machine]
) -> None:
    machine = machines[name]

    rehearsal = rehearse(network, site, machine.mac, machine.firmware, "proxy")

    assert said(rehearsal) == shown(reading.messages(machine.pcap), PXECTL)
    assert f"netlab.token={name}" in rehearsal["script"].split()


@EACH
def test_booted_system_gets_no_packet_of_dhcp_from_pxectl(
    name: str, machines: dict[str, Machine]
) -> None:
    seen = reading.messages(machines[name].pcap)
    of_the_system = {m.xid for m in seen if m.vendor_class.startswith(b"udhcp")}

    assert of_the_system
    assert {m.datagram.src for m in seen if m.xid in of_the_system} == {"0.0.0.0", FOREIGN}


@pytest.mark.parametrize(
    ("name", "asks"),
    [("uefi-x64-bypass", False), ("uefi-x64-binl", True), ("uefi-x64-http", False)],
)
def test_style_says_whether_edk2_asks_port_4011(
    name: str, asks: bool, machines: dict[str, Machine]
) -> None:
    seen = reading.messages(machines[name].pcap)

    assert any(m.datagram.dport == 4011 and m.datagram.dst == PXECTL for m in seen) == asks


def test_client_that_does_not_netboot_gets_no_packet_from_pxectl(
    network: Network, folder: Path, serve: Serve, machines: dict[str, Machine]
) -> None:
    with Capture(network, folder / "bystander.pcap", "eth0", host="cli") as capture:
        lease = udhcpc(network, folder)

    assert lease["serverid"] == FOREIGN
    senders = {d.src for d in reading.datagrams(capture.path)}
    assert senders == {"0.0.0.0", FOREIGN}
    keep(capture.path, "pxectl-bystander-proxy")
