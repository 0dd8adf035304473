"""HTTP to a service that tells of machines. Imported when there is one: httpx takes its time."""

import asyncio
import ssl

import httpx

from pxectl.store.sources.answers import AwayError

IN_FLIGHT = 64
"""Questions to one service at a time."""
_REDIRECTS = 5
_AWAY = frozenset((408, 425, 429))
"""Statuses below 500 that say nothing about the machine."""


class Fetcher:
    """The connections to one service. For one event loop."""

    def __init__(self, timeout: float, largest: int) -> None:
        """Nothing is opened yet.

        Args:
            timeout: seconds for one answer, all of it.
            largest: octets of one answer.
        """
        self._timeout = timeout
        self._largest = largest
        self._turns = asyncio.Semaphore(IN_FLIGHT)
        self._client = httpx.AsyncClient(
            # `rules test` in a shell with http_proxy and `serve` without must ask the same service
            trust_env=False,
            verify=ssl.create_default_context(),  # what this host trusts, not httpx's own list
            follow_redirects=True,  # as Pixiecore's own client does
            max_redirects=_REDIRECTS,
            timeout=None,  # noqa: S113 - one for the whole answer stands around it
            limits=httpx.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=8),
            headers={"Accept": "application/json"},
        )

    async def get(self, url: str) -> bytes | None:
        """The body of an answer with status 200; None: the service has none.

        Raises:
            AwayError: there is no answer that says either.
        """
        try:
            # time spent in the queue is not the service's
            async with self._turns, asyncio.timeout(self._timeout):
                return await self._get(url)
        except TimeoutError:
            raise AwayError(f"no answer within {self._timeout:g} s") from None
        except httpx.ConnectError:
            raise AwayError("it can not be reached") from None
        except httpx.TooManyRedirects:
            raise AwayError("it redirects in circles") from None
        except httpx.RemoteProtocolError:
            raise AwayError("the answer was cut off, or is no HTTP") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise AwayError(f"{type(error).__name__}: {error}") from None

    async def _get(self, url: str) -> bytes | None:
        body = bytearray()
        async with self._client.stream("GET", url) as response:
            status = response.status_code
            if status >= httpx.codes.INTERNAL_SERVER_ERROR or status in _AWAY:
                raise AwayError(f"status {status}")
            if status != httpx.codes.OK:
                return None
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._largest:
                    raise AwayError(f"the answer is larger than {self._largest >> 20} MiB")
        return bytes(body)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
