"""A host that asks for addresses without end, each time as somebody else.

It can eat neither memory nor the machines of the inventory's place, and strangers get addresses
again soon after it stops.
"""

import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.lab.network import Network
from tests.lab.serve import Serve
from tests.lab.storm import start_storm, storm, storm_mac, widen

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]

DISCOVERS, RATE = 100_000, 5_000
RESERVED, KNOWN, STRANGER = 1, 2, 3
SITE = """
[[subnet]]
network = "10.77.0.0/16"
pool = ["10.77.64.0-10.77.64.199"]
"""
MORE_MB = 32
"""What the memory of `serve` may grow by: offers, who is not known, and what Python keeps."""
ASK = ("-n", 1, "-r", 1, "-d", 950)


@dataclass
class Story:
    """What came of it."""

    sent: int = 0
    megabytes: list[float] = field(default_factory=list)
    during: dict[int, dict[str, Any]] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    full: list[dict[str, Any]] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def story(network: Network, folder: Path) -> Story:
    widen(network)
    site = folder / "site"
    (site / "hardware").mkdir(parents=True)
    (site / "pxectl.toml").write_text(SITE)
    reserved = f'mac = ["{storm_mac(RESERVED)}"]\naddress = "10.77.32.1"\n'
    (site / "hardware" / "reserved.toml").write_text(reserved)
    (site / "hardware" / "known.toml").write_text(f'mac = ["{storm_mac(KNOWN)}"]\n')
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "server")
    story, acks = Story(), folder / "acks"
    with Serve(network, folder, *argv) as serve:
        story.megabytes.append(resident(serve))
        rogue = start_storm(network, "-D", "-r", RATE, "-t", DISCOVERS / RATE)
        until = time.monotonic() + 10
        while not serve.events("pool-full") and time.monotonic() < until:
            time.sleep(0.1)
        for number in (RESERVED, KNOWN):
            story.during[number] = storm(network, *ASK, "-b", number, "-t", 4, "-l", acks)
            story.megabytes.append(resident(serve))
        said, _ = rogue.communicate()
        story.sent = int(re.search(r'"started": (\d+)', said)[1])
        story.megabytes.append(resident(serve))
        for _ in range(20):
            story.after = storm(network, *ASK, "-b", STRANGER, "-t", 1, "-l", acks)
            if story.after["done"]:
                break
        story.full = serve.events("pool-full")
    story.addresses = dict(line.split() for line in acks.read_text().splitlines())
    print(f"{story.sent} DISCOVERs, MB: {story.megabytes}")
    return story


def resident(serve: Serve) -> float:
    status = Path(f"/proc/{serve.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def test_memory_stays_bounded(story: Story) -> None:
    assert story.sent >= DISCOVERS
    assert max(story.megabytes) - story.megabytes[0] < MORE_MB


@pytest.mark.parametrize("number", [RESERVED, KNOWN], ids=["reserved", "from the pool"])
def test_machine_of_the_inventory_gets_its_address_meanwhile(number: int, story: Story) -> None:
    assert story.during[number]["done"] > 0


def test_address_is_the_reserved_one(story: Story) -> None:
    assert story.addresses[storm_mac(RESERVED)] == "10.77.32.1"


def test_full_pool_is_told_with_its_name_and_not_a_hundred_thousand_times(story: Story) -> None:
    assert 1 <= len(story.full) <= 5
    assert "10.77.64.0-10.77.64.199" in str(story.full[0])


def test_stranger_gets_an_address_soon_after(story: Story) -> None:
    assert story.after["done"] > 0
    assert story.addresses[storm_mac(STRANGER)].startswith("10.77.64.")
