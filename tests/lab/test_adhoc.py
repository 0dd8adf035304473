"""`serve --kernel --initrd --cmdline` boots any machine, with no site at all."""

from pathlib import Path

import pytest

from tests.lab.assets import ASSETS
from tests.lab.firmware import Firmware
from tests.lab.foreign import start_dhcpd
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import Serve

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


def test_a_machine_that_nobody_knows_boots_the_kernel_of_the_command_line(
    network: Network, folder: Path
) -> None:
    start_dhcpd(network, folder)
    argv = ("--site", str(folder / "none"), "--interface", "eth0", "--dhcp", "proxy")
    argv += ("--kernel", str(ASSETS / "amd64/linux"), "--initrd", str(ASSETS / "amd64/initrd.img"))
    argv += ("--cmdline", "console=ttyS0 panic=5 netlab.token=adhoc")

    with Serve(network, folder, *argv) as serve:
        machine = Machine(network, Firmware.BIOS, "52:54:00:77:0d:01", folder)
        run_all([machine])

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert "netlab.token=adhoc" in machine.find(r"NETLAB-CMDLINE (.*)").split()
