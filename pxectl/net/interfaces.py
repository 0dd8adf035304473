"""The network interfaces of this host."""

import socket
import sys
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from pxectl.errors import HostError
from pxectl.mac import MAC


@dataclass(frozen=True, slots=True)
class Interface:
    """One that can be served on: up, with an IPv4 address."""

    name: str
    index: int
    mac: MAC | None
    """None for what has no Ethernet address, such as loopback."""
    address: IPv4Address
    network: IPv4Network
    physical: bool
    """False for loopback, bridges of containers, tunnels and the like."""

    def __str__(self) -> str:
        return f"{self.name} {self.address}/{self.network.prefixlen}"


def choose(names: tuple[str, ...]) -> tuple[Interface, ...]:
    """The interfaces to serve on.

    Args:
        names: as the user gave them; empty: every physical one that is up and has an address, and
            where there is none (a container, a virtual machine's network namespace) every one but
            loopback.

    Raises:
        HostError: a named one is missing, down or has no address, or there is none at all.
    """
    found = _list()
    if not names:
        real = tuple(i for i in found if i.physical)
        usable = real or tuple(i for i in found if not i.address.is_loopback)
        if not usable:
            raise HostError(
                "no interface of this host is up and has an IPv4 address",
                hint="give one an address, such as `ip addr add 10.77.0.1/24 dev eth0`",
            )
        return usable
    by_name = {i.name: i for i in found}
    for name in names:
        if name not in by_name:
            raise HostError(_why_not(name), hint=f"there are {', '.join(by_name) or 'none'}")
    return tuple(by_name[name] for name in dict.fromkeys(names))


def _why_not(name: str) -> str:
    if name not in {known for _, known in socket.if_nameindex()}:
        return f"there is no interface `{name}`"
    return f"interface `{name}` is down or has no IPv4 address"


def _list() -> tuple[Interface, ...]:
    import psutil  # 20 ms

    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    indices = {name: index for index, name in socket.if_nameindex()}
    interfaces = []
    for name, addresses in psutil.net_if_addrs().items():
        inet = next((a for a in addresses if a.family == socket.AF_INET), None)
        if name not in up or inet is None or inet.netmask is None:
            continue
        link = next((a.address for a in addresses if a.family == psutil.AF_LINK), "")
        interfaces.append(
            Interface(
                name=name,
                index=indices[name],
                mac=_mac(link),
                address=IPv4Address(inet.address),
                network=IPv4Network(f"{inet.address}/{inet.netmask}", strict=False),
                physical=_is_physical(name),
            )
        )
    return tuple(sorted(interfaces, key=lambda i: i.index))


def _mac(link: str) -> MAC | None:
    try:
        mac = MAC.parse(link)
    except ValueError:
        return None
    return mac if any(mac) else None


def _is_physical(name: str) -> bool:
    """A device of its own, or a bridge, bond or VLAN above one. Not on Linux: a guess."""
    if not sys.platform.startswith("linux"):
        return not name.startswith(("lo", "utun", "awdl", "llw", "bridge", "gif", "stf", "docker"))
    folder = Path("/sys/class/net") / name
    if (folder / "device").exists():
        return True
    return any((lower / "device").exists() for lower in folder.glob("lower_*"))
