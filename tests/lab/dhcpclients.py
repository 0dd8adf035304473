"""DHCP clients that were not written here, each in a namespace of its own on a bridge of the lab.

A client configures its NIC as on a real machine, for renewing is unicast from the address that it
was given. Whatever else it would write lies in its folder: what it has in /etc, /var and /run is
laid over in a mount namespace of its own.
"""

import json
import subprocess
import time
from pathlib import Path
from typing import Any

from tests.lab.network import LabError, Network, end, run

NIC = "eth0"


class DhcpClient:
    """A machine with one NIC and a DHCP client, which runs from `start` to `release`."""

    program: str
    """Its executable."""
    cover = ""
    """Shell commands that lay its folder `$0` over the host's files."""

    def __init__(self, network: Network, folder: Path, mac: str, bridge: str = "br0"):
        self.network, self.mac = network, mac
        self.name = f"c{mac.replace(':', '')[6:]}"
        self.folder = folder / self.name
        self.folder.mkdir(mode=0o755)
        namespace = network.namespace(self.name)
        run("ip", "netns", "add", namespace)
        peer = ("peer", "name", self.name, "netns", network.namespace("sw"))
        run("ip", "-n", namespace, "link", "add", NIC, "address", mac, "type", "veth", *peer)
        run("ip", "-n", network.namespace("sw"), "link", "set", self.name, "master", bridge, "up")
        run("ip", "-n", namespace, "link", "set", "lo", "up")
        run("ip", "-n", namespace, "link", "set", NIC, "up")
        # As in the lab's other namespaces: half checksums are dropped by some clients.
        offloads = ["tx", "off", "gso", "off", "tso", "off", "gro", "off"]
        run("ip", "netns", "exec", namespace, "ethtool", "-K", NIC, *offloads)
        self.prepare()

    def prepare(self) -> None:
        """Write its configuration."""

    def argv(self) -> list[str | Path]:
        """Its command line, to run in the foreground."""
        raise NotImplementedError

    def start(self) -> None:
        """Let it ask for an address."""
        with (self.folder / "log").open("a") as log:
            how = {"stdout": log, "stderr": subprocess.STDOUT}
            self._process = self.network.start(self.name, *self._covered(*self.argv()), **how)

    def release(self) -> None:
        """Let it give its address back and end."""
        if self._process.poll() is not None:
            raise LabError(f"{self.program} has ended by itself: {self.story()}")
        self.let_go()
        end(self._process)

    def let_go(self) -> None:
        """What makes it release, if SIGTERM does not."""

    def close(self) -> None:
        """End it, and remove its namespace."""
        if hasattr(self, "_process"):
            end(self._process)
        run("ip", "netns", "del", self.network.namespace(self.name))

    @property
    def address(self) -> str:
        """The IPv4 address of its NIC; empty if it has none."""
        said = run("ip", "-n", self.network.namespace(self.name), "-j", "addr", "show", NIC)
        shown: list[dict[str, Any]] = json.loads(said)
        found = [a["local"] for a in shown[0]["addr_info"] if a["family"] == "inet"]
        return found[0] if found else ""

    def wait_for_address(self, seconds: float = 20) -> str:
        """The address that it gets.

        Raises:
            LabError: it got none in time.
        """
        until = time.monotonic() + seconds
        while not (address := self.address):
            if time.monotonic() > until or self._process.poll() is not None:
                raise LabError(f"{self.program} got no address: {self.story()}")
            time.sleep(0.1)
        return address

    def story(self) -> str:
        """What it said."""
        return (self.folder / "log").read_text()[-3000:]

    def _covered(self, *argv: str | Path) -> list[str | Path]:
        script = f'set -e; {self.cover} exec "$@"'
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script,
                self.folder, *argv]  # fmt: skip

    def _script(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}")
        path.chmod(0o755)
        return path


class Udhcpc(DhcpClient):
    """busybox: the client of installers and of what boots from an initrd."""

    program = "busybox"

    def argv(self) -> list[str | Path]:
        """-R: release at the end."""
        configure = """case $1 in
deconfig) ip addr flush dev $interface ;;
bound | renew)
    ip addr replace $ip/$mask dev $interface
    for gateway in $router; do ip route replace default via $gateway; done ;;
esac
"""
        script = self._script("udhcpc.sh", configure)
        return ["busybox", "udhcpc", "-i", NIC, "-f", "-R", "-t", "8", "-T", "1", "-s", script]


class Dhclient(DhcpClient):
    """ISC's, long the default of Debian, Ubuntu and RHEL."""

    program = "dhclient"

    def prepare(self) -> None:
        """It has no option for any of this, and wants its lease file to exist."""
        self._files: tuple[str | Path, ...] = (
            "-cf", self.folder / "dhclient.conf", "-lf", self.folder / "leases",
            "-pf", self.folder / "pid", "-sf", self._script("dhclient-script", """case $reason in
PREINIT) ip link set $interface up ;;
BOUND | RENEW | REBIND | REBOOT)
    ip addr replace $new_ip_address/$new_subnet_mask dev $interface
    for gateway in $new_routers; do ip route replace default via $gateway; done ;;
EXPIRE | FAIL | RELEASE | STOP) ip addr flush dev $interface ;;
esac
"""))  # fmt: skip
        (self.folder / "dhclient.conf").write_text("initial-interval 1;\nselect-timeout 0;\n")
        (self.folder / "leases").touch()

    def argv(self) -> list[str | Path]:
        """-d: in the foreground."""
        return ["dhclient", "-4", "-d", *self._files, NIC]

    def let_go(self) -> None:
        """SIGTERM only ends it; a second one releases for it and ends the first."""
        self.network.run(self.name, *self._covered("dhclient", "-4", "-r", *self._files, NIC))


class Dhcpcd(DhcpClient):
    """Roy Marples' client: the default of several distributions, and of Raspberry Pi OS."""

    program = "dhcpcd"
    cover = """mkdir -p "$0/run" "$0/var"; mount --bind "$0/run" /run; mkdir -p /run/dhcpcd
mkdir -p /var/lib/dhcpcd; mount --bind "$0/var" /var/lib/dhcpcd;"""

    def argv(self) -> list[str | Path]:
        """-B: in the foreground. `noarp`: its own probe of an address takes 5 s."""
        config = self.folder / "dhcpcd.conf"
        config.write_text(
            "release\nnoarp\nipv4only\nnoipv4ll\nclientid\nscript /bin/true\n"
            "option subnet_mask, routers\n"
        )
        return ["dhcpcd", "-B", "-4", "-f", config, NIC]


class Networkd(DhcpClient):
    """systemd-networkd, without systemd: neither bus nor udev is there."""

    program = "/lib/systemd/systemd-networkd"
    # A read-only /sys is how it knows that no udev will tell it of its NIC.
    cover = """mount -t tmpfs none /run; mkdir -p /run/systemd/netif; chmod 777 /run/systemd/netif
mkdir -p /etc/systemd/network; mount --bind "$0/network" /etc/systemd/network
mount -o remount,bind,ro /sys;"""

    def argv(self) -> list[str | Path]:
        """It takes no options; it releases when it ends."""
        folder = self.folder / "network"
        folder.mkdir(exist_ok=True)
        (folder / "10.network").write_text(
            f"[Match]\nName={NIC}\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n"
            "IPv6AcceptRA=no\n[DHCPv4]\nUseHostname=no\nUseDNS=no\n"
        )
        return [self.program]


CLIENTS: dict[str, type[DhcpClient]] = {
    "udhcpc": Udhcpc,
    "dhclient": Dhclient,
    "dhcpcd": Dhcpcd,
    "networkd": Networkd,
}
