"""Flags of `serve` alone boot any machine: a kernel, a recipe, a profile of the site."""

from pathlib import Path

import pytest

from tests.lab.assets import ASSETS
from tests.lab.firmware import Firmware
from tests.lab.foreign import start_dhcpd
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", autouse=True)
def dhcpd(network: Network, folder: Path) -> None:
    start_dhcpd(network, folder)


def test_a_machine_that_nobody_knows_boots_the_kernel_of_the_command_line(
    network: Network, folder: Path
) -> None:
    argv = ("--site", str(folder / "none"), "--interface", "eth0", "--dhcp", "proxy")
    argv += ("--kernel", str(ASSETS / "amd64/linux"), "--initrd", str(ASSETS / "amd64/initrd.img"))
    argv += ("--cmdline", "console=ttyS0 panic=5 netlab.token=adhoc")

    with Serve(network, folder, *argv) as serve:
        machine = Machine(network, Firmware.BIOS, "52:54:00:77:0d:01", folder)
        run_all([machine])

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert "netlab.token=adhoc" in machine.find(r"NETLAB-CMDLINE (.*)").split()


@pytest.mark.parametrize(
    ("flags", "until"),
    [
        (("--profile", "plain"), r"NETLAB-CMDLINE .*netlab.token=profile"),
        (("--installer", "shell"), r"iPXE> "),
    ],
    ids=lambda value: value[0].strip("-") if isinstance(value, tuple) else "",
)
def test_a_machine_that_nobody_knows_boots_the_profile_or_recipe_of_the_command_line(
    flags: tuple[str, str], until: str, network: Network, folder: Path, tmp_path: Path
) -> None:
    site = make_site(
        tmp_path / "site",
        '[profile.plain]\nkernel = "amd64/linux"\ninitrd = ["amd64/initrd.img"]\n'
        'cmdline = ["console=ttyS0", "panic=5", "netlab.token=profile"]\n',
    )
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "auto", *flags)

    with Serve(network, tmp_path, *argv) as serve:
        machine = Machine(network, Firmware.BIOS, "52:54:00:77:0d:05", tmp_path, until=until)
        run_all([machine], 120)

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
