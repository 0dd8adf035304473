"""One TFTP transfer on a socket of its own: its port is our TID (RFC 1350 section 4)."""

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass

from pxectl.errors import MalformedPacketError
from pxectl.net.window import WindowSender
from pxectl.wire.tftp import ERROR, ErrorCode, parse, segments
from pxectl.wire.transfer import Blocks, Outcome, Step, Transfer

Peer = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Content:
    """What is sent: an open file, or a text in memory."""

    file: int | None
    """Descriptor; closed with the content."""
    text: bytes
    size: int

    @classmethod
    def of_file(cls, file: int) -> "Content":
        """An open file, with the size that it has now."""
        return cls(file, b"", os.fstat(file).st_size)

    @classmethod
    def of_text(cls, text: bytes) -> "Content":
        """A text."""
        return cls(None, text, len(text))

    def read(self, offset: int, length: int) -> bytes:
        """At most `length` octets from `offset`; from the page cache as fast as from memory."""
        if self.file is None:
            return self.text[offset : offset + length]
        return os.pread(self.file, length, offset)

    def close(self) -> None:
        """Give the descriptor back."""
        if self.file is not None:
            os.close(self.file)


class Session:
    """Runs one transfer; calls `ended` once, when all is closed."""

    def __init__(
        self,
        sock: socket.socket,
        peer: Peer,
        transfer: Transfer,
        content: Content,
        ended: Callable[["Session", Outcome], None],
    ) -> None:
        """Own `sock` (bound to the address that was asked, non-blocking) and `content`."""
        self.transfer = transfer
        self.content = content
        self.peer = peer
        self._sock = sock
        self._ended = ended
        self._sender = WindowSender(sock, peer, transfer.blksize)
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Answer the RRQ."""
        self._loop.add_reader(self._sock.fileno(), self._receive)
        self._take(self.transfer.start(self._loop.time()))

    def stop(self, reason: str) -> None:
        """End it now and tell the client."""
        self._take(self.transfer.abort(reason, self._loop.time()))

    def _receive(self) -> None:
        # One datagram a turn: in lock-step there is no second one, and asking for it costs more
        # than the selector's next turn does when there is.
        try:
            data, sender = self._sock.recvfrom(2048)
        except OSError:  # nothing after all, or an ICMP error of an earlier send
            return
        try:
            packet = parse(data)
        except MalformedPacketError:
            return  # the timer speaks for a client whose packets arrive broken
        if sender == self.peer:
            self._take(self.transfer.receive(packet, self._loop.time()))
        elif not isinstance(packet, ERROR):
            self._refuse(sender)

    def _refuse(self, stranger: Peer) -> None:
        error = ERROR(ErrorCode.UNKNOWN_TID, "this transfer is not yours")
        WindowSender(self._sock, stranger, 0).send(bytes(error))

    def _expire(self) -> None:
        self._timer = None
        self._take(self.transfer.expire(self._loop.time()))

    def _take(self, step: Step | None) -> None:
        match step:
            case Blocks(first, last):
                self._send_blocks(first, last, self.transfer.length(step))
            case None:
                pass
            case packet:
                self._sender.send(bytes(packet))
        if self.transfer.outcome is None:
            self._wait()
        else:
            self._close(self.transfer.outcome)

    def _send_blocks(self, first: int, last: int, length: int) -> None:
        try:
            octets = self.content.read(self.transfer.offset(first), length)
        except OSError as error:
            reason = f"the file can not be read: {error.strerror}"
        else:
            reason = "the file became shorter"
        if len(octets) == length:
            blksize = self.transfer.blksize
            self._sender.send_window(segments(first, last, memoryview(octets), blksize))
        else:
            self._sender.send(bytes(self.transfer.abort(reason, self._loop.time())))

    def _wait(self) -> None:
        # The deadline moves with every ACK, mostly to later: let the timer find that out itself.
        deadline = self.transfer.deadline
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._expire)

    def _close(self, outcome: Outcome) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        self.content.close()
        self._ended(self, outcome)
