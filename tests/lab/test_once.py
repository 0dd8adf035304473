"""`netboot = "once"`: a machine boots from the network once, then from its disk."""

from pathlib import Path

import pytest

from tests.lab.firmware import Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

MACHINES = {Firmware.BIOS: "52:54:00:77:0f:01", Firmware.UEFI: "52:54:00:77:0f:02"}
SITE = '\n[[subnet]]\nnetwork = "10.77.0.0/24"\n'


def test_it_is_over_when_kernel_and_initrd_are_loaded(network: Network, folder: Path) -> None:
    site = make_site(folder / "site", SITE)
    files = {}
    for number, (firmware, mac) in enumerate(MACHINES.items(), 40):
        files[mac] = site / "hardware" / f"{firmware.value}.toml"
        files[mac].write_text(
            f'mac = ["{mac}"]  # once\naddress = "10.77.0.{number}"\nprofile = "amd64"\n'
            f'netboot = "once"\n[vars]\ntoken = "t"\n'
        )
    with Serve(network, folder, "--site", str(site), "--dhcp", "server") as serve:
        first = [Machine(network, firmware, mac, folder) for firmware, mac in MACHINES.items()]
        run_all(first)
        texts = {mac: path.read_text() for mac, path in files.items()}
        asked = len(serve.events("requested"))
        (folder / "again").mkdir()
        again = [
            Machine(network, firmware, mac, folder / "again", until=r"boots its disk|No bootable")
            for firmware, mac in MACHINES.items()
        ]
        run_all(again, 30)
        later = serve.events("requested")[asked:]
        story = serve.story()

    for machine in first:
        assert machine.outcome == "done", f"{machine.story()}\n{story}"
        assert texts[machine.mac].startswith(f'mac = ["{machine.mac}"]  # once\n')
        assert 'netboot = "never"' in texts[machine.mac]
    whats = {event["what"] for event in later}
    assert not whats & {"kernel", "initrd", "booted"}, later
