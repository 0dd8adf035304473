"""Who a neighbour is: the MAC that this host's kernel reaches an address at."""

import socket
import struct
import sys
from ipaddress import IPv4Address

from pxectl.mac import MAC

_SIOCGARP = 0x8954  # <linux/sockios.h>; arp(7)
_ARPREQ = struct.Struct("16s16si16s16s")
"""Protocol address, hardware address, flags, netmask, device."""
_COMPLETE = 0x02  # ATF_COM
_ETHERNET = 1


def neighbour(address: IPv4Address, interface: str) -> MAC | None:
    """The MAC of a host that has just spoken to us, or None.

    None also where it came through a router, and on systems other than Linux.

    Args:
        address: its source address.
        interface: name of the interface that it came in on.
    """
    if not sys.platform.startswith("linux"):
        return None
    import fcntl  # not on every platform

    protocol = struct.pack("=HH4s8x", socket.AF_INET, 0, address.packed)
    request = _ARPREQ.pack(protocol, b"", 0, b"", interface.encode()[:15])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            answer = fcntl.ioctl(sock, _SIOCGARP, request)
        except OSError:
            return None
    _, hardware, flags, _, _ = _ARPREQ.unpack(answer)
    family = int.from_bytes(hardware[:2], sys.byteorder)
    if family != _ETHERNET or not flags & _COMPLETE:
        return None
    mac = MAC(hardware[2:8])
    return mac if mac.is_usable else None
