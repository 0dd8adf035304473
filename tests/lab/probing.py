"""Run in a namespace: `python -m tests.lab.probing ADDRESS…` asks who uses each address.

Prints one JSON object: by address who answered, and how late a timer of the same loop ever was.
"""

import asyncio
import json
import sys
import time
from ipaddress import IPv4Address, IPv4Network

from pxectl.boot.arrival import Arrival
from pxectl.net.conflict import Prober
from pxectl.net.interfaces import choose

CLIENT = bytes.fromhex("525400770001")


async def main(addresses: list[str]) -> None:
    [here] = choose(("eth0",))
    prober = Prober((here,), print)
    network = IPv4Network("10.77.0.0/24")
    arrival = Arrival("eth0", here.address, network, 67, IPv4Address(0), 68)
    found: dict[str, str] = {}
    late = 0.0

    async def beat() -> None:
        nonlocal late
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            late = max(late, time.monotonic() - before - 0.01)

    beating = asyncio.create_task(beat())
    began = time.monotonic()
    for address in addresses:
        asked = IPv4Address(address)
        assert prober.probe(asked, arrival, CLIENT, lambda by, a=address: found.update({a: by}))
    async with asyncio.timeout(5):
        while len(found) < len(addresses):  # noqa: ASYNC110 - it is the dictionary that grows
            await asyncio.sleep(0.005)
    seconds = time.monotonic() - began
    beating.cancel()
    prober.close()
    print(json.dumps({"found": found, "late": late, "seconds": seconds}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
