"""HTTP to the servers that files are from. Imported when something is fetched."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from netrc import NetrcParseError
from pathlib import Path

import httpx

from pxectl.errors import UpstreamError
from pxectl.store.mirror.shelf import Facts

CONNECT, SILENCE = 10.0, 30.0
"""Seconds that a server may take to be reached, and to send the next octet."""
_REDIRECTS = 8
_BUSY = frozenset((408, 425, 429))


class BrokenError(Exception):
    """A download that did not come to its end; another try may."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, before its body."""

    status: int
    """200, 206, 304 or 416."""
    facts: Facts
    start: int
    """Where the body begins in the file."""
    chunks: Iterator[bytes]


class Upstream:
    """The connections. May be used by several threads."""

    def __init__(self) -> None:
        """Nothing is opened yet. Proxies, `~/.netrc` and private CAs are those of this process:
        `HTTPS_PROXY`, `NO_PROXY`, `NETRC`, `SSL_CERT_FILE`."""
        auth, self._hint = _netrc()
        self._client = httpx.Client(
            verify=ssl.create_default_context(),  # what this host trusts, not httpx's own list
            auth=auth,
            follow_redirects=True,
            max_redirects=_REDIRECTS,
            timeout=httpx.Timeout(SILENCE, connect=CONNECT),
            # octet for octet: ranges count them as they are sent
            headers={"Accept-Encoding": "identity", "Accept": "*/*"},
        )

    @contextmanager
    def ask(self, url: str, known: Facts | None = None, start: int = 0) -> Iterator[Answer]:
        """Ask for `url`.

        Args:
            url: of a file.
            known: with `start`: what the octets before are of; else the version that is here, and
                304 says that it is still the one.
            start: where to go on.

        Raises:
            UpstreamError: it can not be had: asking again does not help.
            BrokenError: perhaps later.
        """
        try:
            with self._client.stream("GET", url, headers=_headers(known, start)) as response:
                self._refuse(url, response)
                yield _answer(url, response, start, is_known=known is not None)
        except httpx.HTTPError as error:
            raise BrokenError(_words(error)) from None
        except (httpx.InvalidURL, httpx.StreamError) as error:
            raise UpstreamError(f"{url}: {error}", status=502) from None

    def _refuse(self, url: str, response: httpx.Response) -> None:
        status = response.status_code
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise UpstreamError(f"{url}: status {status}", hint=self._hint)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def validator(facts: Facts) -> str:
    """What tells one version of the file from others, octet for octet; empty: nothing does."""
    if facts.etag and not facts.etag.startswith("W/"):
        return facts.etag
    return facts.last_modified


def _headers(known: Facts | None, start: int) -> dict[str, str]:
    if start:
        headers = {"Range": f"bytes={start}-"}
        if known is not None and validator(known):
            headers["If-Range"] = validator(known)
        return headers
    headers = {}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    elif known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _answer(url: str, response: httpx.Response, start: int, *, is_known: bool) -> Answer:
    status = response.status_code
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _BUSY:
        raise BrokenError(f"status {status}")
    is_rest = status == HTTPStatus.PARTIAL_CONTENT
    if status not in ((200, 206, 416) if start else (200, 304) if is_known else (200,)):
        is_absent = status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
        raise UpstreamError(f"{url}: status {status}", status=404 if is_absent else 502)
    length = response.headers.get("Content-Length", "")
    size = (
        int(length) if length.isdecimal() and "Transfer-Encoding" not in response.headers else None
    )
    if is_rest:
        start, size = _content_range(response.headers.get("Content-Range", ""))
    facts = Facts(
        url,
        size,
        response.headers.get("ETag", ""),
        response.headers.get("Last-Modified", ""),
    )
    return Answer(status, facts, start if is_rest else 0, response.iter_raw())


def _content_range(header: str) -> tuple[int, int]:
    """Start and total of `bytes 5-9/10`."""
    unit, _, rest = header.partition(" ")
    span, _, total = rest.partition("/")
    first = span.partition("-")[0]
    if unit != "bytes" or not first.isdecimal() or not total.isdecimal():
        raise BrokenError(f"its Content-Range is `{header[:80]}`")
    return int(first), int(total)


def _words(error: httpx.HTTPError) -> str:
    match error:
        case httpx.ConnectTimeout() | httpx.PoolTimeout():
            return "it can not be reached"
        case httpx.TimeoutException():
            return f"silent for {SILENCE:.0f} s"
        case httpx.ConnectError():
            return f"it can not be reached: {error}"
        case httpx.TooManyRedirects():
            return "it redirects in circles"
        case httpx.RemoteProtocolError() | httpx.ReadError():
            return "the answer was cut off, or is no HTTP"
    return f"{type(error).__name__}: {error}"


def _netrc() -> tuple[httpx.Auth | None, str]:
    """Names and passwords by host, and what to tell who lacks one."""
    path = Path(os.environ.get("NETRC") or "~/.netrc").expanduser()
    try:
        return httpx.NetRCAuth(str(path)), f"{path} has no name and password that it takes"
    except FileNotFoundError:
        return None, f"name and password for its host can stand in {path}"
    except (OSError, ValueError, NetrcParseError) as error:
        return None, f"{path} can not be used: {error}"
