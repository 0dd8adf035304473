"""The TFTP listener: takes requests on port 69, asks the core, and starts a session for each."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from ipaddress import IPv4Address

from pxectl.boot.answer import Routed
from pxectl.boot.arrival import Asked, Protocol
from pxectl.boot.events import Dropped, Event, Warned
from pxectl.boot.underway import UnderWay
from pxectl.errors import MalformedPacketError
from pxectl.net import pktinfo
from pxectl.net.content import Content
from pxectl.net.descriptors import room_for
from pxectl.net.opening import Opener, is_here, open_here, without_mirror
from pxectl.net.tftpsession import Peer, Session, SharedSession
from pxectl.net.tftpwords import answering_socket, error_for, transferred
from pxectl.net.window import WindowSender
from pxectl.wire.negotiation import Limits, objection
from pxectl.wire.tftp import ERROR, RRQ, WRQ, ErrorCode, parse
from pxectl.wire.transfer import Outcome, Transfer

RECEIVE_BUFFER = 4 << 20  # a rack that is switched on asks at once
BATCH = 64  # requests between two turns of the event loop
MAX_DATAGRAM = 65_535
TRANSFERS = 1000  # at once; each needs two descriptors

_REQUESTS = (b"\0\1", b"\0\2")


@dataclass(frozen=True, slots=True)
class _Running:
    request: RRQ
    routed: Routed


@dataclass(frozen=True, slots=True)
class _Datagram:
    data: bytes
    peer: Peer
    way: pktinfo.Way


class TFTPListener:
    """Serves reads; runs from its making until `close`."""

    def __init__(
        self,
        sock: socket.socket,
        answer: Callable[[Asked], Routed],
        emit: Callable[[Event], None],
        opener: Opener = without_mirror,
        transfers: int = TRANSFERS,
        *,
        single_port: bool = False,
    ) -> None:
        """Listen, in the running event loop.

        Args:
            sock: a bound UDP socket (IPv4), owned by the listener from now on.
            answer: what a path leads to: `route` with the site of the moment.
            opener: opens what that is, if it has to be waited for.
            emit: is told of every request, transfer and dropped datagram.
            transfers: how many may run at once, as far as there are descriptors for them.
            single_port: answer from the port that takes requests, for NAT without a helper.
        """
        self._is_single = single_port
        self._is_paused = False
        self._answer = answer
        self._opener = opener
        self._emit = emit
        self._limit = room_for(2 * transfers) // 2
        self._running: dict[Session, _Running] = {}
        self._peers: dict[Peer, Session] = {}
        self._opening: dict[Peer, RRQ] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._loop = asyncio.get_running_loop()
        self.resume(sock)
        if self._limit < transfers:
            emit(
                Warned(
                    f"no more than {self._limit} TFTP transfers at once: open files are limited",
                    "raise the hard limit: `ulimit -Hn`, or `LimitNOFILE=` of the service",
                )
            )

    @property
    def running(self) -> int:
        """How many transfers there are at this moment."""
        return len(self._running)

    def under_way(self) -> Iterator[UnderWay]:
        """How far each transfer has come."""
        now = self._loop.time()
        for session, one in self._running.items():
            transfer, asked = session.transfer, one.routed.event
            seconds = transfer.seconds(now)
            yield UnderWay(asked.who, asked.path, transfer.size, transfer.sent, seconds)

    @property
    def keeps_port(self) -> bool:
        """True while transfers of the single port go on over it, though it is paused."""
        return self._is_paused and self._sock.fileno() >= 0

    def resume(self, sock: socket.socket | None) -> None:
        """Take requests on `sock`, bound and owned from now on; None: on the one that it keeps."""
        self._is_paused = False
        if sock is None:
            return
        pktinfo.enable(sock, RECEIVE_BUFFER)
        self._sock = sock
        self._loop.add_reader(sock.fileno(), self._drain)

    def pause(self) -> None:
        """Take no more requests; transfers go on."""
        self._is_paused = True
        if not (self._is_single and self._running):
            self._shut()

    def _shut(self) -> None:
        if self._sock.fileno() >= 0:
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()

    async def close(self, grace: float = 5.0) -> None:
        """Take no more requests; let transfers finish for `grace` seconds, then end them."""
        self.pause()
        for task in self._tasks:
            task.cancel()
        try:
            await asyncio.wait_for(self._idle.wait(), grace)
        except TimeoutError:
            for session in list(self._running):
                session.stop("the server is shutting down")
        self._shut()

    def _drain(self) -> None:
        for _ in range(BATCH):
            try:
                data, ancillary, _, peer = self._sock.recvmsg(MAX_DATAGRAM, pktinfo.ROOM)
            except OSError:  # drained
                return
            if self._is_single and self._is_taken(data, peer):
                continue
            way = pktinfo.way_in(ancillary)
            if way is not None:
                self._take(_Datagram(data, peer, way))

    def _is_taken(self, data: bytes, peer: Peer) -> bool:
        """Hand what belongs to a transfer to it; true, too, for a request while it is paused."""
        if data[:2] in _REQUESTS:
            return self._is_paused
        session = self._peers.get(peer)
        if not isinstance(session, SharedSession):
            return self._is_paused
        session.receive(data)
        return True

    def _take(self, datagram: _Datagram) -> None:
        try:
            request = _read(datagram)
        except MalformedPacketError as error:
            self._drop(datagram, error.message)
            return
        if isinstance(request, WRQ):
            read_only = ERROR(ErrorCode.ACCESS_VIOLATION, "this server is read-only")
            self._refuse(datagram, f"WRQ {request.filename}", read_only)
        elif (objected := objection(request)) is not None:
            self._refuse(datagram, f"RRQ {request.filename}", objected)
        elif self._is_repeated(request, datagram.peer):
            pass  # the timer sends the answer again
        elif len(self._running) >= self._limit:
            reason = f"{self._limit} transfers are running, the client has to ask again"
            self._drop(datagram, f"RRQ {request.filename}: {reason}")
        else:
            self._serve(request, datagram)

    def _drop(self, datagram: _Datagram, reason: str) -> None:
        size, interface = len(datagram.data), datagram.way.interface
        self._emit(Dropped("tftp", datagram.peer[0], interface, reason, size))

    def _refuse(self, datagram: _Datagram, what: str, error: ERROR) -> None:
        self._drop(datagram, f"{what}: {error.message}")
        with contextlib.suppress(OSError), self._answering(datagram) as sock:
            WindowSender(sock, datagram.peer, 0).send(bytes(error))

    def _answering(self, datagram: _Datagram) -> AbstractContextManager[socket.socket]:
        """A socket for one answer."""
        if self._is_single:
            return contextlib.nullcontext(self._sock)
        return answering_socket(datagram.way.address)

    def _is_repeated(self, request: RRQ, peer: Peer) -> bool:
        """True for a request that is being answered already."""
        session = self._peers.get(peer)
        if session is None or not session.transfer.is_untouched:
            return False
        return self._running[session].request == request

    def _serve(self, request: RRQ, datagram: _Datagram) -> None:
        peer, way = datagram.peer, datagram.way
        asked = Asked(
            Protocol.TFTP, request.filename, IPv4Address(peer[0]), way.interface, way.address
        )
        routed = self._answer(asked)
        if is_here(routed):
            self._begin(request, datagram, *open_here(routed))
        else:
            self._begin_later(request, datagram, routed)

    def _begin_later(self, request: RRQ, datagram: _Datagram, routed: Routed) -> None:
        """Begin when the mirror has at least the beginning; the client repeats itself meanwhile."""
        if self._opening.get(datagram.peer) == request or len(self._opening) >= self._limit:
            return
        self._opening[datagram.peer] = request

        async def begin() -> None:
            try:
                routed_, content = await self._opener(routed)
            finally:
                self._opening.pop(datagram.peer, None)
            self._begin(request, datagram, routed_, content)

        task = self._loop.create_task(begin())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _begin(
        self, request: RRQ, datagram: _Datagram, routed: Routed, content: Content | None
    ) -> None:
        peer, way = datagram.peer, datagram.way
        try:
            sock = self._sock if self._is_single else answering_socket(way.address)
        except OSError as error:  # no descriptor is left
            if content is not None:
                content.close()
            self._drop(datagram, f"RRQ {request.filename}: {error.strerror}")
            return
        self._emit(routed.event)
        if content is None:
            with contextlib.nullcontext() if self._is_single else sock:
                WindowSender(sock, peer, 0).send(bytes(error_for(routed.answer)))
            return
        fits = min(max(pktinfo.mtu_of(way.interface) - 32, 512), 65_464)
        limits = Limits(blksize=min(fits, routed.blksize or fits))
        transfer = Transfer(request, content.size, limits, self._loop.time())
        before = self._peers.get(peer)
        if isinstance(before, SharedSession):
            before.forget("the client asked for another file from the same port")
        kind = SharedSession if self._is_single else Session
        session = kind(sock, peer, transfer, content, self._ended)
        self._running[session] = _Running(request, routed)
        self._peers[peer] = session
        self._idle.clear()
        session.start()

    def _ended(self, session: Session, outcome: Outcome) -> None:
        routed = self._running.pop(session).routed
        if self._peers.get(session.peer) is session:
            del self._peers[session.peer]
        if not self._running:
            self._idle.set()
            if self._is_paused:
                self._shut()
        self._emit(transferred(routed.event, session.transfer.size, outcome))


def _read(datagram: _Datagram) -> RRQ | WRQ:
    """The request that a datagram on our port must be.

    Raises:
        MalformedPacketError: it is something else.
    """
    if not datagram.way.is_unicast:  # RFC 1123 4.2.3.5
        raise MalformedPacketError("TFTP: sent to a broadcast address")
    packet = parse(datagram.data)
    if not isinstance(packet, RRQ | WRQ):
        kind = type(packet).__name__
        raise MalformedPacketError(f"{kind}: belongs to no transfer, this port takes requests")
    return packet
