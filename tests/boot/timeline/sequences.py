"""Events of `serve` in a row, as machines make them."""

from dataclasses import replace
from ipaddress import IPv4Address

from pxectl.boot.arrival import Protocol
from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.events import Looped, Replied, Requested, Transferred, Unanswered
from pxectl.boot.overheard import Offering, Overheard
from pxectl.boot.timeline.timelines import Timelines
from pxectl.boot.urls import BOOTED
from pxectl.wire.iana import Arch, MessageType
from tests.builders import ADDRESS, FOREIGN, MAC1, NOW, site

PEER = IPv4Address("10.77.0.130")
UEFI = Client(MAC1, Arch.X64_UEFI, Firmware.UEFI)
IPXE = Client(MAC1, Arch.X64_UEFI, Firmware.IPXE)
SITE = site()
TOKEN = "52-54-00-77-00-01.cctvlrpfdgbn4rki"
NBP, SCRIPT = f"{TOKEN}/ipxe.efi", f"http://10.77.0.1:8080/{TOKEN}/boot.ipxe"
KERNEL, INITRD = f"{TOKEN}/files/debian/linux", f"{TOKEN}/files/debian/initrd.gz"
DISCOVER, OFFER, REQUEST, ACK = (MessageType(number) for number in (1, 2, 3, 5))


def replied(asks=DISCOVER, gives=OFFER, client=UEFI, at=SITE, role="dhcp", bootfile=NBP, **changes):
    decision = decide(client, at.inventory.of(client), at.rules, NOW)
    given = ADDRESS if role == "dhcp" else None
    values = {"address": given, "bootfile": bootfile, "sent": True} | changes
    return Replied(client, asks, gives, role, decision, **values)


def asked_dhcp(client=UEFI, bootfile=NBP, **changes):
    """DISCOVER, OFFER, REQUEST, ACK of the DHCP server that pxectl is."""
    return (
        replied(client=client, bootfile=bootfile, **changes),
        replied(REQUEST, ACK, client=client, bootfile=bootfile, **changes),
    )


def proxied(client=UEFI, bootfile=NBP, **changes):
    """DISCOVER, our OFFER beside another server, and the REQUEST to that one."""
    return (
        replied(client=client, role="proxy", bootfile=bootfile, **changes),
        quiet(client=client),
    )


def quiet(client=UEFI, request=REQUEST, **changes):
    decision = decide(client, SITE.inventory.of(client), SITE.rules, NOW)
    return Unanswered(client, request, "the DHCP server's to answer", "", decision, True, **changes)


def silence(client=UEFI, at=SITE, reason="", request=DISCOVER, **changes):
    decision = decide(client, at.inventory.of(client), at.rules, NOW)
    return Unanswered(client, request, reason or decision.reason, "", decision, **changes)


def overheard(offering=Offering.ADDRESS, reply=OFFER, bootfile=""):
    return Overheard(MAC1, FOREIGN, reply, ADDRESS, offering, bootfile)


def requested(what, path, client=IPXE, status=200, protocol=Protocol.HTTP, **changes):
    return Requested(protocol, PEER, path, client, status, what, **changes)


def transferred(path, outcome="done", sent=None, size=2_000_000, protocol=Protocol.HTTP, **changes):
    got = sent if sent is not None else size if outcome == "done" else 0
    return Transferred(protocol, PEER, path, MAC1, size, got, 0.5, outcome, **changes)


def nbp(outcome="done", path=NBP, **changes):
    """The NBP over TFTP."""
    return (
        requested("nbp", path, UEFI, protocol=Protocol.TFTP),
        transferred(path, outcome, size=1_000_000, protocol=Protocol.TFTP, blksize=1468, **changes),
    )


def rrq(path=NBP):
    return requested("nbp", path, UEFI, protocol=Protocol.TFTP)


def script():
    return (requested("script", f"{TOKEN}/boot.ipxe"),)


def file(what, path, outcome="done", **changes):
    return (requested(what, path), transferred(path, outcome, **changes))


def booted():
    return (requested(BOOTED, f"{TOKEN}/booted"),)


def looped():
    return (Looped(UEFI, "ipxe.efi", 5, 120.0),)


def ipxe(**changes):
    """iPXE's own exchange."""
    return asked_dhcp(IPXE, SCRIPT, **changes)


WHOLE = (
    *asked_dhcp(), *nbp(), *ipxe(), *script(), *file("kernel", KERNEL), *file("initrd", INITRD),
    *booted(),
)  # fmt: skip


def fed(*events, every=1.0, then=0.0, lines=None):
    """Timelines that have heard all, and what ended on the way and after `then` seconds more."""
    lines = lines if lines is not None else Timelines()
    ended, now = [], NOW
    for event in events:
        ended += lines.note(event, now)
        now += every
    until = now - every + then
    while now <= until:
        ended += lines.tick(now)
        now += 1.0
    return lines, ended


def with_client(event, **changes):
    return replace(event, client=replace(event.client, **changes))
