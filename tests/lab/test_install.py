"""A machine installs a tiny system to its empty disk once, and comes up from it the next time.

The network stays the first boot device: what changes is the machine's file, by pxectl.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.disks import RUNS, bios_disk, efi_disk
from tests.lab.firmware import Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(420)]

MACHINES = {
    "bios": (Firmware.BIOS, "52:54:00:77:0e:01", bios_disk, RUNS),
    "uefi": (Firmware.UEFI, "52:54:00:77:0e:02", efi_disk, rf"NETLAB-CMDLINE .*{RUNS}"),
}
SITE = """
[[subnet]]
network = "10.77.0.0/24"

[profile.install]
kernel = "amd64/linux"
initrd = ["amd64/initrd.img"]
cmdline = ["console=ttyS0", "panic=5", "netlab.install={{ urls.file(vars.image) }}"]
"""


@dataclass
class Installed:
    """A machine that was powered on twice with the same disk."""

    first: Machine
    second: Machine
    file: Path
    """Its hardware file."""
    between: str = ""
    """What that said before the second power-on."""


Booted = tuple[Serve, list[dict[str, Any]], dict[str, Installed]]


@pytest.fixture(scope="module")
def booted(network: Network, folder: Path) -> Iterator[Booted]:
    """The server, its events of the second power-on, and the machines."""
    site, boots = make_site(folder / "site", SITE), {}
    (folder / "again").mkdir()
    for number, (name, (firmware, mac, make, runs)) in enumerate(MACHINES.items(), 50):
        make(site / "files" / f"{name}.img")
        file = site / "hardware" / f"{name}.toml"
        file.write_text(
            f'mac = ["{mac}"]\naddress = "10.77.0.{number}"\nprofile = "install"\n'
            f'netboot = "once"\n[vars]\nimage = "{name}.img"\n'
        )
        disk = folder / f"{name}.disk"
        disk.write_bytes(bytes(40 << 20))
        boots[name] = Installed(
            Machine(network, firmware, mac, folder, disk=disk),
            Machine(network, firmware, mac, folder / "again", disk=disk, until=runs),
            file,
        )
    with Serve(network, folder, "--site", str(site), "--dhcp", "server") as serve:
        run_all([boot.first for boot in boots.values()])
        for boot in boots.values():
            boot.between = boot.file.read_text()
        before = len(serve.events())
        run_all([boot.second for boot in boots.values()])
        yield serve, serve.events()[before:], boots


@pytest.mark.parametrize("name", MACHINES)
def test_it_installs_itself_and_then_comes_up_from_its_disk(name: str, booted: Booted) -> None:
    serve, _, boots = booted
    boot = boots[name]

    assert boot.first.outcome == "done", f"{boot.first.story()}\n{serve.story()}"
    assert boot.first.find(r"NETLAB-INSTALLED (\d+)") == str(40 << 20)
    assert 'netboot = "never"' in boot.between
    assert boot.second.outcome == "done", f"{boot.second.story()}\n{serve.story()}"


@pytest.mark.parametrize("name", MACHINES)
def test_the_second_time_it_is_sent_to_its_disk_and_fetches_nothing_to_boot(
    name: str, booted: Booted
) -> None:
    _, later, boots = booted
    mine = [event for event in later if event.get("mac") == boots[name].first.mac]
    # its own system asks for an address, too, and is no firmware
    answers = {e["action"] for e in mine if e["event"] == "replied" and e["firmware"]}
    fetched = {e["what"] for e in mine if e["event"] == "requested"}

    assert answers == {"local"}, mine
    assert not fetched & {"nbp", "kernel", "initrd", "booted", "file"}, mine
