"""Files as a client loads them: TFTP in lock-step by tftpy, with a window by a reader of our own
(tftpy knows none), HTTP by httpx. What comes is counted, and its beginning kept."""

import asyncio
import re
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from pxectl.errors import MalformedPacketError, PxectlError
from pxectl.wire.iana import TFTP_PORT
from pxectl.wire.tftp import ACK, DATA, ERROR, OACK, RRQ, ErrorCode, parse

KEPT = 4 << 20
"""Octets from the beginning that are kept: an NBP is looked into, a script is read."""
_SILENCE = 3.0
_TRIES = 4
_WINDOW = {"blksize": "1468", "windowsize": "4", "tsize": "0"}
"""What EDK2 asks for (netboot.md 2.2, 6)."""
_LOCK_STEP = {"blksize": 1456, "tsize": 0}
"""What BIOS ROMs and iPXE ask for."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that arrived."""

    head: bytes
    size: int
    seconds: float
    detail: str = ""

    @property
    def is_ipxe(self) -> bool:
        """True for a program that calls itself iPXE."""
        return b"iPXE" in self.head or "iPXE".encode("utf-16-le") in self.head


class _Counter:
    """What tftpy writes into."""

    def __init__(self) -> None:
        self.head, self.size = bytearray(), 0

    def write(self, data: bytes) -> None:
        """Take some more of it."""
        if len(self.head) < KEPT:
            self.head += data[: KEPT - len(self.head)]
        self.size += len(data)

    def close(self) -> None:
        """Nothing: there is no file."""


async def fetch(url: str, *, window: bool, agent: str, seconds: float = 300.0) -> Fetched:
    """Load what a URL names.

    Args:
        url: `tftp://`, `http://` or `https://`.
        window: over TFTP, with a window as EDK2 does.
        agent: over HTTP, as who.
        seconds: that it may take.

    Raises:
        PxectlError: it did not arrive whole, and why.
    """
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(seconds):
            match parts.scheme:
                case "tftp":
                    host, port = parts.hostname or "", parts.port or TFTP_PORT
                    name = unquote(parts.path.removeprefix("/"))
                    read = _read_windowed if window else _read_lock_step
                    return await asyncio.to_thread(read, host, port, name)
                case "http" | "https":
                    return await _get(url, agent)
                case scheme:
                    raise PxectlError(f"{scheme}: is not played by probe")
    except TimeoutError:
        raise PxectlError(f"takes longer than {seconds:.0f} s") from None


async def _get(url: str, agent: str) -> Fetched:
    import httpx

    counter, began = _Counter(), time.monotonic()
    headers = {"User-Agent": agent, "Accept-Encoding": "identity"}
    # whose certificate firmware trusts is its own affair: that it can be had is looked at
    client = httpx.AsyncClient(trust_env=False, timeout=10, headers=headers, verify=False)  # noqa: S501
    try:
        async with client, client.stream("GET", url) as response:
            status, claimed = response.status_code, response.headers.get("Content-Length")
            if status != httpx.codes.OK:
                body = (await response.aread())[:200].decode("latin-1").strip()
                raise PxectlError(f"HTTP {status}: {body}", hint=_of_status(status))
            async for chunk in response.aiter_raw():
                counter.write(chunk)
    except httpx.HTTPError as error:
        raise PxectlError(
            f"{type(error).__name__}: {error}",
            hint="is the server there, and no firewall before its port?",
        ) from None
    if claimed is not None and claimed != str(counter.size):
        raise PxectlError(f"ends after {counter.size} of {claimed} octets")
    detail = "" if claimed else "without Content-Length, which UEFI wants (netboot.md 2.9)"
    return Fetched(bytes(counter.head), counter.size, time.monotonic() - began, detail)


def _of_status(status: int) -> str:
    if status == 404:
        return "the file is not there; of pxectl `pxectl rules check` lists what is missing"
    if status == 403:
        return "the server's rules refuse it; of pxectl `pxectl rules test MAC` says which"
    return "firmware follows no redirection" if 300 <= status < 400 else ""


def _read_lock_step(host: str, port: int, name: str) -> Fetched:
    import logging

    import tftpy
    from tftpy.TftpShared import TftpException

    logging.getLogger("tftpy").setLevel(logging.CRITICAL)
    counter: Any = _Counter()
    began = time.monotonic()
    try:
        client = tftpy.TftpClient(host, port, options=dict(_LOCK_STEP))
        client.download(name, counter, timeout=int(_SILENCE))
    except TftpException as error:
        raise _failed(str(error), counter.size) from None
    except OSError as error:
        raise PxectlError(f"TFTP {host}: {error.strerror or error}") from None
    return Fetched(bytes(counter.head), counter.size, time.monotonic() - began, "tftpy")


def _failed(said: str, got: int) -> PxectlError:
    """In our words what tftpy says."""
    found = re.search(r"errorcode = (\d+).*?errmsg = (.*)", said, re.DOTALL)
    if found:
        return _refused(int(found[1]), found[2].strip("'b "))
    lowered = said.lower()
    if "file not found" in lowered:
        return _refused(1, said)
    return _silent(got) if "time" in lowered else PxectlError(f"TFTP: {said}")


def _refused(code: int, said: str) -> PxectlError:
    what = ErrorCode(code)
    hint = "the name that is offered and the files of the TFTP server do not agree" * (code == 1)
    return PxectlError(
        f"TFTP ERROR {code} {what.name.lower().replace('_', ' ')}: {said}", hint=hint
    )


def _silent(got: int) -> PxectlError:
    if got:
        return PxectlError(
            f"TFTP: nothing more arrives after {got} octets",
            hint="packets of that size do not get through? look at the MTU of all of the path",
        )
    return PxectlError(
        "TFTP: no answer",
        hint="is a TFTP server there? a firewall before port 69, or before its answers, which come "
        "from another port (`pxectl doctor` there)?",
    )


def _read_windowed(host: str, port: int, name: str) -> Fetched:
    """RFC 7440 section 4: one ACK a window, and one at once where a block is missing."""
    counter, began = _Counter(), time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(_SILENCE)
        try:
            blksize, windowsize, peer, packet = _agree(sock, (host, port), name)
            expected, count, tries = 1, 0, 0
            while True:
                if isinstance(packet, DATA) and packet.block == expected & 0xFFFF:
                    counter.write(packet.data)
                    expected, count, tries = expected + 1, count + 1, 0
                    is_last = len(packet.data) < blksize
                    if count == windowsize or is_last:
                        sock.sendto(bytes(ACK((expected - 1) & 0xFFFF)), peer)
                        count = 0
                    if is_last:
                        break
                elif isinstance(packet, DATA):
                    sock.sendto(bytes(ACK((expected - 1) & 0xFFFF)), peer)
                    count = 0
                packet, tries = _next(sock, peer, expected, counter.size, tries)
        except OSError as error:
            raise PxectlError(f"TFTP {host}: {error.strerror or error}") from None
    detail = f"blksize {blksize}, windowsize {windowsize}"
    return Fetched(bytes(counter.head), counter.size, time.monotonic() - began, detail)


def _agree(
    sock: socket.socket, server: tuple[str, int], name: str
) -> tuple[int, int, tuple[str, int], object]:
    """Block and window size that were agreed on, the server's port, and its first packet."""
    for _ in range(_TRIES):
        sock.sendto(bytes(RRQ(name, "octet", _WINDOW)), server)
        try:
            data, peer = sock.recvfrom(65535)
        except TimeoutError:
            continue
        packet = _parsed(data)
        if isinstance(packet, OACK):
            options = packet.options
            sock.sendto(bytes(ACK(0)), peer)
            return int(options.get("blksize", 512)), int(options.get("windowsize", 1)), peer, None
        return 512, 1, peer, packet
    raise _silent(0)


def _next(
    sock: socket.socket, peer: tuple[str, int], expected: int, got: int, tries: int
) -> tuple[object, int]:
    """The next packet of the server; what is missing is asked for again after silence."""
    while True:
        try:
            data, sender = sock.recvfrom(65535)
        except TimeoutError:
            if tries == _TRIES:
                raise _silent(got) from None
            sock.sendto(bytes(ACK((expected - 1) & 0xFFFF)), peer)
            tries += 1
            continue
        if sender == peer:
            return _parsed(data), tries


def _parsed(data: bytes) -> object:
    try:
        packet = parse(data)
    except MalformedPacketError as error:
        raise PxectlError(f"TFTP: {error.message}") from None
    if isinstance(packet, ERROR):
        raise _refused(int(packet.code), packet.message)
    return packet
