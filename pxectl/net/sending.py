"""An HTTP response with what `Content` holds: exact length, ranges, sendfile (netboot.md 2.9)."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from io import FileIO

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from pxectl.net.content import Content, Part
from pxectl.wire.httprange import Span, is_unchanged, wanted

_AT_ONCE = 8 << 20
"""Octets of an arriving file that are sent before it is looked how much more there is."""


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
        count: Callable[[int], None],
        tell: Callable[[Sent], None],
    ) -> None:
        """Make it; aiohttp calls `prepare`.

        Args:
            content: owned from now on.
            content_type: as it stands in the header.
            count: told +1 and -1 when it is under way.
            tell: told once how it went.
        """
        super().__init__()
        self._headers["Content-Type"] = content_type
        self._content = content
        self._count = count
        self._tell = tell
        self._sent = 0
        self._why = ""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send it all: aiohttp calls this and has nothing to add."""
        began = time.monotonic()
        self._count(1)
        size = 0
        try:
            span = self._head(request)
            writer = await super().prepare(request)
            if request.method != "HEAD" and span.count and writer is not None:
                size = span.count
                await self._send(request, writer, span)
            return writer
        finally:
            self._content.close()
            self._count(-1)
            self._tell(Sent(size, self._sent, time.monotonic() - began, self._why))

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
            length = end - start
            if growth is not None:
                await growth.reach(start + 1)
                length = min(growth.reached() - start, length, _AT_ONCE)
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
