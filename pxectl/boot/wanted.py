"""Which of a site's options a client is sent, and in which order (RFC 2131 section 4.3.1).

It gets what it asked for in option 55, what it can not do without, and what rules and its own file
set for it in particular: section 4.3.1 wants those sent whether or not it asked. What a subnet says
is for those that ask; if it is about booting, for firmware too. Who sends no list gets everything.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pxectl.boot.siteoptions import encoded
from pxectl.boot.subnet import Subnet
from pxectl.wire.options import Option
from pxectl.wire.registry import SERVERS_OWN

_MASK, _ROUTER, _HOST_NAME = int(Option.SUBNET_MASK), int(Option.ROUTER), int(Option.HOST_NAME)
_TIMES = frozenset((Option.LEASE_TIME, Option.RENEWAL_TIME, Option.REBINDING_TIME))
_BOOT = (43, 60, 66, 67, 150, 175, 208, 209, 210, 211)
"""Firmware passes them on to its NBP and lists few of them: a Cisco phone's and GRUB's 150, iPXE's
175, PXELINUX' 208 to 211 (RFC 5071)."""
_ONLY_IF_ASKED = frozenset((108,))  # IPv6-only: who does not know it would lose IPv4 (RFC 8925)
_ESSENTIAL = (*_BOOT, _ROUTER, 121, 249, int(Option.DOMAIN_NAME_SERVER))
"""What goes last where there is no room for all, the most important first."""

_MOST = 4096  # then all is forgotten: clients may send as many lists as they like
_LONGEST = 255


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client is sent of a site's options."""

    options: Mapping[int, bytes]
    """Octets by code in the order of the wire. An empty option 12 stands where the name goes."""
    spare: tuple[int, ...]
    """What may be left out where there is no room, the most important first."""


_known: dict[tuple[int, int, bytes, bool], tuple[Subnet, Mapping[str, Any], Wanted]] = {}


def wanted(subnet: Subnet, own: Mapping[str, Any], request: Mapping[int, bytes]) -> Wanted:
    """What of the options of `subnet`, and of `own` over them, goes into a reply.

    Without lease times and without what only the server can know. The same answer is given for the
    same three as long as there is room to remember it.

    Args:
        subnet: where the client is.
        own: of rule and machine (`Decision.options`).
        request: the request's options.
    """
    asked = request.get(Option.PARAMETER_REQUEST_LIST, b"")
    netboots = Option.CLIENT_ARCH in request
    key = id(subnet), id(own), asked, netboots
    known = _known.get(key)
    if known is not None:
        return known[2]
    chosen = _choose(subnet, own, asked, netboots=netboots)
    if len(_known) >= _MOST:
        _known.clear()
    if len(asked) <= _LONGEST:
        _known[key] = subnet, own, chosen  # both are kept, so that nothing else gets their id
    return chosen


def _choose(subnet: Subnet, own: Mapping[str, Any], asked: bytes, *, netboots: bool) -> Wanted:
    near = encoded(own)
    there = {
        Option.SUBNET_MASK: subnet.network.netmask.packed,
        Option.BROADCAST_ADDRESS: subnet.network.broadcast_address.packed,
        _HOST_NAME: b"",
        **encoded(subnet.options),
        **near,
    }
    for code in _TIMES | SERVERS_OWN.keys():
        there.pop(code, None)
    codes = tuple(_order(there, near, asked, netboots=netboots))
    options = {int(code): there[code] for code in codes if code in there}
    return Wanted(options, tuple(_by_importance(options)))


def _order(
    there: Iterable[int], near: Iterable[int], asked: bytes, *, netboots: bool
) -> Iterator[int]:
    """Codes in the order of the wire, with repetitions."""
    yield _MASK  # before the router (RFC 2132 section 3.3); Pi 3 asks for neither (netboot.md 3.1)
    if _ROUTER not in asked:
        yield _ROUTER
    yield from asked
    yield from (code for code in (near if asked else there) if code not in _ONLY_IF_ASKED)
    if netboots:
        yield from _BOOT


def _by_importance(codes: Iterable[int]) -> Iterator[int]:
    """All but the mask. A client names first what it needs most (RFC 2132 section 9.8)."""
    rest = dict.fromkeys(codes)
    rest.pop(_MASK, None)
    for code in _ESSENTIAL:
        if code in rest:
            del rest[code]
            yield code
    yield from rest
