"""A machine whose boot fails at once goes round, until its screen says so."""

from pathlib import Path

import pytest

from tests.lab.boots import endings
from tests.lab.firmware import Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

MAC = "52:54:00:77:0b:01"
# the program that is loaded asks as iPXE, is told its script, and that loads the program again
SITE = """
[[subnet]]
network = "10.77.0.0/24"

[profile.round]
script = "round.ipxe"
"""
ROUND = "#!ipxe\nchain {{ urls.base }}/{{ urls.path('undionly.kpxe') }}\n"


def test_the_screen_says_that_it_goes_round(network: Network, folder: Path) -> None:
    site = make_site(folder / "site", SITE)
    (site / "templates").mkdir()
    (site / "templates/round.ipxe").write_text(ROUND)
    (site / "hardware/node7.toml").write_text(
        f'mac = ["{MAC}"]\naddress = "10.77.0.61"\nprofile = "round"\n'
    )
    machine = Machine(network, Firmware.BIOS, MAC, folder, until=r"node7 has loaded undionly")
    with Serve(network, folder, "--site", str(site), "--dhcp", "server") as serve:
        run_all([machine], 120)
        looped = serve.events("looped")
        causes = endings(serve, MAC)
        loads = [e for e in serve.events("requested") if e["what"] == "nbp"]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    [event] = looped
    assert (event["mac"], event["name"], event["times"]) == (MAC, "undionly.kpxe", 5)
    assert len(loads) == 5
    assert "loop" in [ending["cause"] for ending in causes]
