"""The recordings of real firmware in tests/data, read for tests."""

from functools import cache
from pathlib import Path

from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.frame import PROTOCOL_UDP, Frame, parse_frame

DATA = Path(__file__).parent / "data"
DHCP_PORTS = {67, 68, 4011}


@cache
def frames(name: str) -> tuple[bytes, ...]:
    """Every Ethernet frame of a recording."""
    from scapy.utils import RawPcapReader

    with RawPcapReader(str(DATA / f"{name}.pcap")) as reader:
        return tuple(data for data, _ in reader)


@cache
def udp(name: str) -> tuple[Frame, ...]:
    """Every UDP datagram of a recording, in order."""
    parsed = (parse_frame(data) for data in frames(name))
    return tuple(frame for frame in parsed if frame and frame.protocol == PROTOCOL_UDP)


@cache
def dhcp(name: str) -> tuple[DHCPPacket, ...]:
    """Every DHCP message of a recording, in order."""
    return tuple(
        DHCPPacket.parse(frame.payload)
        for frame in udp(name)
        if DHCP_PORTS & {frame.source_port, frame.destination_port}
    )
