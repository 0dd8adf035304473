"""One Pixiecore API server: asked over HTTP, remembered while it is away."""

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from pxectl.errors import ConfigError, PxectlError
from pxectl.mac import MAC
from pxectl.store.sources.answers import Answer, Answers, AwayError
from pxectl.store.sources.pixiecore import LARGEST, read_answer
from pxectl.store.sources.settings import BootAPI

_RETRY = 5.0
"""Seconds before a service that did not answer is asked about the same MAC again."""
_SHORT = 2.0
"""Seconds for which "not known" is believed: the next DISCOVER of its ROM asks again."""
_REMEMBERED = 1024

Say = Callable[[PxectlError], None]
"""Takes what a person should know of a source."""


class _Fetcher(Protocol):
    """What `fetch.Fetcher` is, which is not imported before somebody has to be asked."""

    def get(self, url: str) -> Awaitable[bytes | None]: ...

    def close(self) -> Awaitable[None]: ...


class Asking:
    """The service and its answers. Mutable; for one event loop at a time."""

    def __init__(self, api: BootAPI, say: Say) -> None:
        """Nothing is asked yet.

        Args:
            api: where.
            say: is told what is wrong with an answer.
        """
        self.api = api
        self.answers = Answers()
        self._say = say
        self._fetcher: _Fetcher | None = None
        self._told: dict[MAC, str] = {}

    def is_fresh(self, mac: MAC) -> bool:
        """True while it need not be asked about `mac`."""
        return self.answers.is_fresh(mac, time.monotonic())

    async def ask(self, mac: MAC) -> None:
        """Bring `answers[mac]` up to date. Never raises; takes at most the time-out."""
        try:
            body = await self._open().get(f"{self.api.url}/v1/boot/{mac}")
            answer = None if body is None else self._read(mac, body, time.time())
        except ConfigError as error:
            self._failed(mac, error.message, error.hint)
        except AwayError as error:
            self._failed(mac, str(error))
        else:
            self._told.pop(mac, None)
            self.answers.put(mac, answer)
            fresh = self.api.cache if answer else min(self.api.cache, _SHORT)
            self.answers.trust(mac, time.monotonic() + fresh)

    def _open(self) -> _Fetcher:
        from pxectl.store.sources.fetch import Fetcher

        if self._fetcher is None:
            self._fetcher = Fetcher(self.api.timeout, LARGEST)
        return self._fetcher

    def _read(self, mac: MAC, body: bytes, as_of: float) -> Answer:
        return Answer(read_answer(body, mac, self.api.url, self.api.origin, as_of), body)

    def _failed(self, mac: MAC, reason: str, hint: str = "") -> None:
        """Its last answer stays; that is said each time, that there is none only once."""
        last = self.answers.get(mac)
        self.answers.trust(mac, time.monotonic() + (_RETRY if last else _SHORT))
        if last is not None:
            age = last.age(time.time())
            what = f"{mac} is decided by its answer of {age} ago"
        elif self._told.get(mac) != reason:
            what = f"nothing is known of {mac}"
        else:
            return
        if len(self._told) >= _REMEMBERED:
            self._told.clear()
        self._told[mac] = reason
        self._say(PxectlError(f"source {self.api.origin}: {reason}: {what}", hint=hint))

    def recall(self, kept: object) -> None:
        """Know again what was said before a restart (`to_keep`). It is asked all the same."""
        for item in kept if isinstance(kept, list) else ():
            # a file that a person changed, or that another version wrote, is worth nothing
            with suppress(ConfigError, KeyError, TypeError, ValueError, AttributeError):
                mac, body = MAC.parse(item["mac"]), item["body"].encode()
                self.answers.put(mac, self._read(mac, body, float(item["as_of"])))

    def to_keep(self) -> list[dict[str, Any]]:
        """Every answer, as JSON can hold it."""
        return [
            {
                "mac": str(mac),
                "as_of": answer.machine.as_of,
                "body": answer.body.decode("utf-8", "replace"),
            }
            for mac, answer in self.answers.all()
        ]

    async def close(self) -> None:
        """Close its connections."""
        if self._fetcher is not None:
            await self._fetcher.close()
            self._fetcher = None
