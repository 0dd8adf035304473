"""The UNIX socket by which a running `serve` is steered; `net/steer.py` is its other end.

Whoever may open it is trusted to steer, but not to behave: what comes is bounded in size and time,
and the event loop never waits for it.
"""

import asyncio
import contextlib
import inspect
import json
import os
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from pxectl.errors import HostError, PxectlError
from pxectl.net.steer import VERSION, reachable

LONGEST = 1 << 16
"""Octets of a request."""
IDLE = 10.0
"""Seconds for a request to arrive, and for an answer to be taken."""
CONNECTIONS = 16
"""At once."""

Handler = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]] | Mapping[str, Any]]
"""Does what a request says and gives the keys of its answer; a PxectlError is told to who asked."""


class Control:
    """The socket of one `serve`."""

    def __init__(
        self, path: Path, handlers: Mapping[str, Handler], own: Callable[[Path], None]
    ) -> None:
        """Make it; there is no socket before `bind`.

        Args:
            path: where the socket will be.
            handlers: what can be done, by the word that asks for it.
            own: gives the socket to whom it should belong.
        """
        self._path = path
        self._handlers = handlers
        self._own = own
        self._sock: socket.socket | None = None
        self._inode = 0
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def is_bound(self) -> bool:
        """True from `bind` to `close`."""
        return self._sock is not None

    def bind(self) -> None:
        """Put the socket in its place, instead of what a `serve` that died left there.

        Nobody is answered before `start`.

        Raises:
            HostError: another `serve` answers there.
            OSError: it can not be made.
        """
        _refuse_second(self._path)
        # readable by its owner only from its first moment on: made elsewhere, then moved there
        draft = self._path.with_name(f".{self._path.name}.{os.urandom(4).hex()}")
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.setblocking(False)
            with reachable(draft) as address:
                sock.bind(address)
            draft.chmod(0o600)
            self._own(draft)
            sock.listen(CONNECTIONS)
            self._inode = draft.stat().st_ino
            draft.rename(self._path)
        except BaseException:
            sock.close()
            draft.unlink(missing_ok=True)
            raise
        self._sock = sock

    async def start(self) -> None:
        """Answer, also who asked since `bind`."""
        if self._sock is not None:
            self._server = await asyncio.start_unix_server(
                self._accept, sock=self._sock, limit=LONGEST
            )

    async def close(self) -> None:
        """Take the socket away."""
        if self._server is not None:
            self._server.close()
        for talk in tuple(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        if self._sock is not None:
            self._sock.close()
            self._sock = None
            with contextlib.suppress(OSError):
                if self._path.stat().st_ino == self._inode:
                    self._path.unlink()

    # ---- one connection

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._talk(reader, writer))
        self._talks.add(task)
        task.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other, until the other end goes or takes too long."""
        writer.transport.set_write_buffer_limits(0)  # `drain` waits until all has been taken
        busy = len(self._talks) > CONNECTIONS
        try:
            while True:
                async with asyncio.timeout(IDLE):
                    line = b"" if busy else await _next_line(reader)
                answer = _no("too many speak to this `serve`") if busy else await self._do(line)
                writer.write(json.dumps({"v": VERSION, **answer}).encode() + b"\n")
                async with asyncio.timeout(IDLE):
                    await writer.drain()
                if not line:
                    return
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()

    async def _do(self, line: bytes) -> Mapping[str, Any]:
        if not line:
            return _no(f"a request has at most {LONGEST} octets")
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            request = None
        if not isinstance(request, dict):
            return _no("a request is a JSON object in one line")
        handler = self._handlers.get(str(request.get("do")))
        if handler is None:
            return _no("this `serve` does not know that command", "is it of another version?")
        try:
            answer = handler(request)
            return {"ok": True, **(await answer if inspect.isawaitable(answer) else answer)}
        except PxectlError as error:
            return _no(error.message, error.hint)
        except Exception as error:
            # told in the log as every mistake of pxectl's own, and to who asked
            loop = asyncio.get_running_loop()
            loop.call_exception_handler({"message": "control", "exception": error})
            return _no(f"internal error: {type(error).__name__}: {error}")


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    """A line; empty if it is too long."""
    try:
        return await reader.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        return b""


def _no(error: str, hint: str = "") -> dict[str, Any]:
    return {"ok": False, "error": error, "hint": hint}


def _refuse_second(path: Path) -> None:
    """Raise HostError if somebody listens at `path`; what a dead one left there refuses."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.setblocking(False)
        try:
            with reachable(path) as address:
                sock.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            return
        except BlockingIOError:
            pass  # it listens, and many wait
        raise HostError(
            f"another `pxectl serve`{_peer(sock)} serves the site {path.parent.parent}",
            hint="`pxectl ctl status` tells of it; stop it, or serve another site with `--site`",
        )


def _peer(sock: socket.socket) -> str:
    if not hasattr(socket, "SO_PEERCRED"):
        return ""
    size = struct.calcsize("3i")
    with contextlib.suppress(OSError):
        pid = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))[0]
        return f" (pid {pid})" if pid > 0 else ""
    return ""
