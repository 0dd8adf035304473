"""Many DHCP clients at once, in `cli`: the load generator of the benchmarks, and perfdhcp."""

import atexit
import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from tests.lab.network import Network, address, run

SOURCE = Path(__file__).parents[2] / "benchmarks" / "dhcpstorm.c"


@cache
def program() -> Path:
    """`dhcpstorm`, compiled."""
    folder = Path(mkdtemp(prefix="pxlab-"))
    atexit.register(shutil.rmtree, folder)
    binary = folder / "dhcpstorm"
    run("gcc", "-O2", "-o", str(binary), str(SOURCE))
    return binary


def widen(network: Network) -> None:
    """Make the first segment a /16, so that it has room for thousands."""
    for host in ("srv", "cli"):
        link = ("ip", "-n", network.namespace(host), "addr")
        run(*link, "del", f"{address(host)}/24", "dev", "eth0")
        run(*link, "add", f"{address(host)}/16", "dev", "eth0")


def storm(network: Network, *options: object) -> dict[str, Any]:
    """What `dhcpstorm` reports; its options are in its source."""
    done = network.run("cli", program(), "-i", "eth0", *map(str, options), timeout=60)
    return json.loads(done.stdout)


def start_storm(network: Network, *options: object) -> subprocess.Popen[Any]:
    """`dhcpstorm` while something else goes on; its stdout is the report."""
    argv = (program(), "-i", "eth0", *map(str, options))
    return network.start("cli", *argv, stdout=subprocess.PIPE, text=True)


def storm_mac(number: int) -> str:
    """The MAC of one of its clients."""
    return f"02:50:{number.to_bytes(4, 'big').hex(':')}"


def perfdhcp(
    network: Network, folder: Path, macs: list[str], rate: int, seconds: int
) -> dict[str, dict[str, float]]:
    """What perfdhcp reports of both halves of four-way exchanges: `DISCOVER-OFFER`, `REQUEST-ACK`.

    It plays a relay: giaddr is the address of `cli`. Whose turn it is, chance says.
    """
    listed = folder / "macs"
    listed.write_text("".join(f"{mac}\n" for mac in macs))
    options = ("-4", "-r", rate, "-R", len(macs), "-M", listed, "-p", seconds, "-W", 1_000_000)
    done = network.run("cli", "perfdhcp", *map(str, options), address("srv"), timeout=seconds + 30)
    parts = re.split(r"\*\*\*Statistics for: (\S+)\*\*\*", done.stdout)
    return {
        name: {key: float(value) for key, value in re.findall(r"(\w[\w ]*): ([\d.]+)", said)}
        for name, said in zip(parts[1::2], parts[2::2], strict=True)
    }
