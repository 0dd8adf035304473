"""A window of datagrams in one system call, where the kernel can (Linux 4.18, UDP_SEGMENT)."""

import errno
import socket
import struct
import sys
from collections.abc import Sequence

_SOL_UDP = 17
_UDP_SEGMENT = 103
_SEGMENTS = 64  # the kernel's UDP_MAX_SEGMENTS before 6.9
_OCTETS = 65_000  # of one IP packet that the kernel cuts
_REFUSALS = frozenset((errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.ENOPROTOOPT))

Buffer = bytes | memoryview


class WindowSender:
    """Sends from one socket to one peer. What the kernel does not take is lost, as on the wire."""

    __slots__ = ("_peer", "_size", "_sock", "is_segmenting")

    def __init__(self, sock: socket.socket, peer: tuple[str, int], blksize: int) -> None:
        """`sock` is non-blocking and unconnected; all datagrams but the last hold `blksize`."""
        self._sock = sock
        self._peer = peer
        self._size = blksize + 4
        self.is_segmenting = sys.platform == "linux"

    def send(self, datagram: bytes) -> None:
        """Send one datagram."""
        self._sendmsg((datagram,), ())

    def send_window(self, parts: Sequence[Buffer]) -> None:
        """Send datagrams given as header, data, header, data, …"""
        each = 2 * min(_SEGMENTS, _OCTETS // self._size)
        if len(parts) > 2 and each > 2 and self.is_segmenting:
            control = ((_SOL_UDP, _UDP_SEGMENT, struct.pack("=H", self._size)),)
            for at in range(0, len(parts), each):
                if self._sendmsg(parts[at : at + each], control) in _REFUSALS:
                    # an interface without checksum offload, a smaller MTU, an older kernel
                    self.is_segmenting = False
                    self._send_singly(parts[at:])
                    return
        else:
            self._send_singly(parts)

    def _send_singly(self, parts: Sequence[Buffer]) -> None:
        for at in range(0, len(parts), 2):
            self._sendmsg(parts[at : at + 2], ())

    def _sendmsg(
        self, buffers: Sequence[Buffer], control: tuple[tuple[int, int, bytes], ...]
    ) -> int | None:
        """0, or the error's number: a full queue or a missing route mends itself or times out."""
        try:
            self._sock.sendmsg(buffers, control, 0, self._peer)
        except OSError as error:
            return error.errno
        return 0
