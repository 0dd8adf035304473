"""Machines that may not boot get nothing; machines that are to boot their disk leave at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import disks, reading
from tests.lab.conftest import keep
from tests.lab.firmware import Firmware
from tests.lab.foreign import start_dhcpd
from tests.lab.machine import BOOTED, Machine, run_all
from tests.lab.network import Network, address
from tests.lab.serve import Serve, add_machine, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

PXECTL = address("srv")
RULES = """
[[rule]]
name = "not these"
match = { name = "denied-*" }
action = "deny"

[[rule]]
name = "from the disk"
match = { name = "local-*" }
action = "local"
"""
# What shows that the firmware is done with this way of booting.
PXE_LEFT, HTTP_LEFT = r"BdsDxe: failed to load .*PXEv4", r"BdsDxe: failed to load .*HTTPv4"
MACHINES = {
    # Without any offer to boot from EDK2 waits for a minute.
    "denied-uefi": ("52:54:00:77:03:01", Firmware.UEFI, PXE_LEFT),
    "denied-bios": ("52:54:00:77:03:02", Firmware.BIOS, disks.RUNS),
    "local-bios": ("52:54:00:77:03:03", Firmware.BIOS, disks.RUNS),
    "local-uefi": ("52:54:00:77:03:04", Firmware.UEFI, PXE_LEFT),
    "local-uefi-http": ("52:54:00:77:03:05", Firmware.UEFI_HTTP, HTTP_LEFT),
}
DENIED = [name for name in MACHINES if name.startswith("denied")]
LOCAL = [name for name in MACHINES if name.startswith("local")]


@pytest.fixture(scope="module")
def serve(network: Network, folder: Path) -> Iterator[Serve]:
    start_dhcpd(network, folder)
    site = make_site(folder / "site", RULES)
    for name, (mac, firmware, _) in MACHINES.items():
        add_machine(site, name, mac, firmware)
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "proxy")
    with Serve(network, folder, *argv) as serve:
        yield serve


@pytest.fixture(scope="module")
def machines(network: Network, folder: Path, serve: Serve) -> dict[str, Machine]:
    """All of them, after they ran side by side."""
    made = {
        name: Machine(
            network,
            firmware,
            mac,
            folder,
            disk=disks.bios_disk(folder / f"{name}.img") if firmware is Firmware.BIOS else None,
            until=until,
            lost=BOOTED,
        )
        for name, (mac, firmware, until) in MACHINES.items()
    }
    run_all(list(made.values()))
    return made


@pytest.mark.parametrize("name", DENIED)
def test_denied_machine_gets_no_packet_from_pxectl(
    name: str, machines: dict[str, Machine], serve: Serve
) -> None:
    machine = machines[name]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    senders = {d.src for d in reading.datagrams(machine.pcap)}
    assert address("dhcpd") in senders  # it did ask, and the other server did answer
    assert PXECTL not in senders
    assert not reading.tftp_requests(machine.pcap)
    assert not reading.http_requests(machine.pcap)
    keep(machine.pcap, f"pxectl-{name}-proxy")


@pytest.mark.parametrize("name", LOCAL)
def test_machine_that_boots_its_disk_leaves_pxe_within_ten_seconds(
    name: str, machines: dict[str, Machine], serve: Serve
) -> None:
    machine = machines[name]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    first = next(m for m in reading.messages(machine.pcap) if m.type == "discover")
    assert 0 < machine.seen_at - first.datagram.time < 10
    assert not [path for path in reading.tftp_requests(machine.pcap) if "efi" in path]
    assert not [line for line in reading.http_requests(machine.pcap) if "linux" in line]
    keep(machine.pcap, f"pxectl-{name}-proxy")
