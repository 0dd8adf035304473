"""A machine boots from the PyInstaller program, started in an empty directory."""

from pathlib import Path

import pytest

from tests.lab.firmware import Firmware
from tests.lab.foreign import start_dhcpd
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import Serve, add_machine, make_site
from tests.packaging.building import build

pytestmark = [pytest.mark.lab, pytest.mark.packaging, pytest.mark.timeout(600)]

PROGRAMS = {"folder": "52:54:00:77:0b:01", "onefile": "52:54:00:77:0b:02"}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_machine_boots_from_the_program_alone(
    kind: str, network: Network, folder: Path, tmp_path: Path
) -> None:
    program = str(getattr(build(), kind))
    if kind == "folder":
        start_dhcpd(network, folder)
    site = make_site(tmp_path / "site")
    add_machine(site, kind, PROGRAMS[kind], Firmware.UEFI)
    (tmp_path / "empty").mkdir()
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "proxy")

    with Serve(network, tmp_path / "empty", *argv, program=(program,)) as serve:
        machine = Machine(network, Firmware.UEFI, PROGRAMS[kind], tmp_path)
        run_all([machine])

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert f"netlab.token={kind}" in machine.find(r"NETLAB-CMDLINE (.*)").split()
