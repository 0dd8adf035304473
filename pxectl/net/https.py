"""The HTTPS listener: that of HTTP behind TLS.

Handshakes are made here and not by asyncio's server, which keeps to itself why one failed, and so
that a renewed certificate counts from the next connection on.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from pxectl.boot.answer import Routed
from pxectl.boot.arrival import Asked, Protocol
from pxectl.boot.events import Dropped, Event
from pxectl.net.http import Connection, HTTPListener, Server
from pxectl.net.interfaces import Interface
from pxectl.net.opening import Opener, without_mirror
from pxectl.net.tls import why_failed

PATIENCE = 30.0
"""Seconds for a handshake: firmware computes slowly."""
AT_ONCE = 256
"""Handshakes under way; more wait in the socket's queue."""
_AGAIN = 0.5
"""Seconds until it is tried again to accept, when no descriptor is left."""


class HTTPSListener(HTTPListener):
    """One HTTPS server on one interface."""

    protocol = Protocol.HTTPS

    def __init__(
        self,
        interface: Interface,
        answer: Callable[[Asked], Awaitable[Routed]],
        certify: Callable[[], ssl.SSLContext],
        emit: Callable[[Event], None],
        opener: Opener = without_mirror,
    ) -> None:
        """Make it; `start` opens it.

        Args:
            interface: where it is asked.
            answer: the core.
            certify: gives what connections are accepted with at the moment.
            emit: takes the events.
            opener: opens what the core answers with.
        """
        super().__init__(interface, answer, emit, opener)
        self._certify = certify
        self._room = asyncio.Semaphore(AT_ONCE)
        self._accepting: asyncio.Task[None] | None = None
        self._greeting: set[asyncio.Task[None]] = set()

    async def pause(self) -> None:
        """Take no more connections and close the idle ones; the others after their response."""
        if self._accepting is not None:
            self._accepting.cancel()
            with suppress(asyncio.CancelledError):
                await self._accepting
            self._accepting = None
        await super().pause()

    async def close(self) -> None:
        """Stop; running downloads get a little time."""
        for task in self._greeting:
            task.cancel()
        await super().close()

    def _server(self) -> Server:
        def connection(manager: web.Server, **logs: object) -> Connection:
            return _Secured(manager, self._tell, **logs)

        return Server(self._serve, self._logger(), connection)

    async def _accept_from(self, sock: socket.socket) -> None:
        self._accepting = asyncio.create_task(self._accept(sock))

    async def _accept(self, sock: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with sock:
            while True:
                await self._room.acquire()
                try:
                    connection, (peer, _) = await loop.sock_accept(sock)
                except OSError:  # no descriptor is left
                    self._room.release()
                    await asyncio.sleep(_AGAIN)
                    continue
                except BaseException:
                    self._room.release()
                    raise
                task = loop.create_task(self._greet(connection, peer))
                self._greeting.add(task)
                task.add_done_callback(self._greeted)

    def _greeted(self, task: asyncio.Task[None]) -> None:
        self._greeting.discard(task)
        self._room.release()

    async def _greet(self, connection: socket.socket, peer: str) -> None:
        if self._runner is None or self._runner.server is None:
            connection.close()
            return
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                self._runner.server,
                connection,
                ssl=self._certify(),
                ssl_handshake_timeout=PATIENCE,
            )
        except OSError as error:  # among them TLS's, and the time that is up
            self._tell(peer, error)

    def _tell(self, peer: str, error: OSError) -> None:
        reason, hint = why_failed(error)
        self._emit(Dropped(self.protocol.value, peer, self._interface.name, reason, 0, hint))


class _Secured(Connection):
    __slots__ = ("_tell",)

    def __init__(
        self, manager: web.Server, tell: Callable[[str, OSError], None], **logs: object
    ) -> None:
        super().__init__(manager, **logs)  # type: ignore[arg-type]  # as aiohttp spells them
        self._tell = tell

    def connection_lost(self, exc: BaseException | None) -> None:
        """With TLS 1.3 the client's "no" comes after our end of the handshake."""
        if isinstance(exc, ssl.SSLError) and self.transport is not None:
            peer = self.transport.get_extra_info("peername") or ("-",)
            self._tell(str(peer[0]), exc)
        super().connection_lost(exc)
