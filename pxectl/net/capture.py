"""Frames of an interface or of a pcap file, through scapy."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pxectl.errors import HostError, PxectlError

ETHERNET = 1
"""The link type that is read (LINKTYPE_ETHERNET)."""
LARGEST = 0xFFFF
"""Octets of a frame that scapy hands over."""
FILTER = " or ".join(
    (
        *(f"udp port {port}" for port in (67, 68, 69, 4011)),
        *(f"udp[8:2] = {opcode}" for opcode in (1, 2, 5, 6)),  # TFTP, but for DATA and ACK
        *(
            f"tcp[((tcp[12] & 0xf0) >> 2):4] = {int.from_bytes(start, 'big')}"
            for start in (b"GET ", b"HEAD", b"POST", b"PUT ", b"HTTP")
        ),
    )
)
"""What the kernel passes on: blocks of an initrd would crowd DHCP out of the socket's buffer."""


@dataclass(frozen=True, slots=True)
class Captured:
    """One frame."""

    time: float
    """Seconds since 1970."""
    data: bytes
    """The frame, or what the capture kept of it."""
    wire_size: int
    """Octets that it had on the wire."""


def read_file(path: Path) -> Iterator[Captured]:
    """The frames of a pcap or pcapng file.

    Raises:
        PxectlError: it can not be read, or is no capture of Ethernet frames.
    """
    from scapy.error import Scapy_Exception
    from scapy.utils import RawPcapReader

    _quieten()
    try:
        with path.open("rb") as file:
            source: Any = file  # scapy's annotations leave out that it takes one
            reader: Any = RawPcapReader(source)  # of a pcapng file it makes another class
            _check_link(path, getattr(reader, "linktype", ETHERNET))
            for data, meta in reader:
                _check_whole(path, len(data), getattr(meta, "caplen", 0))
                yield Captured(_moment(reader, meta), bytes(data), meta.wirelen)
    except OSError as error:
        raise PxectlError(
            f"{path}: {error.strerror or error}", hint="name a file that tcpdump or `-w` wrote"
        ) from None
    except (Scapy_Exception, EOFError, ValueError) as error:
        raise PxectlError(
            f"{path}: is no capture that can be read: {error}",
            hint="name a file that tcpdump or `-w` wrote",
        ) from None


def _check_whole(path: Path, size: int, claimed: int) -> None:
    if size < min(claimed, LARGEST):
        raise PxectlError(
            f"{path}: ends within a frame: {claimed} octets are claimed, {size} are there",
            hint="it was cut off or is still being written; what is shown so far is good",
        )


def _moment(reader: Any, meta: Any) -> float:  # noqa: ANN401 - scapy's have no common type
    if hasattr(meta, "tshigh"):  # pcapng
        ticks = (meta.tshigh or 0) << 32 | (meta.tslow or 0)
        return float(ticks / (meta.tsresol or 1e6))
    return float(meta.sec + meta.usec / (1e9 if reader.nano else 1e6))


def _check_link(path: Path, linktype: int) -> None:
    if linktype != ETHERNET:
        raise PxectlError(
            f"{path}: holds frames of link type {linktype}, not Ethernet",
            hint="capture on one interface, not on `any`",
        )


def listen(interface: str) -> Iterator[Captured]:
    """The frames that pass an interface, both ways, until the caller stops.

    Raises:
        HostError: there is no such interface, or it needs a privilege.
    """
    from scapy.config import conf

    import_module("scapy.arch")  # sets conf.L2listen for this platform
    _quieten()
    try:
        sock = _open(conf, interface)
    except PermissionError:
        raise HostError(
            f"capturing on {interface} needs a privilege",
            hint="run it with `sudo`; reading a file with `-r` needs none",
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise HostError(f"can not capture on {interface}: {why}") from None
    with sock:
        while True:
            _, data, at = sock.recv_raw()
            if data:
                yield Captured(at or time.time(), bytes(data), len(data))


def _open(conf: Any, interface: str) -> Any:  # noqa: ANN401 - scapy's have no common type
    from scapy.error import Scapy_Exception

    try:
        return conf.L2listen(iface=interface, filter=FILTER)
    except Scapy_Exception:  # no libpcap to compile it with: every frame then comes up to us
        return conf.L2listen(iface=interface)


def _quieten() -> None:
    """Whatever scapy has to say is said here in our words, or does not matter."""
    logging.getLogger("scapy").setLevel(logging.CRITICAL)


class Writer:
    """A pcap file that Wireshark and tcpdump open. Each frame is there as soon as it is written."""

    def __init__(self, path: Path) -> None:
        """Make the file, anew if it is there.

        Raises:
            PxectlError: it can not be written.
        """
        from scapy.utils import RawPcapWriter

        try:
            self._writer = RawPcapWriter(str(path), linktype=ETHERNET, sync=True)
            self._writer.write_header(None)
        except OSError as error:
            raise PxectlError(f"{path}: {error.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._writer.close()

    def write(self, frame: Captured) -> None:
        """Append one frame."""
        whole = int(frame.time)
        self._writer.write_packet(
            frame.data,
            sec=whole,
            usec=int((frame.time - whole) * 1e6),
            caplen=len(frame.data),
            wirelen=frame.wire_size,
        )
