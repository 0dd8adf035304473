"""The certificate of a running `serve`: read when HTTPS opens, and again when it is renewed."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLContext

from pxectl.boot.events import Event, Told, Warned
from pxectl.boot.site import HTTPS, Serving
from pxectl.errors import ConfigError

LOOK = 2.0
"""Seconds between two looks at the files: they may be links out of the site, as certbot's are."""
SOON = 14 * 86400
"""Seconds before its end from which on that is told."""

Stamp = tuple[object, ...]


class Certifier:
    """Holds what HTTPS connections are accepted with; the last good one stays."""

    def __init__(
        self, site: Path, serving: Callable[[], Serving], emit: Callable[[Event], None]
    ) -> None:
        """Make it; nothing is read before `context` or `keep`.

        Args:
            site: the site's directory.
            serving: what is served at the moment.
            emit: takes the events.
        """
        self._site = site
        self._serving = serving
        self._emit = emit
        self._context: SSLContext | None = None
        self._read: Stamp = ()
        self._until = 0.0

    def context(self) -> SSLContext:
        """The `ssl.SSLContext` for a connection that is accepted now.

        Raises:
            ConfigError: there has never been one that can be used.
        """
        return self._context or self._load()

    async def keep(self) -> None:
        """Follow what becomes of the files, until cancelled."""
        warned = 0.0
        while True:
            await asyncio.sleep(LOOK)
            if self._serving().https is HTTPS.OFF:
                # whoever turns it on is told of the files as they are then
                self._context, self._read = None, ()
            elif self._read != self._stamp():
                self._renew()
            elif self._until - time.time() < SOON and warned != self._until:
                warned = self._until
                self._tell_end()

    def _renew(self) -> None:
        had = self._context is not None
        try:
            self._load()
        except ConfigError as error:
            hint = "HTTPS goes on with the one before; " * had + error.hint
            self._emit(Warned(error.message, hint))
        else:
            cert, _ = self._files()
            self._emit(Told(f"HTTPS shows the certificate of {cert} as it is now"))

    def _load(self) -> SSLContext:
        from pxectl.net.tls import make_context
        from pxectl.store.certificate import read_certificate

        cert, key = self._files()
        # before it is read: what changes meanwhile is read again
        self._read = self._stamp()
        certificate = read_certificate(cert, key, datetime.fromtimestamp(time.time(), UTC))
        self._context = make_context(str(cert), str(key))
        self._until = certificate.ends.timestamp()
        return self._context

    def _tell_end(self) -> None:
        cert, _ = self._files()
        ends = datetime.fromtimestamp(self._until, UTC)
        word = "expires" if self._until > time.time() else "has expired"
        self._emit(
            Warned(
                f"{cert}: {word} on {ends:%Y-%m-%d}",
                "renew it; `pxectl cert make` renews what it made",
            )
        )

    def _files(self) -> tuple[Path, Path]:
        serving = self._serving()
        return self._site / serving.tls_cert, self._site / serving.tls_key

    def _stamp(self) -> Stamp:
        """Tells one version of the files from another."""
        return tuple(part for path in self._files() for part in (path, *_looks(path)))


def _looks(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError as error:
        return (error.errno,)
    return found.st_mtime_ns, found.st_size, found.st_ino
