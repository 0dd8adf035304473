"""perfdhcp's four-way exchanges: none is lost at half of the rate that pxectl reaches here."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from tests.lab.network import Network
from tests.lab.serve import Serve
from tests.lab.storm import perfdhcp, storm, storm_mac, widen

pytestmark = [pytest.mark.lab]

CLIENTS = 1000
SECONDS = 8
MACS = [storm_mac(number) for number in range(CLIENTS)]
SUBNET = '[[subnet]]\nnetwork = "10.77.0.0/16"\nlease_time = "1h"\n'
POOL = 'pool = ["10.77.64.0-10.77.127.255"]\n'


def site_with(folder: Path, kind: str) -> Path:
    site = folder / "site"
    (site / "hardware").mkdir(parents=True)
    (site / "pxectl.toml").write_text(SUBNET + (POOL if kind == "pool" else ""))
    if kind == "reservations":
        for number, mac in enumerate(MACS):
            address = IPv4Address("10.77.32.0") + number
            machine = f'mac = ["{mac}"]\naddress = "{address}"\n'
            (site / "hardware" / f"node{number}.toml").write_text(machine)
    return site


@pytest.fixture(scope="module", autouse=True)
def wide(network: Network) -> None:
    widen(network)


@pytest.mark.parametrize("kind", ["pool", "reservations"])
def test_loses_no_exchange_at_half_of_its_rate(kind: str, network: Network, tmp_path: Path) -> None:
    argv = ("--site", str(site_with(tmp_path, kind)), "--interface", "eth0", "--dhcp", "server")
    # of a pool perfdhcp's clients get their first address, which is probed before
    who = ("-b", 5000 if kind == "pool" else 0, "-n", CLIENTS)
    with Serve(network, tmp_path, *argv):
        storm(network, *who, "-r", CLIENTS, "-t", 1, "-d", 2000)
        reached = storm(network, *who, "-c", 32, "-t", 2)["per_s"]
        rate = int(reached / 2)
        halves = perfdhcp(network, tmp_path, MACS, rate, SECONDS)
    print(f"{kind}: {reached:.0f} exchanges/s reached, {rate}/s asked: {halves}")

    assert list(halves) == ["DISCOVER-OFFER", "REQUEST-ACK"]
    for half in halves.values():
        assert half["sent packets"] > 0.9 * rate * SECONDS
        assert half["drops"] == half["rejected leases"] == 0
        assert half["received packets"] == half["sent packets"]
