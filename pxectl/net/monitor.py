"""Health and metrics over HTTP, on an address of their own: who boots has no business there."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from aiohttp import web

from pxectl.errors import HostError

VERSION = 1

Exposition = Callable[[str], tuple[bytes, str]]
"""From the `Accept` header to the text of the metrics and its content type."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """How `serve` is."""

    is_ready: bool
    listeners: tuple[str, ...]
    """What listens, as in the event `ready`."""
    problems: tuple[str, ...]
    """What of the site could not be used; the last good version is in force."""


class Monitor:
    """Answers `/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, vitals: Callable[[], Vitals], exposition: Exposition) -> None:
        """Make it; `start` opens it."""
        self._vitals, self._exposition = vitals, exposition
        self._runner: web.AppRunner | None = None

    async def start(self, address: IPv4Address, port: int) -> None:
        """Listen.

        Raises:
            HostError: the port is taken, or needs a privilege.
        """
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, str(address), port).start()
        except OSError as error:
            await self.close()
            raise HostError(
                f"`monitor` can not listen on {address}:{port}: {error.strerror}",
                hint="name another port of an address of this host, or take `monitor` away",
            ) from None

    async def close(self) -> None:
        """Stop."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _healthz(self, _: web.Request) -> web.Response:
        """It answers: the process lives, and its event loop turns."""
        return web.json_response({"v": VERSION, "healthy": True})

    async def _readyz(self, _: web.Request) -> web.Response:
        """200 as soon as everything that was asked for is bound, until it ends; else 503."""
        vitals = self._vitals()
        told = {
            "v": VERSION,
            "ready": vitals.is_ready,
            "listeners": list(vitals.listeners),
            "problems": list(vitals.problems),
        }
        return web.json_response(told, status=200 if vitals.is_ready else 503)

    async def _metrics(self, request: web.Request) -> web.Response:
        text, content_type = self._exposition(request.headers.get("Accept", ""))
        return web.Response(body=text, headers={"Content-Type": content_type})
