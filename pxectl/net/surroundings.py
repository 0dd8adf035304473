"""What this host and its network are like, for `pxectl doctor`: looked at, never changed."""

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pxectl.boot.kinds import KINDS
from pxectl.boot.probing.offer import Offer
from pxectl.errors import HostError
from pxectl.mac import MAC
from pxectl.net.frames import FrameSender
from pxectl.net.interfaces import Interface
from pxectl.net.probe.exchange import Exchange
from pxectl.net.probe.wire import Wire
from pxectl.net.sockets import dhcp_socket, http_socket, tftp_socket
from pxectl.wire.iana import BOOT_SERVER_PORT, DHCP_SERVER_PORT

_PATIENCE = 10.0


def refused_ports(
    interface: Interface, tftp: int | None, http: tuple[int, ...]
) -> Iterator[tuple[str, int, HostError | None]]:
    """Each port that `serve` would take, and why it can not.

    Args:
        interface: where.
        tftp: its port; None: it is off.
        http: ports of HTTP and HTTPS that are on.
    """
    for port in (DHCP_SERVER_PORT, BOOT_SERVER_PORT):
        yield "udp", port, _tried(lambda port=port: dhcp_socket(interface, port).close())
    if tftp is not None:
        yield "udp", tftp, _tried(lambda: tftp_socket(interface, tftp).close())
    for port in http:
        yield "tcp", port, _tried(lambda port=port: http_socket(interface, port).close())


def _tried(work: Any) -> HostError | None:  # noqa: ANN401 - a lambda with a bound port
    try:
        work()
    except HostError as error:
        return error
    return None


def packet_socket_refused(interface: Interface) -> str:
    """Why frames can not be sent to clients without an address; empty: they can."""
    try:
        FrameSender(interface).close()
    except OSError as error:
        return error.strerror or str(error)
    return ""


def privilege_hint() -> str:
    """The command that gives this program what it needs."""
    program = Path(sys.executable).resolve()
    return (
        f"run it with `sudo`, or once `sudo setcap cap_net_bind_service,cap_net_raw+ep {program}`"
    )


def carrier(interface: str) -> bool | None:
    """Whether there is a cable with somebody at its end; None: that can not be told."""
    try:
        return Path(f"/sys/class/net/{interface}/carrier").read_text().strip() == "1"
    except OSError:
        return None


def strict_reverse_path(interface: str) -> bool:
    """Whether packets are dropped whose answer would leave by another interface (rp_filter 1)."""
    values = []
    for name in ("all", interface):
        with contextlib.suppress(OSError, ValueError):
            path = Path(f"/proc/sys/net/ipv4/conf/{name}/rp_filter")
            values.append(int(path.read_text()))
    return max(values, default=0) == 1


async def heard_offers(interface: Interface, ours: frozenset[object]) -> list[Offer]:
    """OFFERs of other servers to clients that were made up, by PXE and by HTTP boot.

    Raises:
        HostError: the client's port can not be had.
    """
    heard: list[Offer] = []
    with Wire(interface) as wire:
        for number, kind in enumerate((KINDS["uefi-x64"], KINDS["uefi-http"])):
            mac = MAC(bytes((2, 0x50, 0x58, 0x45, 0, number)))
            heard += await Exchange(wire, kind, mac).discover()
    return [one for one in heard if one.server not in ours and one.source not in ours]


# ---- other programs


def nft_ruleset() -> Mapping[str, Any] | None:
    """What `nft -j list ruleset` says; None: there is no `nft`.

    Raises:
        HostError: it may not be read.
    """
    if shutil.which("nft") is None:
        return None
    done = _run("nft", "-j", "list", "ruleset")
    if done.returncode:
        raise HostError("the rules of the firewall can not be read", hint="run it with `sudo`")
    read: Mapping[str, Any] = json.loads(done.stdout)
    return read


def firewall_manager() -> str:
    """`firewalld` or `ufw`, whichever runs; empty: neither does."""
    if shutil.which("firewall-cmd") and _run("firewall-cmd", "--state").returncode == 0:
        return "firewalld"
    if shutil.which("ufw") and "Status: active" in _run("ufw", "status").stdout:
        return "ufw"
    return ""


def clock_synchronised() -> bool | None:
    """What systemd says; None: there is none to ask."""
    if shutil.which("timedatectl") is None:
        return None
    done = _run("timedatectl", "show", "--property=NTPSynchronized", "--value")
    return {"yes": True, "no": False}.get(done.stdout.strip())


def _run(*argv: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - fixed words, no shell
            argv, capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return subprocess.CompletedProcess(argv, 1, "", "")
