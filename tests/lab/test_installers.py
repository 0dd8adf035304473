"""Recipes of installers boot what Debian packages hold, on real firmware."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.assets import ASSETS
from tests.lab.firmware import Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.timeout(600)]

SITE = """
[[subnet]]
network = "10.77.0.0/24"
[subnet.options]
router = "10.77.0.1"
domain-name-server = "10.77.0.1"

[profile.debian]
installer = "debian"
images = "debian-installer/{{ debian }}"
mirror = "http://10.77.0.1:8080/debian"
preseed = "debian/preseed.cfg"
cmdline = ["console={{ 'ttyS0' if cpu == 'x64' else 'ttyAMA0' }},115200", "DEBIAN_FRONTEND=text"]

[profile.memtest]
installer = "memtest"
console = "ttyS0,115200"

[profile.own]
installer = "custom-ipxe"
text = '''#!ipxe
echo PXECTL-OWN-SCRIPT ${net0/mac}
sleep 1
shell
'''
"""
# the first thing that it asks after it has fetched its preseed file: there is no mirror in the lab
ASKS = r"Download installer components|Choose a mirror|Bad archive mirror"
MACHINES = {
    # emulated, so it takes the longest and is started first
    "debian-arm64": (Firmware.ARM64, "52:54:00:77:0c:06", "debian", ASKS),
    "own-arm64": (Firmware.ARM64, "52:54:00:77:0c:07", "own", r"PXECTL-OWN-SCRIPT 52:54"),
    "debian-bios": (Firmware.BIOS, "52:54:00:77:0c:01", "debian", ASKS),
    "debian-uefi": (Firmware.UEFI, "52:54:00:77:0c:02", "debian", ASKS),
    "memtest-bios": (Firmware.BIOS, "52:54:00:77:0c:03", "memtest", r"Memtest86\+"),
    "memtest-uefi": (Firmware.UEFI, "52:54:00:77:0c:04", "memtest", r"Memtest86\+"),
    "own-bios": (Firmware.BIOS, "52:54:00:77:0c:05", "own", r"PXECTL-OWN-SCRIPT 52:54"),
}


@pytest.fixture(scope="module")
def booted(network: Network, folder: Path) -> Iterator[tuple[Serve, dict[str, Machine]]]:
    site = make_site(folder / "site", SITE)
    for name in ("debian-installer", "memtest"):
        shutil.copytree(ASSETS / name, site / "files" / name)
    machines = {}
    for number, (name, (firmware, mac, profile, until)) in enumerate(MACHINES.items(), 30):
        (site / "hardware" / f"{name}.toml").write_text(
            f'mac = ["{mac}"]\nprofile = "{profile}"\naddress = "10.77.0.{number}"\n'
        )
        machines[name] = Machine(
            network, firmware, mac, folder, screen=profile == "memtest", until=until
        )
    with Serve(network, folder, "--site", str(site), "--dhcp", "server") as serve:
        run_all(list(machines.values()), 400)
        yield serve, machines


@pytest.mark.parametrize("name", MACHINES)
def test_the_installer_comes_up(name: str, booted: tuple[Serve, dict[str, Machine]]) -> None:
    serve, machines = booted

    assert machines[name].outcome == "done", f"{machines[name].story()}\n{serve.story()}"


@pytest.mark.parametrize("name", ["debian-bios", "debian-uefi", "debian-arm64"])
def test_debians_installer_fetches_the_preseed_file_of_its_machine(
    name: str, booted: tuple[Serve, dict[str, Machine]]
) -> None:
    serve, machines = booted
    fetched = [
        event["path"]
        for event in serve.events("requested")
        if event["what"] == "template" and event["mac"] == machines[name].mac
    ]

    assert [path.partition("/templates/")[2] for path in fetched] == ["debian/preseed.cfg"]
