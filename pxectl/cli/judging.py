"""A packet that was seen on the wire, as if it had come to us."""

from dataclasses import replace

from pxectl.boot.arrival import Arrival
from pxectl.boot.destination import BROADCAST
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.site import Mode, Site
from pxectl.cli.rehearsing import DOCUMENTATION
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import BOOT_SERVER_PORT, DHCP_SERVER_PORT, Op
from pxectl.wire.sighting import Sighting


def as_it_would_run(site: Site) -> Site:
    """`auto` is decided when `serve` starts; a capture is judged as by the safe one."""
    if site.serving.dhcp is Mode.SERVER:
        return site
    return replace(site, serving=replace(site.serving, dhcp=Mode.PROXY))


def of_a_file(site: Site) -> Standpoint:
    """Where the packets of a file came in: it does not say, and is often read on another host."""
    networks = {subnet.network for subnet in site.subnets}
    return Standpoint(
        "-",
        site.serving.advertise or DOCUMENTATION.address,
        networks.pop() if len(networks) == 1 else None,
    )


def is_request(sighting: Sighting) -> bool:
    """True for what a DHCP client sent to a server."""
    packet = sighting.message
    return (
        isinstance(packet, DHCPPacket)
        and packet.op == Op.BOOTREQUEST
        and sighting.destination_port in (DHCP_SERVER_PORT, BOOT_SERVER_PORT)
    )


def arrival_of(sighting: Sighting, here: Standpoint) -> Arrival:
    """Its way in, as if whom it was sent to had been us."""
    asked = sighting.destination
    from_file = here.address == DOCUMENTATION.address
    return Arrival(
        here.interface,
        asked if from_file and asked != BROADCAST else here.address,
        here.network,
        sighting.destination_port,
        sighting.source,
        sighting.source_port,
    )
