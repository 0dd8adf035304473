"""What keeps machines from booting, judged from what was found on a host and its network."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from pxectl.boot.findings import Finding
from pxectl.boot.findings import Level as Found
from pxectl.boot.probing.offer import Class, Offer

LEAST_DISK = 200_000_000
"""Octets: leases and logs need little, an image that is half there is of no use."""
FULL_MTU = 1500
_OLDEST = 1_700_000_000.0
"""Seconds since 1970: a host that believes it is earlier has no clock."""


class Level(Enum):
    """How much it matters."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"
    UNKNOWN = "unknown"
    """It was not looked at."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line."""

    name: str
    """What was looked at: `ports`, `firewall`, …"""
    level: Level
    text: str
    hint: str = ""
    """The mend, where there is one."""


def offers(heard: Iterable[Offer], leases: bool) -> Iterator[Check]:
    """Other servers that answer here, each once.

    Args:
        heard: their OFFERs to a client that netboots.
        leases: pxectl is to be the DHCP server.
    """
    told: set[tuple[object, Class]] = set()
    for offer in heard:
        if (offer.server, offer.klass) in told:
            continue
        told.add((offer.server, offer.klass))
        yield _offer(offer, leases)
    if not told:
        yield Check("servers", Level.OK, "no other DHCP or proxyDHCP server answers")


def _offer(offer: Offer, leases: bool) -> Check:
    who = f"{offer.server}"
    match offer.klass:
        case Class.DHCP_BINL:
            return Check(
                "servers", Level.BAD,
                f"{who} says option 60 PXEClient without option 43: that beats every proxy",
                "take option 60 out of that server (dnsmasq: `dhcp-option=60`; ISC: "
                "`vendor-class-identifier`)",
            )  # fmt: skip
        case Class.PROXY_PXE10 | Class.PROXY_BINL | Class.PROXY_HTTP:
            return Check(
                "servers", Level.BAD, f"{who} is a proxyDHCP server, too",
                "firmware takes the boot data of either: turn one of them off",
            )  # fmt: skip
        case _ if leases:
            return Check(
                "servers", Level.BAD, f"{who} leases addresses here",
                '`dhcp = "proxy"` boots machines beside it; or stop that one',
            )  # fmt: skip
        case Class.DHCP_PXE10 | Class.DHCP_HTTP:
            return Check(
                "servers", Level.BAD, f"{who} leases addresses and boots machines itself",
                "its boot data come before a proxy's: take them out of that server",
            )  # fmt: skip
        case _ if offer.bootfile:
            return Check(
                "servers", Level.NOTE, f"{who} leases addresses and names a boot file",
                "some firmware takes that one: take boot file and next-server (66, 67) out",
            )  # fmt: skip
        case _:
            return Check("servers", Level.OK, f"{who} leases addresses: pxectl can boot beside it")


def mtu(interface: str, size: int) -> Check:
    """Whether whole Ethernet packets go through."""
    if size >= FULL_MTU:
        return Check("mtu", Level.OK, f"{interface}: {size}")
    return Check(
        "mtu", Level.BAD, f"{interface}: {size}, where machines send up to {FULL_MTU} octets",
        f"`ip link set {interface} mtu {FULL_MTU}`, on all of the path",
    )  # fmt: skip


def disk(folder: str, free: int, mirror: int) -> Check:
    """Whether what is to be kept has room.

    Args:
        folder: where.
        free: octets there.
        mirror: octets that the mirror may take.
    """
    text = f"{folder}: {free / 1e9:.1f} GB free"
    if free < LEAST_DISK:
        return Check("disk", Level.BAD, text, "leases and downloads need room: free some")
    if free < mirror:
        mend = f"`size` in [mirror], now {mirror / 1e9:.0f} GB, should be less"
        return Check("disk", Level.NOTE, f"{text}, less than the mirror may take", mend)
    return Check("disk", Level.OK, text)


def clock(now: float, synchronised: bool | None) -> Check:
    """Whether the host knows what time it is: tokens, certificates and rules go by it.

    Args:
        now: seconds since 1970, as the host has it.
        synchronised: None: nobody can say.
    """
    if now < _OLDEST:
        return Check(
            "clock", Level.BAD, "it is not set", "`timedatectl set-ntp true`, or `date -s`"
        )
    if synchronised is False:
        mend = "`timedatectl set-ntp true` if machines or rules depend on it"
        return Check("clock", Level.NOTE, "it is not synchronised", mend)
    return Check("clock", Level.OK, "it is set" if synchronised is None else "it is synchronised")


def site(found: Iterable[Finding]) -> Check:
    """What `rules check` says, in a line."""
    levels = [one.level for one in found]
    problems = levels.count(Found.PROBLEM)
    if problems:
        plural = "s" * (problems > 1)
        return Check(
            "site", Level.BAD, f"`rules check` finds {problems} problem{plural}",
            "`pxectl rules check` lists them",
        )  # fmt: skip
    notes = len(levels)
    noted = f"`rules check` has {notes} note{'s' * (notes > 1)}"
    text = noted if notes else "`rules check` finds nothing wrong"
    return Check("site", Level.OK, text)


def ipxe(missing: tuple[str, ...], have: tuple[str, ...]) -> Check:
    """iPXE binaries for common architectures."""
    if not have:
        return Check(
            "ipxe", Level.BAD, "no iPXE binary is found",
            "`apt install ipxe`, or put one into files/ipxe/; `pxectl ipxe` shows what is found",
        )  # fmt: skip
    found = f"for {' '.join(have)}"
    if missing:
        mend = "such machines can not boot: `pxectl ipxe` shows what is found"
        return Check("ipxe", Level.NOTE, f"{found}, none for {' '.join(missing)}", mend)
    return Check("ipxe", Level.OK, found)
