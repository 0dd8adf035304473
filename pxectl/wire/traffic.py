"""Netboot traffic among the frames of a network: which packets belong to it, and their faults.

Read without an address or port of ours, for captures: DHCP on 67, 68 and 4011, TFTP's requests and
what ends or negotiates their transfers, the first lines of HTTP. Blocks of files are passed over.
"""

import re
from collections import OrderedDict
from ipaddress import IPv4Address
from struct import Struct
from typing import TypeVar

from pxectl.errors import MalformedPacketError
from pxectl.mac import MAC
from pxectl.wire import tftp
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.faults import faults_of
from pxectl.wire.frame import (
    ETHERTYPE_IPV4,
    ETHERTYPE_VLAN,
    PROTOCOL_UDP,
    Frame,
    parse_frame,
)
from pxectl.wire.iana import (
    BOOT_SERVER_PORT,
    DHCP_CLIENT_PORT,
    DHCP_SERVER_PORT,
    TFTP_PORT,
    MessageType,
    Op,
)
from pxectl.wire.sighting import HTTPRequest, HTTPResponse, Malformed, Message, Sighting

REMEMBERED = 4096
"""Exchanges and transfers that are followed at once."""
LARGEST_FRAME = 65535 + 18
_FROM_SERVER = frozenset((DHCP_SERVER_PORT, BOOT_SERVER_PORT))
_DHCP_PORTS = _FROM_SERVER | {DHCP_CLIENT_PORT}
_TELLING = (tftp.Opcode.ERROR, tftp.Opcode.OACK)
_REQUEST = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|PROPFIND) ([^\s\0]+)")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([^\r\n\0]*))?")
_PORTS = Struct(">HH")
K = TypeVar("K")
V = TypeVar("V")


class Traffic:
    """Finds netboot traffic and follows its exchanges, in bounded memory. Mutable; one owner."""

    def __init__(
        self,
        http_ports: frozenset[int] = frozenset((80,)),
        tftp_ports: frozenset[int] = frozenset((TFTP_PORT,)),
        remembered: int = REMEMBERED,
    ) -> None:
        self._http_ports = http_ports
        self._tftp_ports = tftp_ports
        self._remembered = remembered
        self._transfers: OrderedDict[tuple[IPv4Address, int], None] = OrderedDict()
        self._offers: OrderedDict[tuple[int, bytes], dict[str, IPv4Address]] = OrderedDict()
        self._asked: OrderedDict[tuple[int, bytes], IPv4Address] = OrderedDict()

    def read(self, data: bytes, wire_size: int = 0) -> Sighting | None:
        """What a frame holds; None if it is nothing of ours. Never raises.

        Args:
            data: an Ethernet frame, or its beginning.
            wire_size: octets that it had on the wire, where the capture may have cut it.
        """
        cut = wire_size > len(data)
        if cut:
            data = data.ljust(min(wire_size, LARGEST_FRAME), b"\0")
        try:
            frame = parse_frame(data)
        except MalformedPacketError as error:
            frame = _outline(data)
            if frame is None or not (protocol := self._protocol(frame)):
                return None
            return _sighting(frame, Malformed(protocol, error.message), frame.source_mac, (), cut)
        if frame is None:
            return None
        if frame.protocol != PROTOCOL_UDP:
            return self._http(frame, cut)
        match self._protocol(frame):
            case "dhcp":
                return self._dhcp(frame, cut)
            case "tftp":
                return self._tftp_request(frame, cut)
            case _:
                return self._tftp_answer(frame, cut)

    def _protocol(self, frame: Frame) -> str:
        """What a UDP datagram is by its well-known ports."""
        if frame.protocol != PROTOCOL_UDP:
            return ""
        if frame.destination_port in _DHCP_PORTS or frame.source_port in _FROM_SERVER:
            return "dhcp"
        return "tftp" if frame.destination_port in self._tftp_ports else ""

    # ---- DHCP

    def _dhcp(self, frame: Frame, cut: bool) -> Sighting:
        from_server = frame.source_port in _FROM_SERVER and frame.destination_port not in (
            _FROM_SERVER
        )
        nearest = frame.destination_mac if from_server else frame.source_mac
        try:
            packet = DHCPPacket.parse(frame.payload)
        except MalformedPacketError as error:
            return _sighting(frame, Malformed("dhcp", error.message), nearest, (), cut)
        faults = [*faults_of(packet), *self._exchange(packet, frame)]
        return _sighting(frame, packet, packet.mac or nearest, tuple(faults), cut)

    def _exchange(self, packet: DHCPPacket, frame: Frame) -> list[str]:
        """Faults that show when request and replies are seen together."""
        key = (packet.xid, packet.chaddr)
        if packet.op == Op.BOOTREQUEST:
            if frame.destination_port == BOOT_SERVER_PORT:
                self._remember(self._asked, key, frame.destination)
            else:
                self._asked.pop(key, None)  # a ROM's next stage may use its xid again
            return []
        faults = []
        if self._asked.get(key) == frame.source and frame.source_port != BOOT_SERVER_PORT:
            faults.append(
                f"answers a request to port 4011 from port {frame.source_port}: firmware drops it"
            )
        if packet.message_type is MessageType.OFFER:
            role = "proxyDHCP" if packet.yiaddr == UNSPECIFIED else "DHCP"
            server = packet.server_identifier or frame.source
            first = self._remember(self._offers, key, {}).setdefault(role, server)
            if first != server:
                faults.append(f"a second {role} server answers: {server} beside {first}")
        return faults

    # ---- TFTP

    def _tftp_request(self, frame: Frame, cut: bool) -> Sighting:
        message: Message
        try:
            packet = tftp.parse(frame.payload)
        except MalformedPacketError as error:
            message = Malformed("tftp", error.message)
        else:
            if isinstance(packet, tftp.RRQ | tftp.WRQ):
                message = packet
                self._remember(self._transfers, (frame.source, frame.source_port), None)
            else:
                name = type(packet).__name__
                message = Malformed("tftp", f"{name} to the port of requests")
        return _sighting(frame, message, frame.source_mac, (), cut)

    def _tftp_answer(self, frame: Frame, cut: bool) -> Sighting | None:
        """OACK and ERROR, which go between the request's port and a new one of the server."""
        to_client = (frame.destination, frame.destination_port) in self._transfers
        if not to_client and (frame.source, frame.source_port) not in self._transfers:
            return None
        if int.from_bytes(frame.payload[:2], "big") not in _TELLING:
            return None
        mac = frame.destination_mac if to_client else frame.source_mac
        try:
            packet = tftp.parse(frame.payload)
        except MalformedPacketError as error:
            return _sighting(frame, Malformed("tftp", error.message), mac, (), cut)
        assert isinstance(packet, tftp.OACK | tftp.ERROR)  # noqa: S101 - what _TELLING lists
        return _sighting(frame, packet, mac, (), cut)

    # ---- HTTP

    def _http(self, frame: Frame, cut: bool) -> Sighting | None:
        if frame.destination_port in self._http_ports and (m := _REQUEST.match(frame.payload)):
            request = HTTPRequest(
                m[1].decode(),
                m[2].decode("latin-1"),
                _header(frame.payload, b"host"),
                _header(frame.payload, b"user-agent"),
            )
            return _sighting(frame, request, frame.source_mac, (), cut)
        if frame.source_port in self._http_ports and (m := _STATUS.match(frame.payload)):
            response = HTTPResponse(int(m[1]), (m[2] or b"").decode("latin-1"))
            return _sighting(frame, response, frame.destination_mac, (), cut)
        return None

    def _remember(self, known: OrderedDict[K, V], key: K, value: V) -> V:
        """The value that `key` has, or gets now; the oldest gives way."""
        kept = known.setdefault(key, value)
        known.move_to_end(key)
        if len(known) > self._remembered:
            known.popitem(last=False)
        return kept


def _sighting(
    frame: Frame, message: Message, mac: MAC, faults: tuple[str, ...], cut: bool
) -> Sighting:
    return Sighting(
        message,
        mac,
        frame.source,
        frame.source_port,
        frame.destination,
        frame.destination_port,
        frame.payload,
        faults,
        cut,
    )


def _header(payload: bytes, name: bytes) -> str:
    found = re.search(rb"\r\n" + name + rb":[ \t]*([^\r\n\0]*)", payload[:4096], re.IGNORECASE)
    return found[1].decode("latin-1") if found else ""


def _outline(data: bytes) -> Frame | None:
    """Addresses and ports of a frame whose lengths are wrong, as far as they are there."""
    at = 14
    ethertype = int.from_bytes(data[12:14], "big")
    if ethertype == ETHERTYPE_VLAN:
        ethertype, at = int.from_bytes(data[16:18], "big"), 18
    if ethertype != ETHERTYPE_IPV4 or len(data) < at + 20:
        return None
    ports = at + max(20, (data[at] & 15) * 4)
    is_later_fragment = int.from_bytes(data[at + 6 : at + 8], "big") & 0x1FFF
    if data[at] >> 4 != 4 or is_later_fragment or len(data) < ports + 4:
        return None
    source_port, destination_port = _PORTS.unpack_from(data, ports)
    return Frame(
        MAC(data[6:12]),
        MAC(data[:6]),
        IPv4Address(data[at + 12 : at + 16]),
        IPv4Address(data[at + 16 : at + 20]),
        data[at + 9],
        source_port,
        destination_port,
        data[ports + 8 :],
        checksum_ok=False,
    )
