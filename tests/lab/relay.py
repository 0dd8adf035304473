"""Relay agents that were not written here: a network of the lab behind each of them.

    srv eth0 --- br0 --- eth0 relayN eth1 --- behindN --- clients

A relay is their router, too: what a client sends straight to the server is forwarded, and `srv`
knows the way back.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.lab.network import LabError, Network, address, run


@dataclass(frozen=True)
class Behind:
    """The network behind a relay, which has the first address in it."""

    number: int

    @property
    def bridge(self) -> str:
        return f"behind{self.number}"

    @property
    def network(self) -> str:
        return f"10.78.{self.number}"

    @property
    def giaddr(self) -> str:
        """The relay's address there."""
        return f"{self.network}.1"

    @property
    def near(self) -> str:
        """The relay's address beside the server."""
        return f"10.77.0.{10 + self.number}"


def dhcrelay(behind: Behind, server: str) -> list[str]:
    """ISC's, which adds option 82: the name of its interface."""
    return ["dhcrelay", "-4", "-d", "--no-pid", "-a", "-id", "eth1", "-iu", "eth0", server]


def dnsmasq(behind: Behind, server: str) -> list[str]:
    """dnsmasq as nothing but a relay."""
    return [
        "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--user=root",
        "--pid-file=", f"--dhcp-relay={behind.giaddr},{server}", "--log-dhcp",
    ]  # fmt: skip


RELAYS: dict[str, Callable[[Behind, str], list[str]]] = {"dhcrelay": dhcrelay, "dnsmasq": dnsmasq}


class Relay:
    """One relay, running until `close`."""

    def __init__(self, network: Network, folder: Path, program: str, number: int):
        self.behind = Behind(number)
        self._network = network
        self._name = f"relay{number}"
        self._namespace, switch = network.namespace(self._name), network.namespace("sw")
        run("ip", "netns", "add", self._namespace)
        run("ip", "-n", switch, "link", "add", self.behind.bridge, "type", "bridge")
        run("ip", "-n", switch, "link", "set", self.behind.bridge, "up")
        run("ip", "-n", self._namespace, "link", "set", "lo", "up")
        self._plug("eth0", f"{self._name}n", "br0", self.behind.near)
        self._plug("eth1", f"{self._name}f", self.behind.bridge, self.behind.giaddr)
        settings = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.disable_ipv6=1")
        run("ip", "netns", "exec", self._namespace, "sysctl", "-qw", *settings)
        route = ("route", "add", f"{self.behind.network}.0/24", "via", self.behind.near)
        run("ip", "-n", network.namespace("srv"), *route)
        self._start(folder, RELAYS[program](self.behind, address("srv")))

    def _plug(self, nic: str, port: str, bridge: str, own: str) -> None:
        switch = self._network.namespace("sw")
        peer = ("type", "veth", "peer", "name", port, "netns", switch)
        run("ip", "-n", self._namespace, "link", "add", nic, *peer)
        run("ip", "-n", switch, "link", "set", port, "master", bridge, "up")
        run("ip", "-n", self._namespace, "addr", "add", f"{own}/24", "dev", nic)
        run("ip", "-n", self._namespace, "link", "set", nic, "up")
        # Half checksums of a veth look broken to a program that reads raw packets.
        offloads = ["tx", "off", "gso", "off", "tso", "off", "gro", "off"]
        run("ip", "netns", "exec", self._namespace, "ethtool", "-K", nic, *offloads)

    def _start(self, folder: Path, argv: list[str]) -> None:
        said = folder / f"{self._name}.log"
        with said.open("w") as log:
            process = self._network.start(self._name, *argv, stdout=log, stderr=log)
        until = time.monotonic() + 10
        while not any(word in said.read_text() for word in ("Sending on", "DHCP relay from")):
            if process.poll() is not None or time.monotonic() > until:
                raise LabError(f"{argv[0]} does not start: {said.read_text()}")
            time.sleep(0.02)

    def close(self) -> None:
        """Remove its namespace and its bridge; it ends with the network at the latest."""
        run("ip", "netns", "del", self._namespace)
        switch = self._network.namespace("sw")
        run("ip", "-n", switch, "link", "del", self.behind.bridge)
