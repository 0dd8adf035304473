"""GRUB as the first program: Debian's, which asks for its configuration at the root of TFTP."""

import shutil
from pathlib import Path

import pytest

from tests.lab.firmware import GRUB, Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

MAC = "52:54:00:77:11:01"


def test_grub_boots_the_kernel_of_the_profile_once(network: Network, folder: Path) -> None:
    site = make_site(folder / "site", '\n[[subnet]]\nnetwork = "10.77.0.0/24"\n')
    (site / "files/grub").mkdir()
    shutil.copyfile(GRUB, site / "files/grub/grubnetx64.efi")
    hardware = site / "hardware/node.toml"
    hardware.write_text(
        f'mac = ["{MAC}"]\naddress = "10.77.0.81"\nprofile = "amd64"\nnetboot = "once"\n'
        '[quirks]\nnbp = "grub/grubnetx64.efi"\n[vars]\ntoken = "grub"\n'
    )
    machine = Machine(network, Firmware.UEFI, MAC, folder)
    with Serve(network, folder, "--site", str(site), "--dhcp", "server") as serve:
        run_all([machine], 120)
        fetched = [e["what"] for e in serve.events("requested") if e["status"] == 200]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    words = machine.find(r"NETLAB-CMDLINE (.*)").split()
    assert words[0].startswith("BOOT_IMAGE=(tftp,10.77.0.1)/")
    assert "netlab.token=grub" in words
    assert fetched[-4:] == ["script", "kernel", "initrd", "booted"]
    assert 'netboot = "never"' in hardware.read_text()
