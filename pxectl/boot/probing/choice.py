"""Which of the offers a client takes (netboot.md 2.2, 3; 2.3 for iPXE)."""

from collections.abc import Sequence
from dataclasses import dataclass

from pxectl.boot.kinds import Kind
from pxectl.boot.probing.offer import Class, Offer
from pxectl.errors import MalformedPacketError
from pxectl.wire.options import Option, parse_suboptions

_PRIORITY = 1
"""Sub-option of 175 by which iPXE prefers an offer."""
_IS_ADDRESS = frozenset(
    (Class.DHCP_PXE10, Class.DHCP_BINL, Class.DHCP_HTTP, Class.DHCP_ONLY)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """What it goes on with."""

    address: Offer | None
    """Who is to give it an address; None: nobody."""
    boot: Offer | None
    """Whose boot data it takes; None: nobody's."""
    asks_4011: bool = False
    """It asks the boot server of `boot` first, on port 4011."""
    why: str = ""
    """Why not, where `boot` is None."""
    hint: str = ""


def choose(kind: Kind, offers: Sequence[Offer]) -> Choice:
    """What a client of this kind makes of the offers that came in time.

    Args:
        kind: who asks.
        offers: in the order in which they came.
    """
    if not offers:
        return Choice(
            None, None, why="no DHCP server answers",
            hint="is one on this network? `pxectl serve --dhcp server` with a `[[subnet]]` is one",
        )  # fmt: skip
    if kind.vendor == "HTTPClient":
        return _http(offers)
    return _ipxe(offers) if kind.ipxe else _pxe(kind, offers)


def _first(offers: Sequence[Offer], *classes: Class) -> Offer | None:
    return next((one for one in offers if one.klass in classes), None)


def _pxe(kind: Kind, offers: Sequence[Offer]) -> Choice:
    """EDK2's order, which BIOS ROMs follow as far as PXE 2.1 goes."""
    plain = _first(offers, Class.DHCP_ONLY)
    if whole := _first(offers, Class.DHCP_PXE10):
        return Choice(whole, whole, asks_4011=not whole.boots_at_once and not kind.pi)
    proxy = _first(offers, Class.PROXY_PXE10)
    if plain and proxy:
        return Choice(plain, proxy, asks_4011=not proxy.boots_at_once and not kind.pi)
    if binl := _first(offers, Class.DHCP_BINL):
        return Choice(binl, binl, asks_4011=True)
    if plain and (proxy := _first(offers, Class.PROXY_BINL)):
        return Choice(plain, proxy, asks_4011=True)
    if plain and (
        named := next((o for o in offers if o.klass is plain.klass and o.bootfile), None)
    ):
        return Choice(named, named)
    if plain is None:
        return Choice(
            None, None, why="servers answer, and none of them gives an address",
            hint="a proxy needs a DHCP server beside it: is that one running?",
        )  # fmt: skip
    return Choice(
        plain, None, why="it is given an address and no boot data",
        hint="`pxectl serve` beside that server adds them; does a rule deny this client?",
    )  # fmt: skip


def _http(offers: Sequence[Offer]) -> Choice:
    """Only what says HTTPClient and names a URL counts, and it must be in the OFFER."""
    urls = [o for o in offers if o.klass in (Class.DHCP_HTTP, Class.PROXY_HTTP) and o.bootfile]
    whole = next((o for o in urls if o.klass is Class.DHCP_HTTP), None)
    if whole is not None:
        return Choice(whole, whole)
    plain = next((o for o in offers if o.klass in _IS_ADDRESS), None)
    if plain is None:
        return Choice(None, None, why="servers answer, and none of them gives an address")
    if urls:
        return Choice(plain, urls[0])
    return Choice(
        plain, None, why="nobody offers a URL with option 60 HTTPClient",
        hint="HTTP boot takes nothing else; `pxectl serve` offers one",
    )  # fmt: skip


def _ipxe(offers: Sequence[Offer]) -> Choice:
    """The address with the highest priority; boot data of its own, else those of a proxy."""
    addresses = [o for o in offers if o.klass in _IS_ADDRESS]
    if not addresses:
        return Choice(None, None, why="servers answer, and none of them gives an address")
    address = max(addresses, key=_priority)
    proxy = _first(offers, Class.PROXY_PXE10, Class.PROXY_BINL)
    if proxy is not None and proxy.bootfile:
        return Choice(address, proxy)
    if address.bootfile:
        return Choice(address, address)
    if proxy is not None:
        return Choice(address, proxy, asks_4011=True)
    return Choice(
        address, None, why="iPXE is given an address and no boot file",
        hint="give it the URL of a script: option 67 for who sends option 175 or user class iPXE",
    )  # fmt: skip


def _priority(offer: Offer) -> int:
    value = offer.packet.options.get(Option.IPXE, b"")
    try:
        told = parse_suboptions(value, "option 175").get(_PRIORITY, b"")
    except MalformedPacketError:
        return 0
    return int.from_bytes(told[:1], "big", signed=True)
