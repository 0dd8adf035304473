"""A machine installs a tiny system to its empty disk once, and comes up from it the next time.

The network stays the first boot device: what changes is the machine's file, by pxectl.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.disks import RUNS, bios_disk, efi_disk
from tests.lab.firmware import Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

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
Boots = dict[str, tuple[Machine, Machine]]


@pytest.fixture(scope="module")
def booted(network: Network, folder: Path) -> Iterator[tuple[Serve, Path, Boots]]:
    """Each machine, powered on twice with the same disk."""
    site, boots = make_site(folder / "site", SITE), {}
    (folder / "again").mkdir()
    for number, (name, (firmware, mac, make, runs)) in enumerate(MACHINES.items(), 50):
        make(site / "files" / f"{name}.img")
        (site / "hardware" / f"{name}.toml").write_text(
            f'mac = ["{mac}"]\naddress = "10.77.0.{number}"\nprofile = "install"\n'
            f'netboot = "once"\n[vars]\nimage = "{name}.img"\n'
        )
        disk = folder / f"{name}.disk"
        disk.write_bytes(bytes(40 << 20))
        boots[name] = (
            Machine(network, firmware, mac, folder, disk=disk),
            Machine(network, firmware, mac, folder / "again", disk=disk, until=runs),
        )
    with Serve(network, folder, "--site", str(site), "--dhcp", "server") as serve:
        run_all([first for first, _ in boots.values()])
        run_all([second for _, second in boots.values()])
        yield serve, site, boots


@pytest.mark.parametrize("name", MACHINES)
def test_it_installs_itself_and_then_comes_up_from_its_disk(
    name: str, booted: tuple[Serve, Path, Boots]
) -> None:
    serve, site, boots = booted
    first, second = boots[name]

    assert first.outcome == "done", f"{first.story()}\n{serve.story()}"
    assert first.find(r"NETLAB-INSTALLED (\d+)") == str(40 << 20)
    assert 'netboot = "never"' in (site / "hardware" / f"{name}.toml").read_text()
    assert second.outcome == "done", f"{second.story()}\n{serve.story()}"


@pytest.mark.parametrize("name", MACHINES)
def test_the_second_time_nothing_is_fetched_to_boot(
    name: str, booted: tuple[Serve, Path, Boots]
) -> None:
    serve, _, boots = booted
    mac = boots[name][0].mac

    fetched = [e["what"] for e in serve.events("requested") if e["mac"] == mac and e["what"]]

    assert fetched.count("kernel") == 1
    assert fetched.count("booted") == 1
