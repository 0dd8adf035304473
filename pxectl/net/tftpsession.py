"""One TFTP transfer on a socket of its own: its port is our TID (RFC 1350 section 4)."""

import asyncio
import socket
from collections.abc import Callable

from pxectl.errors import MalformedPacketError
from pxectl.net.content import Content
from pxectl.net.window import WindowSender
from pxectl.wire.tftp import ERROR, ErrorCode, parse, segments
from pxectl.wire.transfer import Blocks, Outcome, Step, Transfer

Peer = tuple[str, int]


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
        self._arriving: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Answer the RRQ."""
        self._join()
        self._take(self.transfer.start(self._loop.time()))

    def stop(self, reason: str) -> None:
        """End it now and tell the client."""
        self._take(self.transfer.abort(reason, self._loop.time()))

    def _join(self) -> None:
        self._loop.add_reader(self._sock.fileno(), self._receive)

    def _leave(self) -> None:
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()

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
        if self._arriving is not None:
            return
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
        offset = self.transfer.offset(first)
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None
        if not self.content.has(offset, length):
            arriving = self._send_when_there(first, last, length)
            self._arriving = self._loop.create_task(arriving)
            return
        try:
            octets = self.content.read(offset, length)
        except OSError as error:
            reason = f"the file can not be read: {error.strerror}"
        else:
            reason = "the file became shorter"
        if len(octets) == length:
            blksize = self.transfer.blksize
            self._sender.send_window(segments(first, last, memoryview(octets), blksize))
        else:
            self._sender.send(bytes(self.transfer.abort(reason, self._loop.time())))

    async def _send_when_there(self, first: int, last: int, length: int) -> None:
        """The file is still arriving: the client repeats itself until these blocks are there."""
        growth = self.content.growth
        if growth is None:
            return
        try:
            await growth.reach(self.content.needs(self.transfer.offset(first), length))
        except OSError as error:
            self._arriving = None
            self._take(self.transfer.abort(str(error), self._loop.time()))
            return
        self._arriving = None
        self._take(self.transfer.held_up(self._loop.time(), Blocks(first, last)))

    def _wait(self) -> None:
        if self._arriving is not None:
            return
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
        if self._arriving is not None:
            self._arriving.cancel()
        self._leave()
        self.content.close()
        self._ended(self, outcome)


class SharedSession(Session):
    """One that answers from the socket that takes requests, and belongs to somebody else: what
    arrives there from its peer is handed to it (single-port mode)."""

    def receive(self, data: bytes) -> None:
        """Take a datagram of its peer."""
        try:
            packet = parse(data)
        except MalformedPacketError:
            return  # the timer speaks for a client whose packets arrive broken
        self._take(self.transfer.receive(packet, self._loop.time()))

    def forget(self, reason: str) -> None:
        """End it without a word: the client has gone on to another file from the same port."""
        self.transfer.abort(reason, self._loop.time())
        if self.transfer.outcome is not None:
            self._close(self.transfer.outcome)

    def _join(self) -> None:
        pass

    def _leave(self) -> None:
        pass
