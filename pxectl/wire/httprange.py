"""`Range` and `If-Range` of HTTP (RFC 9110 section 14), as far as firmware uses them.

What can not be read is ignored, and the whole is sent: an old BIOS iPXE writes `bytes=u-u`
(netboot.md 2.9, 3.3 39). Several ranges in one request are ignored, too, as the RFC lets us.
"""

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_ONE = re.compile(r"\s*bytes\s*=\s*(?:([0-9]{1,19})-([0-9]{0,19})|-([0-9]{1,19}))\s*", re.ASCII)

_PIECE = 1 << 20
"""Octets: whoever fetches a file in ranges takes more at a time."""


@dataclass(frozen=True, slots=True)
class Span:
    """Octets from `start`, `count` of them."""

    start: int
    count: int


def wanted(header: str, size: int) -> Span | None:
    """What a `Range` header asks of `size` octets.

    Args:
        header: its value; empty: there is none. Hostile.
        size: octets of the whole.

    Returns:
        None: the whole. A span of no octets can not be had: 416.
    """
    match = _ONE.fullmatch(header)
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        count = min(int(suffix), size)
        return Span(size - count, count)
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None  # RFC 9110 14.1.1: invalid, so as if it were not there
    return Span(start, max(end - start + 1, 0))


def is_piece(header: str) -> bool:
    """True for a small range in the middle: of a disk that is read block by block, as iPXE's
    `sanboot` and virtual media do it, thousands of times a boot."""
    match = _ONE.fullmatch(header)
    if match is None or not match[1] or not match[2]:
        return False
    first, last = int(match[1]), int(match[2])
    return first > 0 and first <= last < first + _PIECE


def is_unchanged(if_range: str, etag: str, modified: float | None) -> bool:
    """Whether a range goes with what the client has of the file already (RFC 9110 13.1.5).

    Args:
        if_range: the header's value; empty: there is none.
        etag: the file's strong entity tag, in quotes; empty: it has none.
        modified: when it was changed, in seconds since 1970; None: not known.
    """
    if not if_range:
        return True
    if '"' in if_range:
        return bool(etag) and if_range == etag
    try:
        date = parsedate_to_datetime(if_range).timestamp()
    except (ValueError, OverflowError):
        return False
    return modified is not None and int(modified) == int(date)
