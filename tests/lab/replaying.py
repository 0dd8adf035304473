"""Recorded DHCP requests sent over the lab's wire again, octet by octet, and what came back."""

import json
import subprocess
import sys
from dataclasses import dataclass

from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.frame import Frame, parse_frame
from tests import recordings
from tests.lab.network import Network, address, run

PLAYER = """
import json, select, socket, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
s.bind(("eth0", 0))
server = bytes(map(int, sys.argv[1].split(".")))
heard = []
for frame in map(bytes.fromhex, json.load(sys.stdin)):
    s.send(frame)
    replies, until = [], time.monotonic() + 0.4
    while (left := until - time.monotonic()) > 0:
        if select.select([s], [], [], left)[0]:
            data, way = s.recvfrom(4096)
            if way[2] != socket.PACKET_OUTGOING and data[23] == 17 and data[26:30] == server:
                replies.append(data.hex())
    heard.append(replies)
print(json.dumps(heard))
"""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A recorded request, and every datagram of pxectl that came after it."""

    asked: Frame
    request: DHCPPacket
    heard: tuple[Frame, ...]

    @property
    def reply(self) -> DHCPPacket:
        """The one reply; there must be just one."""
        [frame] = self.heard
        return DHCPPacket.parse(frame.payload)


def become(network: Network, mac: str, ip: str) -> None:
    """Make `cli` the recorded machine: unicast replies must find it."""
    at = ("ip", "-n", network.namespace("cli"))
    run(*at, "link", "set", "eth0", "address", mac)
    run(*at, "addr", "flush", "dev", "eth0")
    run(*at, "addr", "add", f"{ip}/24", "dev", "eth0")


def replay(network: Network, name: str, mac: str) -> list[Exchange]:
    """Send each DHCP request that `mac` sends in a recording, in order."""
    server = bytes.fromhex(network.mac("srv").replace(":", ""))
    requests = [
        data if data[0] & 1 else server + data[6:]
        for data in recordings.frames(name)
        if data[6:12].hex(":") == mac and _is_request(data)
    ]
    argv = network.argv("cli", sys.executable, "-c", PLAYER, address("srv"))
    text = json.dumps([data.hex() for data in requests])
    said = subprocess.run(argv, input=text, capture_output=True, check=True, text=True).stdout
    exchanges = []
    for data, replies in zip(requests, json.loads(said), strict=True):
        asked = parse_frame(data)
        heard = tuple(parse_frame(bytes.fromhex(reply)) for reply in replies)
        exchanges.append(Exchange(asked, DHCPPacket.parse(asked.payload), heard))
    return exchanges


def _is_request(data: bytes) -> bool:
    frame = parse_frame(data)
    return frame is not None and frame.protocol == 17 and frame.destination_port in (67, 4011)
