"""One decision among many rules: `python -m benchmarks.decision [RULES [MACHINES]]`.

Every machine of a big site is decided for twice, as its firmware and as iPXE, in random order, and
so are as many strangers. The peer is the same rules tried one after the other, which is what a
decision means; both give the same rule each time. At most 50 µs on average with 1,000 rules and
10,000 machines.
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.site import make
from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.facts import Facts
from pxectl.boot.kinds import kind_of_claim
from pxectl.boot.machine import Machine
from pxectl.boot.site import Site
from pxectl.mac import MAC
from pxectl.store.site import load_site

NOW = 1_800_000_000.0


def questions(site: Site) -> list[tuple[Client, Machine | None]]:
    """Who asks, each with its machine."""
    networks = [subnet.network for subnet in site.subnets]
    asked: list[tuple[Client, Machine | None]] = []
    for machine in site.inventory.machines:
        arch = kind_of_claim(machine.arch).arch
        for firmware in (Firmware.UEFI, Firmware.IPXE):
            client = Client(
                machine.macs[0], arch, firmware, uuid=machine.uuid, interface="eth0",
                subnet=networks[0], vendor_class="PXEClient:Arch:00007:UNDI:003016",
            )  # fmt: skip
            asked.append((client, machine))
        stranger = MAC.parse(f"02{machine.macs[0].hex()[2:]}")
        asked.append((Client(stranger, arch, Firmware.UEFI, subnet=networks[0]), None))
    random.Random(1).shuffle(asked)
    return asked


def in_turn(client: Client, machine: Machine | None, site: Site) -> int:
    """The peer: every rule is tried until one matches."""
    facts = Facts(client, machine, NOW, site.rules.zone)
    return next(n for n, rule in enumerate(site.rules.all, 1) if rule.failing(facts) is None)


def main(rules: int = 1000, machines: int = 10_000) -> None:
    """Make the site, decide, and print what one decision costs."""
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "site", machines, rules)
        site = load_site(Path(folder) / "site").site
    asked = questions(site)
    rounds, peer = [], []
    for _ in range(3):
        began = time.process_time()
        winners = [decide(client, machine, site.rules, NOW).number for client, machine in asked]
        rounds.append((time.process_time() - began) / len(asked) * 1e6)
        some = asked[:2000]
        began = time.process_time()
        expected = [in_turn(client, machine, site) for client, machine in some]
        peer.append((time.process_time() - began) / len(some) * 1e6)
        assert winners[:2000] == expected
    mine, theirs = sorted(rounds)[1], sorted(peer)[1]
    print(
        f"{rules} rules, {machines} machines, {len(asked)} questions, {len(set(winners))} rules won"
    )
    print(f"decide          {mine:8.1f} µs   at most 50")
    print(f"each in turn    {theirs:8.1f} µs   {theirs / mine:.0f} times as much")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
