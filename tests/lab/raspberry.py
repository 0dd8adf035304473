"""A Raspberry Pi's firmware, played: what it sends, octet by octet, and what it makes of replies.

After captures and logs: raspberrypi/documentation `bootmodes/net.md` and raspberrypi/firmware#1605
(Pi 3); raspberrypi/rpi-eeprom#58, #82, #563 and a dnsmasq log of a Pi 4 (4 and 5).
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.frame import Frame, parse_frame
from tests.lab.network import Network

PLAYER = """
import json, select, socket, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
s.bind(("eth0", 0))
s.send(bytes.fromhex(sys.argv[1]))
heard, began = [], time.monotonic()
until = began + float(sys.argv[2])
while (left := until - time.monotonic()) > 0:
    if select.select([s], [], [], left)[0]:
        data, way = s.recvfrom(4096)
        if way[2] != socket.PACKET_OUTGOING and data[23] == 17 and data[34:36] == b"\\0C":
            heard.append((data.hex(), time.monotonic() - began))
print(json.dumps(heard))
"""
WORDS = b"Raspberry Pi Boot"
PXE_CLIENT = b"PXEClient"
PXE_LIST = bytes(range(128, 136))


@dataclass(frozen=True)
class Heard:
    """A reply of some DHCP server."""

    frame: Frame
    packet: DHCPPacket
    after: float
    """Seconds since the request, at least."""


@dataclass(frozen=True)
class Pi:
    """One board."""

    model: int
    mac: str
    serial: str
    guid: bytes
    wants: bytes
    xid: int

    def discover(self) -> bytes:
        """Options in the order of the captures, 320 octets in all."""
        return self._message(
            (53, b"\1"), (55, self.wants), (93, b"\0\0"), (94, b"\1\2\1"), (97, self.guid),
            (60, b"PXEClient:Arch:00000:UNDI:002001"),
        )  # fmt: skip

    def request(self, offer: DHCPPacket) -> bytes:
        """Of a Pi 4 or 5: nothing in it says PXEClient."""
        server, own = offer.options[54], offer.yiaddr.packed
        return self._message((53, b"\3"), (55, self.wants), (50, own), (54, server))

    def _message(self, *options: tuple[int, bytes]) -> bytes:
        chaddr = bytes.fromhex(self.mac.replace(":", ""))
        head = bytes((1, 1, 6, 0)) + self.xid.to_bytes(4, "big") + bytes(20)
        head += chaddr.ljust(16, b"\0") + bytes(192) + b"\x63\x82\x53\x63"
        said = b"".join(bytes((code, len(value))) + value for code, value in options)
        return (head + said + b"\xff").ljust(320, b"\0")

    def ask(self, network: Network, message: bytes, wait: float) -> list[Heard]:
        """Broadcast a message from `cli`, and hear what comes from port 67 for `wait` seconds."""
        from scapy.layers.inet import IP, UDP
        from scapy.layers.l2 import Ether

        way = IP(src="0.0.0.0", dst="255.255.255.255", ttl=128, id=0)
        ether = Ether(src=self.mac, dst="ff:ff:ff:ff:ff:ff")
        frame = bytes(ether / way / UDP(sport=68, dport=67, chksum=0) / message)
        argv = network.argv("cli", sys.executable, "-c", PLAYER, frame.hex(), str(wait))
        said = subprocess.run(argv, capture_output=True, check=True, text=True).stdout
        heard = []
        for data, after in json.loads(said):
            got = parse_frame(bytes.fromhex(data))
            assert got is not None
            packet = DHCPPacket.parse(got.payload)
            if (packet.xid, packet.chaddr.hex(":")) == (self.xid, self.mac):
                heard.append(Heard(got, packet, after))
        return heard

    def tftp_server(self, replies: list[DHCPPacket]) -> IPv4Address | None:
        """Where it fetches from (netboot.md 2.6); None: it boots nothing."""
        if self.model != 3:
            for reply in replies:
                if 66 in reply.options:
                    return IPv4Address(reply.options[66].decode())  # dotted, and no NUL
        for reply in replies:
            named = reply.options.get(60) == PXE_CLIENT and WORDS in reply.options.get(43, b"")
            if named and reply.siaddr != IPv4Address(0):
                return reply.siaddr
        return None


PI_3 = Pi(3, "b8:27:eb:6c:4c:16", "b66c4c16", b"\0" + b"D" * 16,
          bytes((43, 60, 67)) + PXE_LIST + bytes((66,)), 0x26F30339)  # fmt: skip
PI_4 = Pi(4, "dc:a6:32:2e:f8:ed", "5b154510",
          bytes.fromhex("00 52506934 1131c000 322ef8ed 1045155b"),
          bytes((1, 3, 43, 60, 66, 67)) + PXE_LIST, 0x5864F63C)  # fmt: skip
PI_5 = Pi(5, "d8:3a:dd:98:09:77", "be512421",
          bytes.fromhex("00 52506935 7041d000 dd980977 212451be"),
          bytes((1, 3, 43, 60, 66, 67)) + PXE_LIST, 0x0A485863)  # fmt: skip


def get(network: Network, server: str, path: str, into: Path, *, blksize: int = 0) -> str:
    """Fetch a file in `cli`, by tftp-hpa as a Pi 3 does, or by atftp with a block size.

    Returns:
        what the client complained of; empty if nothing.
    """
    into.unlink(missing_ok=True)
    if blksize:
        more = ("--option", f"blksize {blksize}", "--option", "tsize 0")
        argv = ["atftp", *more, "-g", "-r", path, "-l", str(into), server]
    else:
        argv = ["tftp", "-m", "binary", server, "-c", "get", path, str(into)]
    done = network.run("cli", *argv)
    return (done.stdout + (done.stderr or "")).strip()
