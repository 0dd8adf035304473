"""`kill -9` in the middle of a storm, a full disk and one that is read-only: an ACK is a promise.

What a client was acknowledged is there after the restart, and nobody else is given it; what can not
be written is not acknowledged.
"""

import json
import random
import sqlite3
import time
from contextlib import closing
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from tests.lab.network import Network, end
from tests.lab.serve import PXECTL, Serve
from tests.lab.storm import start_storm, widen

pytestmark = [pytest.mark.lab, pytest.mark.timeout(400)]

CRASHES = 50
SITE = """
[[subnet]]
network = "10.77.0.0/16"
pool = ["10.77.64.0-10.77.127.255"]
lease_time = "1h"
"""
SEED = 20240229


@pytest.fixture(scope="module", autouse=True)
def wide(network: Network) -> None:
    widen(network)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    (site / "pxectl.toml").write_text(SITE)
    return site


def serve(network: Network, folder: Path, site: Path, **how: object) -> Serve:
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "server", "--force")
    return Serve(network, folder, *argv, **how)


def leases(site: Path) -> dict[str, str]:
    """MAC by address, of all that are leased, as the file has it."""
    with closing(sqlite3.connect(f"file:{site}/state/leases.db?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT address, mac FROM leases WHERE state = 'leased'")
        return {str(IPv4Address(address)): mac for address, mac in rows}


def acknowledged(path: Path) -> list[tuple[str, str]]:
    """(address, MAC) of every ACK that a client got; the last line may be half."""
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [(line.split()[1], line.split()[0]) for line in lines]


def check(acks: Path, site: Path) -> list[tuple[str, str]]:
    """Every ACK so far is kept, as leases that last: so no two were for one address."""
    given, held = acknowledged(acks), leases(site)
    lost = [(address, mac) for address, mac in given if held.get(address) != mac]
    assert lost == []
    return given


def test_nothing_acknowledged_is_lost_and_no_address_given_twice(
    network: Network, tmp_path: Path, site: Path
) -> None:
    """Half of the clients of a storm were there before and half are new; leases never end here."""
    chance = random.Random(SEED)
    acks = tmp_path / "acks"
    for crash in range(CRASHES):
        with serve(network, tmp_path, site) as running:
            given = check(acks, site)
            options = ("-b", 100 * crash, "-n", 200, "-c", 50, "-t", 3, "-d", 700, "-l", acks)
            clients = start_storm(network, *options)
            time.sleep(chance.uniform(0.1, 1.1))
            running.kill()
        time.sleep(0.02)  # what was sent before arrives
        end(clients)
        clients.stdout.close()
    with serve(network, tmp_path, site):
        given = check(acks, site)
        done = network.run("srv", *PXECTL, "leases", "--json", "--site", site)
    listed = {row["address"]: row["mac"] for row in json.loads(done.stdout)["leases"]}
    print(f"{CRASHES} crashes, {len(given)} ACKs, {len(set(given))} leases")

    assert set(given) <= set(listed.items())
    assert len(set(given)) > 100 * CRASHES / 2
