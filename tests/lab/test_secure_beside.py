"""Secure Boot beside somebody else's DHCP server, which GRUB asks what pxectl is not asked."""

import shutil
from pathlib import Path

import pytest

from tests.lab.firmware import SHIM, SIGNED_GRUB, Firmware
from tests.lab.foreign import start_dhcpd
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network, address
from tests.lab.serve import Serve, make_site
from tests.lab.test_secure_boot import PROFILES

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

MAC = "52:54:00:77:14:01"


def test_grub_asks_whom_the_dhcp_server_names_as_next_server(
    network: Network, folder: Path
) -> None:
    """GRUB 2.06 looks at the ACK alone, shim and EDK2 at the proxy's offer (netboot.md 3.3, 44)."""
    start_dhcpd(network, folder, f"--dhcp-boot=,,{address('srv')}")
    site = make_site(folder / "site", PROFILES)
    (site / "files/signed").mkdir()
    shutil.copyfile(SHIM, site / "files/signed/shimx64.efi")
    shutil.copyfile(SIGNED_GRUB, site / "files/signed/grubx64.efi")
    (site / "hardware/node.toml").write_text(
        f'mac = ["{MAC}"]\nprofile = "signed"\n[vars]\ntoken = "beside"\n'
    )
    machine = Machine(network, Firmware.SECURE, MAC, folder)
    with Serve(network, folder, "--site", str(site), "--dhcp", "proxy") as serve:
        run_all([machine], 150)
        fetched = [e["what"] for e in serve.events("requested") if e["status"] == 200]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert "netlab.token=beside" in machine.find(r"NETLAB-CMDLINE (.*)").split()
    assert machine.find(r"NETLAB-LEASE .*server=(\S+)") == address("dhcpd")
    assert fetched[-4:] == ["script", "kernel", "initrd", "booted"]
