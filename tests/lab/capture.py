"""Captures: tcpdump in the lab, trimmed to what tells something."""

import struct
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from types import TracebackType

from tests.lab.network import LabError, Network, end

TCP, UDP = 6, 17
KEPT_PORTS = frozenset({67, 68, 69, 4011})
SYN_FIN_RST = 0b111
HTTP_STARTS = (b"GET ", b"HEAD ", b"POST ", b"HTTP/")
HEAD, TAIL = 6, 3


class Capture:
    """tcpdump on a bridge or TAP of `sw`, or on a NIC of another namespace, while it is entered.

    With a MAC, only what that machine sent and was sent, broadcast replies to it included.
    """

    def __init__(
        self, network: Network, path: Path, interface: str, *, host: str = "sw", mac: str = ""
    ):
        self.path = path
        self._raw = path.with_suffix(".raw")
        only = [filter_for(mac)] if mac else []
        # Immediate: a packet is not to be lost in tcpdump's buffer when the machine is done.
        options = ["-n", "-U", "--immediate-mode", "-Z", "root", "-i", interface]
        self._process = network.start(
            host, "tcpdump", *options, "-w", self._raw, *only, stderr=subprocess.PIPE, text=True
        )
        # The first DISCOVER matters: nothing may start before tcpdump listens.
        told = []
        for line in self._process.stderr:
            told.append(line)
            if "listening on" in line:
                break
        else:
            raise LabError(f"tcpdump on {interface}: {' '.join(told)}")

    def __enter__(self) -> "Capture":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> Path:
        """End it, and leave the trimmed file at `path`."""
        if self._raw.exists() and self._process.poll() is None:
            time.sleep(0.2)  # what the kernel still holds
        end(self._process)
        self._process.stderr.close()
        if self._raw.exists():
            self.path.write_bytes(trim(self._raw.read_bytes()))
            self._raw.unlink()
        return self.path


def filter_for(mac: str) -> str:
    """tcpdump's filter for one machine; a broadcast reply is known by its chaddr."""
    number = mac.replace(":", "")
    chaddr = f"udp[36:4] = 0x{number[:8]} and udp[40:2] = 0x{number[8:]}"
    return f"ether host {mac} or (udp and (port 67 or port 68) and {chaddr})"


def trim(pcap: bytes) -> bytes:
    """A pcap file without the bulk of its transfers: of each a few packets stay."""
    order = "<" if pcap[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at, packets, kept = 24, [], set()
    flows: dict[object, list[int]] = defaultdict(list)
    while at + 16 <= len(pcap):
        [size] = struct.unpack_from(order + "I", pcap, at + 8)
        flow = bulk(pcap[at + 16 : at + 16 + min(size, 128)])
        if flow is None:
            kept.add(len(packets))
        else:
            flows[flow].append(len(packets))
        packets.append(pcap[at : at + 16 + size])
        at += 16 + size
    for numbers in flows.values():
        kept.update(numbers[:HEAD] + numbers[-TAIL:])
    return pcap[:24] + b"".join(packets[number] for number in sorted(kept))


def bulk(frame: bytes) -> object | None:
    """What flow a frame is one of many of; None for a frame that is worth keeping for itself."""
    if frame[12:14] != b"\x08\x00" or frame[23] not in (UDP, TCP):
        return None
    transport = 14 + (frame[14] & 15) * 4
    ports = struct.unpack_from(">HH", frame, transport)
    if frame[23] == UDP:
        telling = bool(KEPT_PORTS & set(ports))
    else:
        payload = frame[transport + (frame[transport + 12] >> 4) * 4 :]
        telling = bool(frame[transport + 13] & SYN_FIN_RST) or payload.startswith(HTTP_STARTS)
    ends = sorted([(frame[26:30], ports[0]), (frame[30:34], ports[1])])
    return None if telling else (frame[23], *ends)
