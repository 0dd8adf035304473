"""The DHCP server that was there before: dnsmasq, giving addresses and nothing to boot."""

import subprocess
import time
from pathlib import Path

from tests.lab.network import LabError, Network, address


def start_dhcpd(network: Network, folder: Path, *more: str) -> None:
    """Start it in `dhcpd`, for every segment of the lab.

    Args:
        network: the lab.
        folder: for its leases and its log.
        more: arguments, such as what to boot.
    """
    argv = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--bind-interfaces"]
    argv += ["--log-dhcp", "--user=root", "--pid-file=", "--dhcp-authoritative", "--no-ping"]
    argv.append(f"--dhcp-leasefile={folder / 'dhcpd.leases'}")
    for segment in range(network.segments):
        net, router = f"10.77.{segment}", address("dhcpd", segment)
        argv += [f"--interface=eth{segment}", f"--dhcp-option=interface:eth{segment},3,{router}"]
        argv.append(f"--dhcp-range={net}.100,{net}.199,255.255.255.0,10m")
    argv += more
    said = folder / "dhcpd.log"
    with said.open("w") as log:
        process = network.start("dhcpd", *argv, stdout=log, stderr=subprocess.STDOUT)
    until = time.monotonic() + 10
    while "started" not in said.read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise LabError(f"dnsmasq does not start: {said.read_text()}")
        time.sleep(0.02)
