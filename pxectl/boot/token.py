"""The token in every path that a client is told: it says for whose MAC the path was made.

So TFTP and HTTP know who asks without trusting an address (DESIGN.md 4). It is not stored anywhere:
the key signs MAC and time, and a restart of `serve` with the same key knows its old tokens.
"""

from base64 import b32encode
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest, digest

from pxectl.mac import MAC

_LASTING = (1 << 64) - 1
"""In the place of a period: a token that does not expire."""
PERIOD = 6 * 3600
"""Seconds. A token is good for one to two periods: no boot is longer, no capture stays useful."""


def make_token(secret: bytes, mac: MAC, now: float) -> str:
    """The path segment for `mac`: the MAC, for people who read logs, and its signature.

    Args:
        secret: key of this site.
        mac: whose path it is.
        now: seconds since 1970.
    """
    return _sign(secret, mac, int(now // PERIOD))


def make_lasting_token(secret: bytes, mac: MAC) -> str:
    """A path segment for what people type once: the URL of virtual media in a BMC."""
    return _sign(secret, mac, _LASTING)


def read_lasting_token(secret: bytes, segment: str) -> MAC | None:
    """Whose lasting token `segment` is; None if it is made up."""
    return _read(secret, segment, (_LASTING,))


def read_token(secret: bytes, segment: str, now: float) -> MAC | None:
    """Whose token `segment` is; None if it is made up, of another server, or expired."""
    period = int(now // PERIOD)
    return _read(secret, segment, (period, period - 1))


def _read(secret: bytes, segment: str, periods: tuple[int, ...]) -> MAC | None:
    spelled, dot, _ = segment.partition(".")
    if not dot:
        return None
    try:
        mac = MAC.parse(spelled)
    except ValueError:
        return None
    given = segment.lower().encode("utf-8", "replace")
    good = any(compare_digest(_sign(secret, mac, one).encode(), given) for one in periods)
    return mac if good else None


def looks_like_token(segment: str) -> bool:
    """True for what can only be meant as one, if not one of ours."""
    spelled, dot, signature = segment.partition(".")
    return bool(dot) and len(spelled) == 17 and spelled.count("-") == 5 and bool(signature)


@lru_cache(4096)
def _sign(secret: bytes, mac: MAC, period: int) -> str:
    signature = digest(secret, bytes(mac) + period.to_bytes(8, "big"), sha256)
    return f"{mac.dashed}.{b32encode(signature[:10]).decode().lower()}"
