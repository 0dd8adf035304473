"""The wire format of a Kubernetes API server: list, then watch. Imported when there is one."""

import asyncio
import json
import ssl
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx

from pxectl.errors import ConfigError
from pxectl.store.sources.access import Access
from pxectl.store.sources.answers import AwayError

PATH = "/apis/tinkerbell.org/v1alpha1"
_PAGE = 500
_LARGEST_PAGE = 64 << 20
_LARGEST_LINE = 4 << 20
"""etcd holds objects of 1.5 MiB at most."""
MOST = 100_000
"""Objects."""
_WATCH = 240
"""Seconds after which the server ends a watch: a connection that died without a word is noticed,
and a token that was changed is read again."""
_GONE = 410

Object = Mapping[str, Any]


class GoneError(Exception):
    """What has happened since the last list is no longer known there: list again."""


class Kubernetes:
    """Hardware objects behind one `Access`; an async context."""

    def __init__(self, access: Access, namespace: str, timeout: float) -> None:
        """Nothing is opened yet.

        Args:
            access: the way there.
            namespace: empty: all of them.
            timeout: seconds for a connection, and for a page of the list.

        Raises:
            ConfigError: a certificate can not be used.
        """
        scope = f"/namespaces/{namespace}" if namespace else ""
        self._url = f"{access.server}{PATH}{scope}/hardware"
        self._timeout = timeout
        self._extensions = {"sni_hostname": access.server_name} if access.server_name else {}
        self._client = httpx.AsyncClient(
            trust_env=False,
            verify=_context(access),
            headers={"Accept": "application/json", **access.headers},
            timeout=httpx.Timeout(timeout, read=_WATCH + 30),
        )

    async def __aenter__(self) -> "Kubernetes":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def list(self) -> tuple[list[Object], str]:
        """All objects, and the version from which a watch goes on.

        Raises:
            AwayError: there is no list to be had.
            ConfigError: the server refuses us.
        """
        objects: list[Object] = []
        query = {"limit": str(_PAGE)}
        while True:
            try:
                page = await self._page(query)
            except GoneError:  # between two pages: what was read is of another time
                if "continue" not in query:
                    raise AwayError(f"status {_GONE}") from None
                objects, query = [], {}  # a list without pages can not expire
                continue
            items, meta = page.get("items") or [], page.get("metadata") or {}
            if not isinstance(items, list) or not isinstance(meta, dict):
                raise AwayError("the answer is no list")
            objects += [item for item in items if isinstance(item, dict)]
            if len(objects) > MOST:
                raise AwayError(f"more than {MOST} objects")
            if not meta.get("continue"):
                return objects, str(meta.get("resourceVersion", ""))
            query["continue"] = str(meta["continue"])

    async def _page(self, query: Mapping[str, str]) -> Mapping[str, Any]:
        body = bytearray()
        try:
            async with asyncio.timeout(self._timeout), self._stream(query) as response:
                await _check(response)
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > _LARGEST_PAGE:
                        raise AwayError("the list is too large")
            page = json.loads(bytes(body))
        except TimeoutError:
            raise AwayError(f"no answer within {self._timeout:g} s") from None
        except (ValueError, RecursionError):
            raise AwayError("the answer is not JSON, or was cut off") from None
        except httpx.HTTPError as error:
            raise away(error) from None
        if not isinstance(page, dict):
            raise AwayError("the answer is no list")
        return page

    async def watch(self, version: str) -> AsyncGenerator[tuple[str, Object], None]:
        """What happens from `version` on: `ADDED`, `MODIFIED`, `DELETED` or `BOOKMARK`, and of
        which object. Ends when the server ends it; go on from the version of the last object then.

        Raises:
            GoneError: the version is too old.
            AwayError: the connection broke.
            ConfigError: the server refuses us.
        """
        query = {
            "watch": "true",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(_WATCH),
        }
        try:
            async with self._stream(query) as response:
                await _check(response)
                async for line in _lines(response):
                    yield _event(line)
        except httpx.ReadTimeout:
            return
        except httpx.HTTPError as error:
            raise away(error) from None

    def _stream(self, query: Mapping[str, str]) -> AbstractAsyncContextManager[httpx.Response]:
        return self._client.stream("GET", self._url, params=query, extensions=self._extensions)


async def _check(response: httpx.Response) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    if status == _GONE:
        raise GoneError
    if status in (401, 403):
        raise ConfigError(
            f"the server refuses us with status {status}",
            hint="the token or certificate may be too old, or lacks list and watch of hardware",
        )
    if status == httpx.codes.NOT_FOUND:
        raise ConfigError(
            "the server knows no Hardware objects", hint="is Tinkerbell installed in this cluster?"
        )
    raise AwayError(f"status {status}")


async def _lines(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    rest = b""
    async for chunk in response.aiter_bytes():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield line
        if len(rest) > _LARGEST_LINE:
            raise AwayError("a line of the watch is too large")
    if rest.strip():
        raise AwayError("the watch was cut off")


def _event(line: bytes) -> tuple[str, Object]:
    try:
        event = json.loads(line)
        kind, object_ = event["type"], event["object"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise AwayError("a line of the watch is no event") from None
    if not isinstance(object_, dict) or not isinstance(kind, str):
        raise AwayError("a line of the watch is no event")
    if kind == "ERROR":
        if object_.get("code") == _GONE:
            raise GoneError
        raise AwayError(f"the watch failed: {object_.get('message', 'no reason is given')}")
    return kind, object_


def away(error: httpx.HTTPError) -> AwayError:
    """Why a server said nothing, for people."""
    match error:
        case httpx.ConnectError() if "CERTIFICATE" in str(error):
            return AwayError(f"its certificate is not trusted: {error}")
        case httpx.ConnectError():
            return AwayError("it can not be reached")
        case httpx.TimeoutException():
            return AwayError("no connection in time")
        case httpx.RemoteProtocolError() | httpx.ReadError():
            return AwayError("the connection broke")
        case _:
            return AwayError(f"{type(error).__name__}: {error}")


def _context(access: Access) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=access.ca or None)
        if not access.is_checked:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if access.certificate:
            # OpenSSL reads certificates from files only; this one is gone when the block ends
            with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:
                file.write(access.certificate)
                file.flush()
                context.load_cert_chain(file.name)
    except (ssl.SSLError, ValueError) as error:
        raise ConfigError(
            f"a certificate can not be used: {error}", hint="see `kubectl config view --raw`"
        ) from None
    return context
