"""The listeners of one `serve`, opened and closed one kind at a time while it runs.

Closing takes no new requests; what is under way goes on to its end, for a machine in the middle of
its kernel can not begin again. So a listener of TFTP or HTTP stays, without its socket, until
`close`, and is given a new socket when it opens again.
"""

import contextlib
import socket
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from ssl import SSLContext
from typing import Any

from pxectl.boot.answer import Routed
from pxectl.boot.arrival import Arrival, Asked
from pxectl.boot.events import Event
from pxectl.boot.response import Response
from pxectl.boot.underway import UnderWay
from pxectl.errors import HostError
from pxectl.net.dhcp import DHCPListener
from pxectl.net.frames import open_sender
from pxectl.net.interfaces import Interface
from pxectl.net.opening import Opener, without_mirror
from pxectl.net.sockets import dhcp_socket, http_socket, https_socket, tftp_socket
from pxectl.wire.iana import BOOT_SERVER_PORT, DHCP_SERVER_PORT

DHCP_PORTS = (DHCP_SERVER_PORT, BOOT_SERVER_PORT)
"""Of DHCP and of proxyDHCP alike: what is answered is the site's business."""


def no_certificate() -> SSLContext:
    """Where there is none."""
    raise HostError("there is no certificate for HTTPS", hint="`pxectl cert make` makes one")


@dataclass(frozen=True, slots=True)
class Answers:
    """What listeners ask the core."""

    dhcp: Callable[[bytes, Arrival, Callable[[Response], None]], None]
    tftp: Callable[[Asked], Routed]
    http: Callable[[Asked], Awaitable[Routed]]
    opener: Opener = without_mirror
    """Opens what they answer with."""
    certify: Callable[[], SSLContext] = no_certificate
    """The `ssl.SSLContext` of the connections that are accepted now; raises PxectlError."""


class Listeners:
    """Owns every socket that a request arrives on. All of a kind are open, or none is."""

    def __init__(
        self, interfaces: tuple[Interface, ...], answers: Answers, emit: Callable[[Event], None]
    ) -> None:
        """Make it; nothing is open yet.

        Args:
            interfaces: where to listen.
            answers: the core.
            emit: takes the events.
        """
        self._interfaces = interfaces
        self._answers = answers
        self._emit = emit
        self._dhcp = contextlib.ExitStack()
        # Any: aiohttp, and what TFTP needs, is imported when it is listened for
        self._tftp: dict[str, Any] = {}
        self._http: dict[str, Any] = {}
        self._https: dict[str, Any] = {}

    def open_dhcp(self) -> None:
        """Listen on ports 67 and 4011.

        Raises:
            HostError: a port is taken or needs a privilege; none of them stays bound.
        """
        with contextlib.ExitStack() as stack:
            for interface in self._interfaces:
                sender = open_sender(interface)
                if sender is not None:
                    stack.callback(sender.close)
                for port in DHCP_PORTS:
                    sock = dhcp_socket(interface, port)
                    listener = DHCPListener(sock, interface, sender, self._answers.dhcp, self._emit)
                    stack.callback(listener.close)
            self._dhcp = stack.pop_all()

    def close_dhcp(self) -> None:
        """Hear no client any more; a reply that waits is not sent."""
        self._dhcp.close()

    def open_tftp(self, port: int, *, single: bool = False) -> None:
        """Take TFTP requests on `port`.

        Args:
            port: which.
            single: answer from it, too.

        Raises:
            HostError: the port is taken or needs a privilege; none stays bound.
        """
        from pxectl.net.tftp import TFTPListener

        core = self._answers
        kept = {name for name, one in self._tftp.items() if one.keeps_port}
        wanted = tuple(one for one in self._interfaces if one.name not in kept)
        for interface, sock in self._bound(tftp_socket, port, wanted):
            listener = self._tftp.get(interface.name)
            if listener is None:
                self._tftp[interface.name] = TFTPListener(
                    sock, core.tftp, self._emit, core.opener, single_port=single
                )
            else:
                listener.resume(sock)
        for name in kept:
            self._tftp[name].resume(None)

    def close_tftp(self) -> None:
        """Take no more TFTP requests."""
        for listener in self._tftp.values():
            listener.pause()

    async def open_http(self, port: int) -> None:
        """Take HTTP connections on `port`.

        Raises:
            HostError: the port is taken or needs a privilege; none stays bound.
        """
        from pxectl.net.http import HTTPListener

        for interface, sock in self._bound(http_socket, port):
            listener = self._http.get(interface.name)
            if listener is None:
                listener = HTTPListener(
                    interface, self._answers.http, self._emit, self._answers.opener
                )
                self._http[interface.name] = listener
            await listener.start(sock)

    async def close_http(self) -> None:
        """Take no more HTTP connections, and let go of those on which nothing is under way."""
        for listener in self._http.values():
            await listener.pause()

    async def open_https(self, port: int) -> None:
        """Take HTTPS connections on `port`.

        Raises:
            PxectlError: the certificate can not be used, or the port is taken or needs a privilege;
                none stays bound.
        """
        from pxectl.net.https import HTTPSListener

        self._answers.certify()
        for interface, sock in self._bound(https_socket, port):
            listener = self._https.get(interface.name)
            if listener is None:
                core = self._answers
                listener = HTTPSListener(
                    interface, core.http, core.certify, self._emit, core.opener
                )
                self._https[interface.name] = listener
            await listener.start(sock)

    async def close_https(self) -> None:
        """As `close_http`."""
        for listener in self._https.values():
            await listener.pause()

    async def close(self) -> None:
        """Close all, and give what is under way a little time."""
        self.close_dhcp()
        self.close_tftp()
        await self.close_http()
        await self.close_https()
        for listener in (*self._tftp.values(), *self._http.values(), *self._https.values()):
            await listener.close()

    def transfers(self) -> tuple[int, int, int]:
        """How many files are under way over TFTP, HTTP and HTTPS, on closed listeners too."""
        tftp, http, https = (
            sum(listener.running for listener in listeners.values())
            for listeners in (self._tftp, self._http, self._https)
        )
        return tftp, http, https

    def under_way(self) -> Iterator[UnderWay]:
        """How far each of them has come."""
        for listeners in (self._tftp, self._http, self._https):
            for listener in listeners.values():
                yield from listener.under_way()

    def _bound(
        self,
        make: Callable[[Interface, int], socket.socket],
        port: int,
        interfaces: tuple[Interface, ...] | None = None,
    ) -> list[tuple[Interface, socket.socket]]:
        """A socket for each interface, or none."""
        wanted = self._interfaces if interfaces is None else interfaces
        with contextlib.ExitStack() as stack:
            bound = [(one, stack.enter_context(make(one, port))) for one in wanted]
            stack.pop_all()
        return bound
