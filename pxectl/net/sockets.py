"""UDP sockets as a netboot server needs them, and what to say when one can not be had."""

import errno
import socket
import sys
from ipaddress import IPv4Address

from pxectl.errors import HostError
from pxectl.net.interfaces import Interface

RECEIVE_BUFFER = 4 << 20
"""Octets; a boot storm arrives faster than anyone reads (performance.md 2). The kernel clamps."""

_WITHOUT_HTTP = "`--no-http` serves without it"
_IP_BOUND_IF = 25  # macOS's <netinet/in.h>


def dhcp_socket(interface: Interface, port: int) -> socket.socket:
    """A socket on `port` that hears and reaches one interface only, broadcasts included.

    Bound to the device, so that DHCP servers of other interfaces (libvirt's dnsmasq, say) can keep
    theirs and each interface is answered from its own address.

    Raises:
        HostError: the port is taken or needs a privilege.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if sys.platform.startswith("linux"):
            device = interface.name.encode() + b"\0"
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
        elif sys.platform == "darwin":
            sock.setsockopt(socket.IPPROTO_IP, _IP_BOUND_IF, interface.index)
        _refuse_shared(interface, port)
        sock.bind(("", port))
    except OSError as error:
        sock.close()
        raise refused(error, "udp", port, interface) from None
    except BaseException:
        sock.close()
        raise
    return sock


def _refuse_shared(interface: Interface, port: int) -> None:
    """Bind once without SO_REUSEADDR: with it, two servers on one port would both seem to work."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        if sys.platform.startswith("linux"):
            device = interface.name.encode() + b"\0"
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device)
        probe.bind(("", port))
    finally:
        probe.close()


def tftp_socket(interface: Interface, port: int) -> socket.socket:
    """A socket on the interface's address, so that each is answered from its own.

    Raises:
        HostError: the port is taken or needs a privilege.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.bind((str(interface.address), port))
    except OSError as error:
        sock.close()
        raise refused(error, "udp", port, interface) from None
    return sock


def https_socket(interface: Interface, port: int) -> socket.socket:
    """The same as `http_socket`, for HTTPS.

    Raises:
        HostError: the port is taken or needs a privilege.
    """
    return http_socket(interface, port, without='`https = "off"` in [serve] serves without it')


def http_socket(interface: Interface, port: int, *, without: str = _WITHOUT_HTTP) -> socket.socket:
    """A listening socket on the interface's address.

    Args:
        interface: where.
        port: which.
        without: what to do if it is taken, for the hint.

    Raises:
        HostError: the port is taken or needs a privilege.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((str(interface.address), port))
        sock.listen(1024)
    except OSError as error:
        sock.close()
        raise refused(error, "tcp", port, interface, without) from None
    return sock


_SWITCHES = {
    67: "`--dhcp off` serves without it",
    4011: "`--dhcp off` serves without it",
    69: "`--no-tftp` serves without it",
}


def refused(
    error: OSError,
    kind: str,
    port: int,
    interface: Interface,
    without: str = _WITHOUT_HTTP,
) -> HostError:
    """What to tell about a port that could not be bound: who holds it, what to do."""
    where = f"{kind.upper()} port {port} on {interface}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return HostError(
            f"{where} needs a privilege",
            hint="run it with `sudo`, or once `sudo setcap "
            f"cap_net_bind_service,cap_net_raw+ep {sys.executable}`",
        )
    if error.errno == errno.EADDRINUSE:
        holder = _holder(kind, port, interface.address)
        switch = _SWITCHES.get(port, without)
        return HostError(f"{where} is taken by {holder}", hint=f"stop that, or {switch}")
    return HostError(f"{where}: {error.strerror}")


def _holder(kind: str, port: int, address: IPv4Address) -> str:
    import psutil

    ours = {"0.0.0.0", "::", str(address)}
    try:
        for connection in psutil.net_connections(kind=kind):
            at = connection.laddr
            if at and at.port == port and at.ip in ours and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass
    return "another program"
