"""`pxectl rules test --pcap`: what each request of a capture would get under the site."""

from collections.abc import Iterator
from pathlib import Path

import typer

from pxectl.boot.memory import Memory
from pxectl.boot.rehearse import Step
from pxectl.boot.replay import Replayed, all_netboot
from pxectl.boot.respond import respond
from pxectl.boot.site import Site
from pxectl.cli.judging import arrival_of, is_request, of_a_file
from pxectl.cli.rehearsing import Said, in_mode, moment, read_mac, read_site, standpoint
from pxectl.net.capture import read_file
from pxectl.ui import replay as shown
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import BOOT_SERVER_PORT
from pxectl.wire.traffic import Traffic


def replay(file: Path, mac: str | None, said: Said, flag: Path | None, *, as_json: bool) -> bool:
    """Print what every recorded request would get.

    Args:
        file: a pcap or pcapng.
        mac: only this machine's requests; None: everybody's.
        said: `--at`, `--dhcp` and `--interface`.
        flag: what `--site` said.
        as_json: one object a request instead of a line.

    Returns:
        True if everybody who netboots would get something to boot.

    Raises:
        PxectlError: the file, a word or the site can not be used.
    """
    only = read_mac(mac) if mac else None
    site = in_mode(read_site(flag), said.dhcp)
    everything = []
    for one in _replayed(file, said, site):
        if only is not None and (one.client is None or one.client.mac != only):
            continue
        everything.append(one)
        typer.echo(shown.as_json(one) if as_json else shown.as_text(one), nl=as_json)
    return all_netboot(everything)


def _replayed(file: Path, said: Said, site: Site) -> Iterator[Replayed]:
    here = standpoint(site, said) if said.interface else of_a_file(site)
    at = moment(site, said.at) if said.at else None
    traffic, memory = Traffic(), Memory()
    for frame in read_file(file):
        sighting = traffic.read(frame.data, frame.wire_size)
        if sighting is None or not is_request(sighting):
            continue
        packet = sighting.message
        assert isinstance(packet, DHCPPacket)  # noqa: S101 - what `is_request` says
        now = frame.time if at is None else at
        response = respond(sighting.payload, arrival_of(sighting, here), site, memory, now)
        asks = packet.message_type.name if packet.message_type else "BOOTP"
        if sighting.destination_port == BOOT_SERVER_PORT:
            asks += " to 4011"
        yield Replayed(frame.time, Step(asks, response))
