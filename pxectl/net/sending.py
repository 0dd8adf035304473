"""An HTTP response with what `Content` holds: exact length, ranges, sendfile (netboot.md 2.9)."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from io import FileIO

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from pxectl.boot.events import Requested
from pxectl.boot.underway import UnderWay
from pxectl.net.content import Content, Part
from pxectl.wire.httprange import Span, is_unchanged, wanted

_AT_ONCE = 4 << 20
"""Octets that are sent before it is looked how much more there is, and people see how far it is:
a third of a second at 100 Mbit/s, 4 ms at memory's speed (nginx: 2 MB)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a response."""

    size: int
    """Octets that it was to have."""
    sent: int
    """Octets that were handed to the connection."""
    seconds: float
    reason: str = ""
    """Why it was cut; empty: it was not, or the client went away."""


class Sending(web.StreamResponse):
    """Sends `content`, or the range of it that is asked for, and closes it."""

    def __init__(
        self,
        content: Content,
        content_type: str,
        asked: Requested,
        under_way: set["Sending"],
        tell: Callable[[Sent], None],
    ) -> None:
        """Make it; aiohttp calls `prepare`.

        Args:
            content: owned from now on.
            content_type: as it stands in the header.
            asked: what was asked, and by whom.
            under_way: holds it while it is under way.
            tell: told once how it went.
        """
        super().__init__()
        self._headers["Content-Type"] = content_type
        self._content = content
        self._asked = asked
        self._under_way = under_way
        self._tell = tell
        self._sent = self._size = 0
        self._began = time.monotonic()
        self._why = ""

    def progress(self) -> UnderWay:
        """How far it has come."""
        asked, seconds = self._asked, time.monotonic() - self._began
        return UnderWay(asked.who, asked.path, self._size, self._sent, seconds)

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send it all: aiohttp calls this and has nothing to add."""
        self._under_way.add(self)
        try:
            span = self._head(request)
            writer = await super().prepare(request)
            if request.method != "HEAD" and span.count and writer is not None:
                self._size = span.count
                await self._send(request, writer, span)
            return writer
        finally:
            self._content.close()
            self._under_way.discard(self)
            self._tell(Sent(self._size, self._sent, time.monotonic() - self._began, self._why))

    def _head(self, request: web.BaseRequest) -> Span:
        """Status and header fields, and what follows them."""
        content, whole = self._content, Span(0, self._content.size)
        self._headers["Accept-Ranges"] = "bytes"
        if content.etag:
            self._headers["ETag"] = content.etag
        self.last_modified = content.modified
        if _is_known(request, content):
            self.set_status(HTTPStatus.NOT_MODIFIED)
            return Span(0, 0)
        span = None
        # RFC 9110 14.2: ranges are of GET alone
        if request.method == "GET":
            span = wanted(request.headers.get("Range", ""), content.size)
            if_range = request.headers.get("If-Range", "")
            if span is not None and not is_unchanged(if_range, content.etag, content.modified):
                span = None
        if span is None:
            self.content_length = content.size
            return whole
        if not span.count:
            self.set_status(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self._headers["Content-Range"] = f"bytes */{content.size}"
            self.content_length = 0
            return span
        self.set_status(HTTPStatus.PARTIAL_CONTENT)
        end = span.start + span.count - 1
        self._headers["Content-Range"] = f"bytes {span.start}-{end}/{content.size}"
        self.content_length = span.count
        return span

    async def _send(
        self, request: web.BaseRequest, writer: AbstractStreamWriter, span: Span
    ) -> None:
        transport = request.transport
        if transport is None:
            raise ConnectionResetError
        file = self._content.opened()
        try:
            for part in self._content.span(span.start, span.count):
                if part.text is not None:
                    await writer.write(part.text)
                    self._sent += part.length
                elif file is not None:
                    await self._send_part(transport, file, part)
        except OSError as error:
            if not isinstance(error, ConnectionError):
                self._why = error.strerror or str(error)
            # the length is promised: only an end without it tells the client
            transport.abort()
            raise ConnectionResetError(str(error)) from None
        await super().write_eof()

    async def _send_part(self, transport: asyncio.WriteTransport, file: FileIO, part: Part) -> None:
        start, end, growth = part.start, part.start + part.length, self._content.growth
        while start < end:
            length = min(end - start, _AT_ONCE)
            if growth is not None:
                await growth.reach(start + 1)
                length = min(growth.reached() - start, length)
            sent = await asyncio.get_running_loop().sendfile(transport, file, start, length)
            if not sent:
                raise OSError("the file became shorter")
            start += sent
            self._sent += sent


def _is_known(request: web.BaseRequest, content: Content) -> bool:
    """Whether the client has this very content (RFC 9110 13.2.2)."""
    if (tags := request.if_none_match) is not None:
        return any(tag.value == "*" or f'"{tag.value}"' == content.etag for tag in tags)
    since = request.if_modified_since
    return (
        since is not None
        and content.modified is not None
        and (int(content.modified) <= since.timestamp())
    )
