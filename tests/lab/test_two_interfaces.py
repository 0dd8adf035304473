"""Two segments, one of them chosen: the other hears nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.asking import discover, offered
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


def test_a_segment_that_was_not_chosen_hears_nothing(
    network: Network, folder: Path, site: Path
) -> None:
    with serving(network, folder, site, "eth0"):
        assert offered(network, address("srv", 0), discover(MAC), wait=0.5) is not None
        assert offered(network, address("srv", 1), discover(MAC), wait=0.5, nic="eth1") is None
