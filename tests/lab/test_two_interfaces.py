"""Two segments, one `serve`: each is answered from its own address, and only what was chosen."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.asking import discover, offered
from tests.lab.assets import ASSETS
from tests.lab.firmware import Firmware
from tests.lab.network import Network, address
from tests.lab.serve import Serve, add_machine, make_site

pytestmark = [pytest.mark.lab]

MAC = "52:54:00:77:0c:01"


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    network = Network(segments=2)
    yield network
    network.close()


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    site = make_site(folder / "site")
    add_machine(site, "either", MAC, Firmware.UEFI)
    return site


def serving(network: Network, folder: Path, site: Path, *interfaces: str) -> Serve:
    chosen = [word for name in interfaces for word in ("--interface", name)]
    return Serve(network, folder, "--site", str(site), "--dhcp", "proxy", *chosen)


def test_each_segment_is_answered_from_its_own_address(
    network: Network, folder: Path, site: Path
) -> None:
    with serving(network, folder, site, "eth0", "eth1"):
        for segment, nic in enumerate(("eth0", "eth1")):
            ours = address("srv", segment)
            offer = offered(network, ours, discover(MAC), nic=nic)

            assert offer.siaddr == ours
            name = offer.file.rstrip(b"\0").decode()
            argv = network.argv("cli", "curl", "-sf", "--max-time", "20", f"tftp://{ours}/{name}")
            nbp = subprocess.run(argv, capture_output=True, check=True).stdout
            assert nbp == (ASSETS / "ipxe/ipxe.efi").read_bytes()


def test_a_segment_that_was_not_chosen_hears_nothing(
    network: Network, folder: Path, site: Path
) -> None:
    with serving(network, folder, site, "eth0"):
        assert offered(network, address("srv", 0), discover(MAC), wait=0.5) is not None
        assert offered(network, address("srv", 1), discover(MAC), wait=0.5, nic="eth1") is None
