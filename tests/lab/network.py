"""The lab's network, made of namespaces that leave the machine's own network alone.

    srv    eth0 10.77.0.1/24  eth1 10.77.1.1/24 --+
    dhcpd  eth0 10.77.0.2/24  eth1 10.77.1.2/24 --+-- sw: bridges br0 and br1 --+-- a TAP a machine
    cli    eth0 10.77.0.3/24  eth1 10.77.1.3/24 --+

`srv` is where pxectl serves, `dhcpd` where the DHCP server is that was there before, `cli` where
ordinary clients run. A lab has one segment (eth0, br0) or more.
"""

import os
import re
import subprocess
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

HOSTS = {"srv": 1, "dhcpd": 2, "cli": 3}
NETNS = Path("/run/netns")
LABS = count()


class LabError(Exception):
    """The lab itself does not work."""


def run(*argv: str) -> str:
    """Run a command that must succeed; what it printed."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise LabError(f"{' '.join(argv)}: exit {done.returncode}: {done.stdout.strip()}")
    return done.stdout


def address(host: str, segment: int = 0) -> str:
    """The address of `srv`, `dhcpd` or `cli`."""
    return f"10.77.{segment}.{HOSTS[host]}"


class Network:
    """Namespaces, bridges and veths of one lab; everything is gone after `close`.

    Its names hold this process's id, so labs of several processes do not meet.
    """

    def __init__(self, segments: int = 1):
        remove_stale()
        self.prefix = f"pxlab{os.getpid()}-{next(LABS)}"
        self.segments = segments
        self.processes: list[subprocess.Popen[Any]] = []
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def _build(self) -> None:
        for host in ("sw", *HOSTS):
            run("ip", "netns", "add", self.namespace(host))
            for scope in ("all", "default"):
                setting = f"net.ipv6.conf.{scope}.disable_ipv6=1"
                run("ip", "netns", "exec", self.namespace(host), "sysctl", "-qw", setting)
            run("ip", "-n", self.namespace(host), "link", "set", "lo", "up")
        for segment in range(self.segments):
            self._link("sw", "add", f"br{segment}", "type", "bridge", "stp_state", "0")
            self._link("sw", "set", f"br{segment}", "type", "bridge", "mcast_snooping", "0")
            self._link("sw", "set", f"br{segment}", "up")
            for host in HOSTS:
                self._plug(host, segment)

    def _plug(self, host: str, segment: int) -> None:
        namespace, port, nic = self.namespace(host), f"{host}{segment}", f"eth{segment}"
        # Both ends are born inside their namespaces: the machine's own never sees their names.
        veth = ("add", nic, "type", "veth", "peer", "name", port, "netns", self.namespace("sw"))
        self._link(host, *veth)
        run("ip", "-n", namespace, "addr", "add", f"{address(host, segment)}/24", "dev", nic)
        self._link("sw", "set", port, "master", f"br{segment}", "up")
        self._link(host, "set", nic, "up")
        # Without this, captures hold half checksums and giant segments (lab.md pitfalls 12).
        offloads = ["tx", "off", "gso", "off", "tso", "off", "gro", "off"]
        run("ip", "netns", "exec", namespace, "ethtool", "-K", nic, *offloads)

    def _link(self, host: str, *words: str) -> None:
        run("ip", "-n", self.namespace(host), "link", *words)

    def namespace(self, host: str) -> str:
        """The full name of a namespace: `srv`, `dhcpd`, `cli` or `sw`."""
        return f"{self.prefix}-{host}"

    def mac(self, host: str, segment: int = 0) -> str:
        """The MAC of a host's NIC."""
        nic = ("cat", f"/sys/class/net/eth{segment}/address")
        return self.run(host, *nic).stdout.strip()

    def tap(self, name: str, segment: int = 0) -> None:
        """Make a TAP on a segment's bridge, for a machine."""
        run("ip", "-n", self.namespace("sw"), "tuntap", "add", "dev", name, "mode", "tap")
        self._link("sw", "set", name, "master", f"br{segment}", "up")

    def untap(self, name: str) -> None:
        """Remove a machine's TAP: it may be powered on again."""
        self._link("sw", "del", name)

    def argv(self, host: str, *argv: str | Path) -> list[str]:
        """The command line that runs a command in a namespace and dies with this process."""
        into = ("ip", "netns", "exec", self.namespace(host))
        return ["setpriv", "--pdeathsig", "KILL", *into, *map(str, argv)]

    def start(self, host: str, *argv: str | Path, **how: Any) -> subprocess.Popen[Any]:
        """Start a command in a namespace; it is ended at the latest by `close`.

        To be called in the main thread: the command dies with the thread that started it.
        """
        how = {"stdin": subprocess.DEVNULL, "start_new_session": True} | how
        process = subprocess.Popen(self.argv(host, *argv), **how)
        self.processes.append(process)
        return process

    def run(
        self, host: str, *argv: str | Path, timeout: float = 30
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in a namespace to its end; its exit code is the caller's business."""
        command = self.argv(host, *argv)
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout)

    def close(self) -> None:
        """End what was started and remove the namespaces."""
        for process in reversed(self.processes):
            end(process)
        self.processes.clear()
        for host in ("sw", *HOSTS):
            if (NETNS / self.namespace(host)).exists():
                run("ip", "netns", "del", self.namespace(host))


def end(process: subprocess.Popen[Any], grace: float = 5) -> int:
    """End a process that was started, with SIGKILL after `grace` seconds; its exit code."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    if process.poll() is None:
        process.kill()
    return process.wait()


def remove_stale() -> None:
    """Remove namespaces of labs whose process is gone; its children died with it."""
    for path in NETNS.glob("pxlab*"):
        owner = re.match(r"pxlab(\d+)-", path.name)
        if owner and not Path("/proc", owner[1]).exists():
            # Another process may be at the same work.
            subprocess.run(["ip", "netns", "del", path.name], capture_output=True)
