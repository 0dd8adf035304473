"""The HTTP listener: aiohttp in front, the core's `route` behind.

What firmware needs of HTTP stands in netboot.md 2.9: HEAD, an exact Content-Length, ranges,
keep-alive, no redirects: `sending` does it with sendfile.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from aiohttp import web

from pxectl.boot.answer import Refusal, Routed, Text
from pxectl.boot.arrival import Asked, Protocol
from pxectl.boot.events import Dropped, Event, Transferred
from pxectl.boot.underway import UnderWay
from pxectl.net.interfaces import Interface
from pxectl.net.opening import Opener, without_mirror
from pxectl.net.sending import Sending, Sent
from pxectl.wire.httprange import is_piece

METHODS = ("GET", "HEAD")
GRACE = 2.0  # seconds for running downloads when the listener stops


class HTTPListener:
    """One HTTP server on one interface."""

    protocol = Protocol.HTTP

    def __init__(
        self,
        interface: Interface,
        answer: Callable[[Asked], Awaitable[Routed]],
        emit: Callable[[Event], None],
        opener: Opener = without_mirror,
    ) -> None:
        """Make it; `start` opens it.

        Args:
            interface: where it is asked.
            answer: the core.
            emit: takes the events.
            opener: opens what the core answers with.
        """
        self._interface = interface
        self._answer = answer
        self._open = opener
        self._emit = emit
        self._runner: web.ServerRunner | None = None
        self._running: set[Sending] = set()

    async def start(self, sock: socket.socket) -> None:
        """Serve on `sock`, which listens already and is owned from now on; again after `pause`."""
        if self._runner is None:
            self._runner = web.ServerRunner(self._server(), shutdown_timeout=GRACE)
            await self._runner.setup()
        await self._accept_from(sock)

    async def pause(self) -> None:
        """Take no more connections and close the idle ones; the others after their response."""
        if self._runner is None or self._runner.server is None:
            return
        for site in self._runner.sites:
            await site.stop()
        await asyncio.sleep(0)  # what has arrived is begun, as aiohttp's own `cleanup` does it
        self._runner.server.pre_shutdown()

    async def close(self) -> None:
        """Stop; running downloads get a little time."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _server(self) -> "Server":
        return Server(self._serve, self._logger())

    async def _accept_from(self, sock: socket.socket) -> None:
        if self._runner is not None:
            await web.SockSite(self._runner, sock).start()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        peer = IPv4Address(request.remote or "0.0.0.0")
        if request.method not in METHODS:
            reason = f"{request.method} is not served"
            self._emit(Dropped(self.protocol.value, str(peer), self._interface.name, reason, 0))
            return web.Response(status=405, text=f"{reason}\n", headers={"Allow": "GET, HEAD"})
        asked = Asked(
            self.protocol,
            request.path,
            peer,
            self._interface.name,
            self._interface.address,
            request.query_string,
            request.headers.get("User-Agent", ""),
        )
        routed, content = await self._open(await self._answer(asked))
        piece = is_piece(request.headers.get("Range", ""))
        self._emit(replace(routed.event, is_piece=piece) if piece else routed.event)
        if content is None:
            return _refused(routed.answer)
        kind = routed.answer.content_type if not isinstance(routed.answer, Refusal) else ""
        told = self._told(request, routed)
        return Sending(content, kind, routed.event, self._running, told)

    def _told(self, request: web.BaseRequest, routed: Routed) -> Callable[[Sent], None]:
        """What to do when a file has been sent, or not."""

        def tell(sent: Sent) -> None:
            if not sent.size or isinstance(routed.answer, Text):
                return
            client = routed.event.client
            is_done = sent.sent == sent.size
            self._emit(
                Transferred(
                    protocol=self.protocol,
                    peer=routed.event.peer,
                    path=routed.event.path,
                    mac=client.mac if client else None,
                    size=sent.size,
                    sent=sent.sent,
                    seconds=sent.seconds,
                    outcome="done" if is_done else "aborted",
                    detail=sent.reason or request.headers.get("Range", ""),
                    is_piece=is_piece(request.headers.get("Range", "")),
                )
            )

        return tell

    @property
    def running(self) -> int:
        """Files that are being sent."""
        return len(self._running)

    def under_way(self) -> Iterator[UnderWay]:
        """How far each of them has come."""
        return (sending.progress() for sending in self._running)

    def _logger(self) -> logging.Logger:
        """aiohttp tells a logger what could not be parsed; here it becomes an event."""
        logger = logging.getLogger(f"pxectl.{self.protocol.value}.{self._interface.name}")
        logger.propagate = False
        logger.setLevel(logging.DEBUG)  # what is no HTTP at all is told at that level
        logger.handlers.clear()
        logger.addHandler(_Dropping(self.protocol, self._interface.name, self._emit))
        return logger


class Server(web.Server):
    """aiohttp's, with connections that `pre_shutdown` closes when nothing is under way on them."""

    def __init__(
        self,
        answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        logger: logging.Logger,
        connection: Callable[..., "Connection"] | None = None,
    ) -> None:
        super().__init__(answer)
        self._connection = connection or Connection
        self._logs: dict[str, Any] = {"logger": logger, "access_log": None}

    def __call__(self) -> web.RequestHandler:
        """A connection was accepted."""
        return self._connection(self, loop=asyncio.get_running_loop(), **self._logs)


class Connection(web.RequestHandler):
    """One of them."""

    __slots__ = ()

    async def start(self) -> None:
        """Answer its requests, one after the other."""
        try:
            await super().start()
        except asyncio.CancelledError:
            # aiohttp ends the wait of an idle connection so, and leaves it open until it cleans up
            self.force_close()
            raise


class _Dropping(logging.Handler):
    """Turns aiohttp's complaints about requests into `Dropped`."""

    def __init__(self, protocol: Protocol, interface: str, emit: Callable[[Event], None]) -> None:
        super().__init__()
        self._protocol = protocol.value
        self._interface = interface
        self._emit = emit

    def emit(self, record: logging.LogRecord) -> None:
        """Called by `logging`."""
        about_request = str(record.msg).startswith("Error handling request")
        if not about_request and record.levelno < logging.WARNING:
            return
        error = record.exc_info[1] if record.exc_info else None
        peer = str(record.args[0]) if about_request and isinstance(record.args, tuple) else "-"
        said = (str(error) if error else record.getMessage()).strip()
        reason = " ".join(said.split()) or type(error).__name__
        self._emit(Dropped(self._protocol, peer, self._interface, reason, 0))


def _refused(answer: object) -> web.Response:
    """A response that says no."""
    if not isinstance(answer, Refusal):
        raise TypeError(answer)
    return web.Response(status=answer.status, text=f"{answer.reason}\n")
