"""The TFTP listener: takes requests on port 69, asks the core, and starts a session for each."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from pxectl.boot.answer import Refusal, Routed
from pxectl.boot.arrival import Asked, Protocol
from pxectl.boot.events import Dropped, Event, Transferred, Warned
from pxectl.errors import MalformedPacketError
from pxectl.net import pktinfo
from pxectl.net.content import Content
from pxectl.net.descriptors import room_for
from pxectl.net.opening import Opener, is_here, open_here, without_mirror
from pxectl.net.tftpsession import Peer, Session
from pxectl.net.window import WindowSender
from pxectl.wire.negotiation import Limits, objection
from pxectl.wire.tftp import ERROR, RRQ, WRQ, ErrorCode, parse
from pxectl.wire.transfer import Kind, Outcome, Transfer

RECEIVE_BUFFER = 4 << 20  # a rack that is switched on asks at once
BATCH = 64  # requests between two turns of the event loop
MAX_DATAGRAM = 65_535
TRANSFERS = 1000  # at once; each needs two descriptors

_ERRORS = {403: ErrorCode.ACCESS_VIOLATION, 404: ErrorCode.FILE_NOT_FOUND}


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
    ) -> None:
        """Listen, in the running event loop.

        Args:
            sock: a bound UDP socket (IPv4), owned by the listener from now on.
            answer: what a path leads to: `route` with the site of the moment.
            opener: opens what that is, if it has to be waited for.
            emit: is told of every request, transfer and dropped datagram.
            transfers: how many may run at once, as far as there are descriptors for them.
        """
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

    def resume(self, sock: socket.socket) -> None:
        """Take requests on `sock`, a bound UDP socket that is owned from now on."""
        pktinfo.enable(sock, RECEIVE_BUFFER)
        self._sock = sock
        self._loop.add_reader(sock.fileno(), self._drain)

    def pause(self) -> None:
        """Take no more requests; transfers, which have sockets of their own, go on."""
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

    def _drain(self) -> None:
        for _ in range(BATCH):
            try:
                data, ancillary, _, peer = self._sock.recvmsg(MAX_DATAGRAM, pktinfo.ROOM)
            except OSError:  # drained
                return
            way = pktinfo.way_in(ancillary)
            if way is not None:
                self._take(_Datagram(data, peer, way))

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
        with contextlib.suppress(OSError), _socket(datagram.way.address) as sock:
            WindowSender(sock, datagram.peer, 0).send(bytes(error))

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
            sock = _socket(way.address)
        except OSError as error:  # no descriptor is left
            if content is not None:
                content.close()
            self._drop(datagram, f"RRQ {request.filename}: {error.strerror}")
            return
        self._emit(routed.event)
        if content is None:
            with sock:
                WindowSender(sock, peer, 0).send(bytes(_error(routed.answer)))
            return
        fits = min(max(pktinfo.mtu_of(way.interface) - 32, 512), 65_464)
        limits = Limits(blksize=min(fits, routed.blksize or fits))
        transfer = Transfer(request, content.size, limits, self._loop.time())
        session = Session(sock, peer, transfer, content, self._ended)
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
        client = routed.event.client
        self._emit(
            Transferred(
                protocol=Protocol.TFTP,
                peer=routed.event.peer,
                path=routed.event.path,
                mac=client.mac if client else None,
                size=session.transfer.size,
                sent=outcome.sent,
                seconds=outcome.seconds,
                outcome=outcome.kind.value,
                detail=_detail(outcome),
            )
        )


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


def _socket(address: IPv4Address) -> socket.socket:
    """A socket that answers from the address that was asked (netboot.md 2.8)."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.bind((str(address), 0))
    except OSError:
        sock.close()
        raise
    return sock


def _error(answer: object) -> ERROR:
    """What TFTP says for a refusal."""
    if not isinstance(answer, Refusal):
        raise TypeError(answer)
    reason = answer.reason.encode("ascii", "replace").decode().replace("\0", "?")
    return ERROR(_ERRORS.get(answer.status, ErrorCode.NOT_DEFINED), reason)


def _detail(outcome: Outcome) -> str:
    if outcome.kind is Kind.ABORTED:
        return outcome.detail
    text = f"blksize {outcome.blksize}, windowsize {outcome.windowsize}"
    again = outcome.retransmissions
    return f"{text}, {again} sent again" if again else text
