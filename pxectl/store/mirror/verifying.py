"""Whether a file is the right one: sums, lists of sums, OpenPGP signatures."""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from pxectl.boot.check import Check
from pxectl.errors import UpstreamError

LARGEST_LIST = 16 << 20
"""Octets of a list of sums, of a signature and of certificates."""

_COREUTILS = re.compile(r"\\?([0-9A-Fa-f]{64})\s+\*?(.+?)\s*")
_BSD = re.compile(r"SHA256 \((.+)\) = ([0-9A-Fa-f]{64})\s*")

Get = Callable[[str], bytes]
"""A small file by its URL, or its path below `files/`; raises UpstreamError."""


def expected_sum(url: str, check: Check, get: Get) -> str:
    """The SHA-256 that the file of `url` must have, in lower case; empty: any.

    Raises:
        UpstreamError: the list can not be had or is not signed as it should be, or does not name
            the file.
    """
    if not check.sums:
        return check.sha256
    text = get(check.sums)
    if check.signature:
        verify(check.sums, text, get(_beside(check.sums, check.signature)), check, get)
    return listed_sum(url, check.sums, text.decode("utf-8", "replace"))


def listed_sum(url: str, place: str, text: str) -> str:
    """The sum of `url` in a list as `sha256sum` (or BSD's `sha256`) writes it.

    Args:
        url: of the file.
        place: URL or path of the list.
        text: the list.

    Raises:
        UpstreamError: it is not in there, or stands there twice with different sums.
    """
    path = urlsplit(url).path
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        name, value = _entry(line)
        if not name:
            continue
        if "://" in place and urljoin(place, name) == url:
            return value
        plain = name.removeprefix("./").lstrip("/")
        if path.endswith(f"/{plain}"):
            found.setdefault(plain, set()).add(value)
    longest = found.get(max(found, key=len, default=""), set())
    if len(longest) == 1:
        return longest.pop()
    what = "has several sums for" if longest else "does not name"
    raise UpstreamError(
        f"{url}: {place} {what} it", hint="`sha256 = …` in the profile needs no list"
    )


def _entry(line: str) -> tuple[str, str]:
    if match := _COREUTILS.fullmatch(line):
        return match[2], match[1].lower()
    if match := _BSD.fullmatch(line):
        return match[1], match[2].lower()
    return "", ""


def signature_of(url: str, check: Check, get: Get) -> bytes | None:
    """The signature of the file of `url` itself; None: none is asked for.

    Raises:
        UpstreamError: it can not be had.
    """
    if check.sums or not check.signature:
        return None
    return get(_beside(url, check.signature))


def _beside(signed: str, signature: str) -> str:
    return f"{signed}{signature}" if signature.startswith(".") else signature


def verify(what: str, signed: bytes | Path, signature: bytes, check: Check, get: Get) -> str:
    """The fingerprint of who signed it.

    Args:
        what: how to call it in errors.
        signed: the text, or the file.
        signature: detached, binary or armored.
        check: names the certificates that may have signed.
        get: gets them.

    Raises:
        UpstreamError: nobody of them did.
    """
    import pysequoia

    certificates = get(check.key)
    given = {"file": signed} if isinstance(signed, Path) else {"bytes": signed}
    try:
        known = pysequoia.Cert.split_bytes(certificates)
        made = pysequoia.Sig.from_bytes(signature)
        result = pysequoia.verify(store=lambda _: known, signature=made, **given)
        return str(result.valid_sigs[0].certificate)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        said = str(error).partition("\n")[0].strip() or type(error).__name__  # then a stack
        raise UpstreamError(
            f"{what}: is not signed by {check.key}: {said}",
            hint="the certificates may be too old, or the file is not what it should be",
        ) from None
