"""Clients that were not written here, run in the lab, and single DHCP messages sent by hand."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.lab.network import LabError, Network

SEND = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, sys.argv[2].encode())
s.bind(("", 68))
s.settimeout(float(sys.argv[1]))
s.sendto(sys.stdin.buffer.read(), ("255.255.255.255", 67))
try:
    while True:
        data, (peer, port) = s.recvfrom(4096)
        print(peer, data.hex())
except TimeoutError:
    pass
"""


def discover(mac: str, *, arch: int = 7, vendor_class: str = "") -> bytes:
    """A DISCOVER as EDK2 sends it, to be answered by broadcast."""
    from scapy.layers.dhcp import BOOTP, DHCP

    vendor_class = vendor_class or f"PXEClient:Arch:{arch:05}:UNDI:003000"
    options = [
        ("message-type", "discover"),
        ("param_req_list", [1, 3, 6, 43, 54, 60, 66, 67, 97]),
        (97, bytes(17)),
        (94, b"\1\3\0"),
        (93, arch.to_bytes(2, "big")),
        ("vendor_class_id", vendor_class.encode()),
        "end",
    ]
    chaddr = bytes.fromhex(mac.replace(":", "")) + bytes(10)
    xid = int.from_bytes(os.urandom(4), "big")
    return bytes(BOOTP(chaddr=chaddr, xid=xid, flags=0x8000) / DHCP(options=options))


def offered(
    network: Network, server: str, message: bytes, wait: float = 1, nic: str = "eth0"
) -> Any:
    """What `server` answers to a DISCOVER of `cli`, as scapy's BOOTP; None for no answer."""
    from scapy.layers.dhcp import BOOTP

    argv = network.argv("cli", sys.executable, "-c", SEND, str(wait), nic)
    said = subprocess.run(argv, input=message, capture_output=True, check=True).stdout.decode()
    for line in said.splitlines():
        peer, data = line.split()
        reply = BOOTP(bytes.fromhex(data))
        if peer == server and bytes(reply)[4:8] == message[4:8]:
            return reply
    return None


def udhcpc(network: Network, folder: Path, *argv: str) -> dict[str, str]:
    """What busybox's DHCP client is leased in `cli`; empty if nothing. No address is configured."""
    script = folder / "udhcpc.sh"
    script.write_text('#!/bin/sh\n[ "$1" = bound ] && env\nexit 0\n')
    script.chmod(0o755)
    options = ("-i", "eth0", "-f", "-q", "-n", "-t", "4", "-T", "1", "-s", script)
    done = network.run("cli", "busybox", "udhcpc", *options, *argv)
    lines = [line.partition("=") for line in done.stdout.splitlines() if "=" in line]
    return {name: value for name, _, value in lines}


def dhclient(network: Network, folder: Path) -> str:
    """What ISC's DHCP client is leased in `cli`: its lease file. No address is configured."""
    leases = folder / "dhclient.leases"
    leases.touch()
    config = folder / "dhclient.conf"
    config.write_text("timeout 15;\ninitial-interval 1;\nselect-timeout 0;\n")
    files = ("-cf", config, "-lf", leases, "-sf", "/bin/true")
    with (folder / "dhclient.log").open("w+") as log:
        process = network.start(
            "cli", "dhclient", "-4", "-1", "-d", "--no-pid", *files, "eth0", stdout=log, stderr=log
        )
        until = time.monotonic() + 20
        while "lease {" not in leases.read_text():
            if process.poll() is not None or time.monotonic() > until:
                log.seek(0)
                raise LabError(f"dhclient got no lease: {log.read()}")
            time.sleep(0.05)
    process.terminate()
    process.wait()
    return leases.read_text()
